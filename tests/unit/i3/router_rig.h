// SPDX-License-Identifier: MIT
// A router with peers in process and over loopback sockets, for tests.  Packets are written and
// compared as LPC text; what a peer got is kept as text.
#pragma once
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/router/router_priv.h"
#include "net/listener.h"
#include "proto/lpc.h"
#include <arpa/inet.h>
#include <errno.h>
#include <ftw.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RIG_GOT_MAX = 4096, RIG_WAIT_MS = 10000 };

struct rig {
	struct loop loop;
	struct net *net;
	struct store *store;
	struct router *router;
	struct listener *listener;
	uint16_t port;
};

struct got { // what one peer got
	char *at[RIG_GOT_MAX];
	size_t n;
};

struct mate { // in process
	struct router_peer peer;
	struct rig *rig;
	struct router_link *link; // NULL: cut or detached
	struct got got;
	char cut[128];
	void (*react)(struct mate *, const struct value *);
	struct mate *other;
	unsigned reactions;
};

struct wire { // over a socket
	struct rig *rig;
	int fd;
	struct buf in;
	struct got got;
	bool ended;
	unsigned syncs;
};

// --- what was got ---

static inline void got_put(struct got *g, struct span text)
{
	assert_true(g->n < RIG_GOT_MAX);
	g->at[g->n++] = span_dup(text);
}

static inline void got_clear(struct got *g)
{
	for (size_t i = 0; i < g->n; i++)
		free(g->at[i]);
	g->n = 0;
}

static inline bool is_type(const char *text, const char *type)
{
	size_t n = strlen(type);
	return strlen(text) > n + 4 && strncmp(text + 3, type, n) == 0 && text[n + 3] == '"';
}

static inline size_t got_count(const struct got *g, const char *type)
{
	size_t n = 0;
	for (size_t i = 0; i < g->n; i++)
		n += is_type(g->at[i], type);
	return n;
}

static inline const char *got_last(const struct got *g, const char *type)
{
	for (size_t i = g->n; i-- > 0;)
		if (is_type(g->at[i], type))
			return g->at[i];
	fail_msg("no %s packet among %zu", type, g->n);
	return "";
}

static inline bool got_has(const struct got *g, const char *part)
{
	for (size_t i = 0; i < g->n; i++)
		if (strstr(g->at[i], part))
			return true;
	return false;
}

static inline void check_got(const struct got *g, const char *part)
{
	if (got_has(g, part))
		return;
	for (size_t i = 0; i < g->n; i++)
		print_message("got %s\n", g->at[i]);
	fail_msg("missing %s", part);
}

static inline long password_in(const struct got *g)
{
	const char *comma = strrchr(got_last(g, "startup-reply"), '}');
	while (comma[-1] == ',' || (comma[-1] >= '0' && comma[-1] <= '9'))
		comma--;
	while (*comma == ',')
		comma++;
	return strtol(comma, NULL, 10);
}

// --- the rig ---

static const char *const rig_channels[] = {"dchat", "imud_code", NULL};
static const struct router_config rig_config = {
	.name = "*gate", .flood_per_second = 20, .flood_burst = 40, .channels = rig_channels};

static inline void rig_fill(struct rig *g, const char *path, const struct router_config *config)
{
	struct buf why = {0};
	g->store = store_open(&g->loop, &(struct store_config){.path = path}, &why);
	assert_non_null(g->store);
	buf_fini(&why);
	g->router = router_new(g->net, g->store, config);
}

static inline void rig_open(struct rig *g, const char *path)
{
	*g = (struct rig){0};
	loop_init(&g->loop);
	g->net = net_new(&g->loop);
	rig_fill(g, path, &rig_config);
}

// Another router, which remembers nothing.
static inline void rig_refill(struct rig *g, const struct router_config *config)
{
	router_free(g->router);
	store_close(g->store);
	rig_fill(g, NULL, config);
}

static inline void rig_listen(struct rig *g)
{
	struct buf why = {0};
	struct listener_spec spec = {.name = "mudmode",
		.host = "0.0.0.0",
		.max = 100,
		.to = {.face = &face_router, .owner = g->router}};
	g->listener = listener_open(g->net, &spec, &why);
	assert_non_null(g->listener);
	buf_fini(&why);
	g->port = (uint16_t)strtoul(strrchr(listener_at(g->listener), ':') + 1, NULL, 10);
}

static inline void rig_turn(struct rig *g)
{
	uv_run(&g->loop.uv, UV_RUN_NOWAIT);
}

static inline void rig_close(struct rig *g)
{
	if (g->listener)
		listener_close(g->listener);
	router_free(g->router);
	net_close_all(g->net, CLOSE_SHUTDOWN);
	while (net_count(g->net))
		uv_run(&g->loop.uv, UV_RUN_ONCE);
	store_close(g->store);
	net_free(g->net);
	loop_fini(&g->loop);
}

static inline void on_settled(void *owner, uint64_t id, enum store_result result)
{
	(void)id;
	(void)result;
	*(bool *)owner = true;
}

// Until everything given to the store so far has been answered.
static inline void settle(struct rig *g)
{
	bool settled = false;
	store_take(g->store, SPAN("rig"), SPAN("barrier"), on_settled, &settled);
	while (!settled)
		uv_run(&g->loop.uv, UV_RUN_ONCE);
}

// What waits to be told to everybody is told now.
static inline void tell_now(struct rig *g)
{
	router_begin(g->router);
	router_lists_tell(g->router);
	router_end(g->router);
}

static inline void age_now(struct rig *g)
{
	router_begin(g->router);
	router_muds_age(g->router);
	router_channels_age(g->router);
	router_end(g->router);
}

// A place for a store that outlives its router.
struct disk {
	char folder[32], path[64];
};

static inline void disk_make(struct disk *d)
{
	*d = (struct disk){.folder = "/tmp/router_test_XXXXXX"};
	assert_non_null(mkdtemp(d->folder));
	snprintf(d->path, sizeof d->path, "%s/db", d->folder);
}

static inline int disk_remove_one(const char *path, const struct stat *s, int type, struct FTW *at)
{
	(void)s, (void)type, (void)at;
	return remove(path);
}

static inline void disk_remove(struct disk *d)
{
	assert_int_equal(nftw(d->folder, disk_remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
}

static inline void rig_restart(struct rig *g, struct disk *d)
{
	rig_close(g);
	rig_open(g, d->path);
}

// --- in process ---

static inline void on_mate_packet(struct router_peer *p, const struct value *packet)
{
	struct mate *m = container_of(p, struct mate, peer);
	struct buf text = {0};
	lpc_put(&text, packet);
	got_put(&m->got, buf_bytes(&text));
	buf_fini(&text);
	if (m->react)
		m->react(m, packet);
}

static inline void on_mate_cut(struct router_peer *p, const char *why)
{
	struct mate *m = container_of(p, struct mate, peer);
	m->link = NULL;
	snprintf(m->cut, sizeof m->cut, "%s", why);
}

static inline void mate_attach(struct rig *g, struct mate *m)
{
	*m = (struct mate){.peer = {on_mate_packet, on_mate_cut}, .rig = g};
	m->link = router_attach(g->router, &m->peer);
}

static inline void mate_fini(struct mate *m)
{
	if (m->link)
		router_detach(m->link);
	m->link = NULL;
	got_clear(&m->got);
}

static inline void say_to_router(struct mate *m, const char *text)
{
	struct arena arena = {0};
	struct span in = span_str(text);
	struct lpc_error error;
	struct value v;
	if (!lpc_read(&arena, &in, &v, &error))
		fail_msg("%s at %zu: %s", error.why, error.at, text);
	assert_non_null(m->link);
	router_input(m->link, &v);
	arena_fini(&arena);
}

// The packet with %s and the like filled in.
static inline void says(struct mate *m, const char *format, ...) printf_like(2, 3);
static inline void says(struct mate *m, const char *format, ...)
{
	char text[16384];
	va_list args;
	va_start(args, format);
	assert_in_range(vsnprintf(text, sizeof text, format, args), 1, sizeof text - 1);
	va_end(args);
	say_to_router(m, text);
}

struct startup_text {
	char at[4096];
};

#define SERVICES "([\"tell\":1,\"channel\":1,\"locate\":1,])"

static inline const char *startup_as(
	struct startup_text *t, const char *name, long password, const char *driver)
{
	snprintf(t->at, sizeof t->at,
		"({\"startup-req-3\",5,\"%s\",0,\"*gate\",0,%ld,0,0,4000,0,0,\"Lib\",\"Base\","
		"\"%s\",\"LP\",\"open\",\"a@b.c\"," SERVICES ",([]),})",
		name, password, driver);
	return t->at;
}

static inline const char *startup(struct startup_text *t, const char *name, long password)
{
	return startup_as(t, name, password, "Driver 1");
}

static inline void mate_login(struct rig *g, struct mate *m, const char *name)
{
	struct startup_text t;
	mate_attach(g, m);
	say_to_router(m, startup(&t, name, 0));
	settle(g);
	got_last(&m->got, "startup-reply");
}

// --- over sockets ---

static inline void wire_open(struct rig *g, struct wire *w, const char *from)
{
	struct sockaddr_in at = {.sin_family = AF_INET}, to = {.sin_family = AF_INET};
	*w = (struct wire){.rig = g, .fd = socket(AF_INET, SOCK_STREAM, 0)};
	inet_pton(AF_INET, from, &at.sin_addr);
	inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
	to.sin_port = htons(g->port);
	assert_int_equal(bind(w->fd, (struct sockaddr *)&at, sizeof at), 0);
	assert_int_equal(connect(w->fd, (struct sockaddr *)&to, sizeof to), 0);
}

static inline void wire_fini(struct wire *w)
{
	if (w->fd >= 0)
		close(w->fd);
	w->fd = -1;
	buf_fini(&w->in);
	got_clear(&w->got);
}

static inline void wire_bytes(struct wire *w, const void *bytes, size_t n)
{
	const char *p = bytes;
	while (n) {
		ssize_t sent = send(w->fd, p, n, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (sent < 0 && errno != EAGAIN)
			return; // the other end may be closed already
		if (sent < 0)
			rig_turn(w->rig);
		else {
			p += sent;
			n -= (size_t)sent;
		}
	}
}

static inline void wire_say(struct wire *w, const char *text)
{
	size_t n = strlen(text) + 1;
	unsigned char head[4] = {(unsigned char)(n >> 24), (unsigned char)(n >> 16),
		(unsigned char)(n >> 8), (unsigned char)n};
	wire_bytes(w, head, sizeof head);
	wire_bytes(w, text, n);
}

static inline void wire_cut_frames(struct wire *w)
{
	while (w->in.n >= 4) {
		const unsigned char *p = (const unsigned char *)w->in.p;
		size_t n = (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
		if (w->in.n < n + 4)
			return;
		assert_int_equal(w->in.p[n + 3], 0);
		got_put(&w->got, span_of(w->in.p + 4, n - 1));
		buf_drop(&w->in, n + 4);
	}
}

static inline void wire_turn(struct wire *w)
{
	char bytes[65536];
	struct pollfd p = {.fd = w->fd, .events = POLLIN};
	rig_turn(w->rig);
	if (w->ended || poll(&p, 1, 1) <= 0)
		return;
	ssize_t n = recv(w->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		w->ended = true;
	else if (n > 0)
		buf_put(&w->in, bytes, (size_t)n);
	wire_cut_frames(w);
}

static inline uint64_t real_ms(void)
{
	return uv_hrtime() / 1000000;
}

static inline void wire_wait(struct wire *w, const char *part)
{
	uint64_t until = real_ms() + RIG_WAIT_MS;
	while (!got_has(&w->got, part)) {
		wire_turn(w);
		if (w->ended || real_ms() > until)
			break;
	}
	check_got(&w->got, part);
}

static inline void wire_wait_end(struct wire *w)
{
	uint64_t until = real_ms() + RIG_WAIT_MS;
	while (!w->ended) {
		wire_turn(w);
		assert_true(real_ms() < until);
	}
}

// Everything sent so far has been looked at when an answer to this is back.
static inline void wire_sync(struct wire *w, const char *name)
{
	char text[256], part[64];
	snprintf(part, sizeof part, "sync-%u\",", ++w->syncs);
	snprintf(text, sizeof text, "({\"%s5,\"%s\",0,\"%s\",0,})", part, name, name);
	wire_say(w, text);
	wire_wait(w, part);
}

static inline void wire_login_as(
	struct rig *g, struct wire *w, const char *from, const char *startup_packet)
{
	wire_open(g, w, from);
	wire_say(w, startup_packet);
	wire_wait(w, "({\"startup-reply\",");
}

static inline void wire_login(struct rig *g, struct wire *w, const char *name, long password)
{
	struct startup_text t;
	wire_login_as(g, w, "127.0.0.1", startup(&t, name, password));
}
