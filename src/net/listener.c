// SPDX-License-Identifier: MIT
#include "net/listener.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	ACCEPTS_PER_EVENT = 64, // then the others have their turn
	PAUSE_FIRST_MS = 10,
	PAUSE_MAX_MS = 1000,
	BACKLOG = 1024,
};

struct listener {
	struct net *net;
	char *name, *host, *path;
	uint16_t asked_port;
	struct conn_for to;
	uint32_t max, n;
	uint32_t pause_ms; // the next pause
	bool closed;
	uint8_t handles;
	int fd;
	char at[128];
	uv_poll_t poll;
	struct timer timer;
};

static void on_acceptable(uv_poll_t *, int status, int events);

static void free_if_done(struct listener *l)
{
	if (!l->closed || l->handles || l->n)
		return;
	free(l->name);
	free(l->host);
	free(l->path);
	free(l);
}

static void on_gone(void *owner)
{
	struct listener *l = owner;
	l->n--;
	free_if_done(l);
}

static void pause_accepting(struct listener *l)
{
	if (l->pause_ms == PAUSE_FIRST_MS)
		log_warning("accept_paused", log_str("listener", l->name),
			log_str("why", "out of descriptors or memory"));
	uv_poll_stop(&l->poll);
	timer_start(&l->timer, l->pause_ms);
	l->pause_ms = l->pause_ms * 2 < PAUSE_MAX_MS ? l->pause_ms * 2 : PAUSE_MAX_MS;
}

static void on_pause_over(struct timer *t)
{
	struct listener *l = container_of(t, struct listener, timer);
	ensure(uv_poll_start(&l->poll, UV_READABLE, on_acceptable) == 0);
}

static void refuse(struct listener *l, int fd)
{
	char heard[4096];
	metric_add(METRIC_REFUSED, 1);
	if (!l->to.tls && l->to.face->full.n) {
		(void)!send(fd, l->to.face->full.p, l->to.face->full.n, MSG_NOSIGNAL);
		shutdown(fd, SHUT_WR);
		(void)!recv(fd, heard, sizeof heard, 0); // unread, it would make a reset of our end
	}
	close(fd);
}

static bool accept_one(struct listener *l)
{
	int fd = accept4(l->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)) {
		pause_accepting(l);
		return false;
	}
	if (fd < 0)
		return errno == ECONNABORTED || errno == EINTR;
	l->pause_ms = PAUSE_FIRST_MS;
	if (l->n >= l->max) {
		refuse(l, fd);
		return true;
	}
	l->n++; // first: it may be gone again before the call returns
	if (!conn_accept(l->net, fd, &l->to))
		l->n--;
	return true;
}

static void on_acceptable(uv_poll_t *h, int status, int events)
{
	struct listener *l = container_of(h, struct listener, poll);
	(void)status;
	(void)events;
	for (int i = 0; i < ACCEPTS_PER_EVENT && !l->closed; i++)
		if (!accept_one(l))
			return;
}

// A socket file nobody listens behind was left over by a run that was killed.
static void unlink_stale(const struct sockaddr_un *at)
{
	struct stat st;
	if (stat(at->sun_path, &st) || !S_ISSOCK(st.st_mode))
		return;
	int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (connect(probe, (const struct sockaddr *)at, sizeof *at) && errno == ECONNREFUSED)
		unlink(at->sun_path);
	close(probe);
}

static int bind_unix(const char *path, struct buf *why)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	if (strlen(path) >= sizeof at.sun_path) {
		buf_printf(why, "%s: path too long for a Unix socket", path);
		return -1;
	}
	memcpy(at.sun_path, path, strlen(path) + 1);
	unlink_stale(&at);
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	mode_t mask = umask(0177);
	bool bound = fd >= 0 && !bind(fd, (struct sockaddr *)&at, sizeof at);
	umask(mask);
	if (bound && !listen(fd, BACKLOG))
		return fd;
	buf_printf(why, "%s: %s", path, strerror(errno));
	close(fd);
	return -1;
}

static int bind_one(const struct addrinfo *a)
{
	int on = 1, fd = socket(a->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
	if (!bind(fd, a->ai_addr, a->ai_addrlen) && !listen(fd, BACKLOG))
		return fd;
	int error = errno;
	close(fd);
	errno = error;
	return -1;
}

// The first address of the name that can be had.
static int bind_tcp(const char *host, uint16_t port, struct buf *why)
{
	struct addrinfo hints = {.ai_flags = AI_PASSIVE, .ai_socktype = SOCK_STREAM}, *found;
	char service[8];
	snprintf(service, sizeof service, "%u", port);
	int error = getaddrinfo(host, service, &hints, &found);
	if (error) {
		buf_printf(why, "%s: %s", host, gai_strerror(error));
		return -1;
	}
	int fd = -1;
	for (const struct addrinfo *a = found; a && fd < 0; a = a->ai_next)
		fd = bind_one(a);
	if (fd < 0)
		buf_printf(why, "%s:%u: %s", host, port, strerror(errno));
	freeaddrinfo(found);
	return fd;
}

static void name_address(struct listener *l)
{
	struct sockaddr_storage s;
	socklen_t n = sizeof s;
	char host[INET6_ADDRSTRLEN] = "";
	if (l->path) {
		snprintf(l->at, sizeof l->at, "unix:%s", l->path);
		return;
	}
	ensure(getsockname(l->fd, (struct sockaddr *)&s, &n) == 0);
	if (s.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&s;
		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
		snprintf(l->at, sizeof l->at, "[%s]:%u", host, ntohs(in->sin6_port));
	} else {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&s;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		snprintf(l->at, sizeof l->at, "%s:%u", host, ntohs(in->sin_port));
	}
}

static void give_up(struct listener *l)
{
	close(l->fd);
	if (l->path)
		unlink(l->path);
	free(l->host);
	free(l->path);
	free(l);
}

struct listener *listener_open(struct net *net, const struct listener_spec *spec, struct buf *why)
{
	int fd = spec->path ? bind_unix(spec->path, why) : bind_tcp(spec->host, spec->port, why);
	if (fd < 0)
		return NULL;
	struct listener *l = mem_zalloc(sizeof *l);
	*l = (struct listener){.net = net,
		.host = mem_str(spec->host),
		.path = mem_str(spec->path),
		.asked_port = spec->port,
		.pause_ms = PAUSE_FIRST_MS,
		.handles = 2,
		.fd = fd};
	int error = uv_poll_init(&net_loop(net)->uv, &l->poll, fd);
	if (error) {
		buf_printf(why, "%s: %s", l->path ? l->path : l->host, uv_strerror(error));
		give_up(l);
		return NULL;
	}
	listener_adopt(l, spec);
	name_address(l);
	timer_init(net_loop(net), &l->timer, on_pause_over);
	ensure(uv_poll_start(&l->poll, UV_READABLE, on_acceptable) == 0);
	return l;
}

void listener_adopt(struct listener *l, const struct listener_spec *spec)
{
	free(l->name);
	l->name = mem_str(spec->name);
	l->max = spec->max;
	l->to = spec->to;
	l->to.gone = on_gone;
	l->to.gone_owner = l;
}

static void on_poll_closed(uv_handle_t *h)
{
	struct listener *l = container_of((uv_poll_t *)h, struct listener, poll);
	l->handles--;
	free_if_done(l);
}

static void on_timer_closed(struct timer *t)
{
	struct listener *l = container_of(t, struct listener, timer);
	l->handles--;
	free_if_done(l);
}

void listener_close(struct listener *l)
{
	if (l->closed)
		return;
	l->closed = true;
	uv_close((uv_handle_t *)&l->poll, on_poll_closed);
	timer_close(&l->timer, on_timer_closed);
	close(l->fd);
	if (l->path)
		unlink(l->path);
}

const char *listener_name(const struct listener *l)
{
	return l->name;
}

const char *listener_at(const struct listener *l)
{
	return l->at;
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

bool listener_is(const struct listener *l, const struct listener_spec *s)
{
	return l->asked_port == s->port && same(l->host, s->host) && same(l->path, s->path) &&
	       l->to.face == s->to.face && !l->to.tls == !s->to.tls;
}
