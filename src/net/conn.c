// SPDX-License-Identifier: MIT
// The life of a conn: its states, deadlines and events.  Input is in conn_in.c, output in conn_out.c.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "net/net_priv.h"
#include "net/tls.h"
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	GONE_MS = 120000,     // a peer whose machine or network is gone shows after two minutes
	SHAKES_PER_TURN = 16, // a TLS handshake costs 0.35 ms of CPU; others want their turn
};

static const struct conn_limits limits_default = {CONN_OUT_MAX, CONN_OUT_AGE_MS};
static void on_poll(uv_poll_t *, int status, int events);

// --- deadlines: one timer, looking at whichever comes first ---

void conn_arm(struct conn *c)
{
	uint64_t at = c->due_ms;
	if (c->mark_ms != CLOCK_NEVER && c->mark_ms + c->limits->out_age_ms < at)
		at = c->mark_ms + c->limits->out_age_ms;
	if (at >= c->armed_ms)
		return; // it looks early enough; then it will see the rest
	c->armed_ms = at;
	timer_start(&c->timer, at > clock_ms() ? at - clock_ms() : 0);
}

static void end_soon(struct conn *c)
{
	list_unlink(&c->ended);
	list_append(&c->net->ended, &c->ended);
	loop_again(c->net->loop);
}

void conn_enter(struct conn *c, enum conn_state to, uint32_t ms)
{
	ensure(to > c->state || (to == CONN_DIALING && c->state == CONN_DIALING) ||
		(to == CONN_SECURING && c->state == CONN_OPEN));
	c->state = to;
	c->due_ms = ms ? clock_ms() + ms : CLOCK_NEVER;
	if (to == CONN_DEAD)
		end_soon(c);
	else
		conn_arm(c);
}

static void on_due(struct conn *c)
{
	c->due_ms = CLOCK_NEVER;
	if (c->state == CONN_OPEN && c->face->on_deadline)
		c->face->on_deadline(c);
	else if (c->state == CONN_OPEN)
		conn_close(c, c->due_why);
	else if (c->state < CONN_OPEN)
		conn_close(c, c->state == CONN_DIALING ? CLOSE_UNREACHABLE : CLOSE_TLS);
	else if (c->state != CONN_DEAD)
		conn_enter(c, CONN_DEAD, 0);
}

static void on_timer(struct timer *t)
{
	struct conn *c = container_of(t, struct conn, timer);
	c->armed_ms = CLOCK_NEVER;
	if (c->state == CONN_DEAD)
		return;
	if (c->due_ms <= clock_ms())
		on_due(c);
	if (c->mark_ms != CLOCK_NEVER && c->mark_ms + c->limits->out_age_ms <= clock_ms())
		conn_close(c, CLOSE_SLOW);
	if (c->state != CONN_DEAD)
		conn_arm(c);
}

// --- what the poll handle watches is computed, never remembered ---

static int wanted(const struct conn *c)
{
	int write = c->end.blocked ? UV_WRITABLE : 0;
	switch (c->state) {
	case CONN_DIALING: return UV_WRITABLE;
	case CONN_SECURING: return write ? write : UV_READABLE;
	case CONN_OPEN: return write | (conn_may_take(c) ? UV_READABLE : 0);
	case CONN_FLUSHING: return write | (c->peer_ended ? 0 : UV_READABLE);
	case CONN_LINGERING: return UV_READABLE;
	case CONN_DEAD: break;
	}
	return 0;
}

void conn_watch(struct conn *c)
{
	int events = wanted(c);
	if (events == c->events || c->state == CONN_DEAD)
		return;
	c->events = (uint8_t)events;
	if (events)
		ensure(uv_poll_start(&c->poll, events, on_poll) == 0);
	else
		uv_poll_stop(&c->poll);
}

void conn_dirty(struct conn *c)
{
	if (list_empty(&c->dirty))
		list_append(&c->net->dirty, &c->dirty);
}

void conn_ready(struct conn *c)
{
	if (!list_empty(&c->ready))
		return;
	list_append(&c->net->ready, &c->ready);
	loop_again(c->net->loop);
}

// --- opening ---

static void opened(struct conn *c)
{
	c->end.blocked = false;
	c->heard_ms = clock_ms();
	c->owed = true;
	conn_enter(c, CONN_OPEN, 0);
	if (c->end.more)
		conn_ready(c);
	if (c->face->on_open)
		c->face->on_open(c);
}

static void secured(struct conn *c)
{
	c->heard_ms = clock_ms();
	conn_enter(c, CONN_OPEN, 0);
	if (c->end.more)
		conn_ready(c);
	if (c->face->on_secure)
		c->face->on_secure(c);
}

// Over the turn's budget nothing is done: the socket will still be ready in the next one.
static void shake(struct conn *c)
{
	if (c->tls) {
		conn_dirty(c);
		return;
	}
	if (c->net->shakes++ >= SHAKES_PER_TURN)
		return;
	c->end.blocked = false;
	int done = c->stream->shake(&c->end);
	if (done > 0 && c->owed) // it was open before
		secured(c);
	else if (done > 0)
		opened(c);
	else if (done < 0)
		conn_close(c, CLOSE_TLS);
}

static void on_connected(struct conn *c)
{
	int error = 0;
	socklen_t n = sizeof error;
	if (getsockopt(c->end.fd, SOL_SOCKET, SO_ERROR, &error, &n) || error)
		conn_close(c, CLOSE_UNREACHABLE);
	else
		opened(c);
}

static void on_event(struct conn *c, bool readable, bool writable)
{
	switch (c->state) {
	case CONN_DIALING: on_connected(c); break;
	case CONN_SECURING: shake(c); break;
	case CONN_OPEN:
		if (writable)
			conn_dirty(c);
		if (readable && conn_may_take(c))
			conn_read(c);
		break;
	case CONN_FLUSHING:
		if (writable)
			conn_dirty(c);
		if (readable)
			conn_discard(c);
		break;
	case CONN_LINGERING: conn_discard(c); break;
	case CONN_DEAD: break;
	}
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct conn *c = container_of(h, struct conn, poll);
	bool broken = status < 0; // reading or writing will tell; libuv has stopped watching
	bool writable = broken || events & UV_WRITABLE;
	clock_update();
	if (broken)
		c->events = 0;
	if (writable)
		c->end.blocked = false;
	on_event(c, broken || events & UV_READABLE, writable);
	if (list_empty(&c->dirty)) // else the turn's end knows better what to watch
		conn_watch(c);
}

static void set_options(int fd)
{
	int on = 1, idle = 60, interval = 15, count = 4, user = GONE_MS;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
	setsockopt(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user, sizeof user);
}

// The kernel's bounds on what may be watched are its own: one connection is lost to them, not all.
static bool watch_new(struct conn *c, const struct conn_for *to)
{
	int error = uv_poll_init(&c->net->loop->uv, &c->poll, c->end.fd);
	char peer[64];
	if (!error)
		return true;
	log_warning("close", log_str("face", to->face->name), log_str("peer", conn_peer(c, peer)),
		log_str("reason", close_word(CLOSE_UNWATCHED)),
		log_str("says", uv_strerror(error)));
	return false;
}

// Takes fd in any case.
static struct conn *conn_new(struct net *net, int fd, const struct conn_for *to)
{
	struct conn *c = mem_zalloc(sizeof *c);
	*c = (struct conn){.net = net,
		.face = to->face,
		.owner = to->owner,
		.gone = to->gone,
		.gone_owner = to->gone_owner,
		.stream = &stream_plain,
		.end = {.fd = fd},
		.limits = &limits_default,
		.id = ++net->last_id,
		.due_ms = CLOCK_NEVER,
		.armed_ms = CLOCK_NEVER,
		.mark_ms = CLOCK_NEVER,
		.handles = 2,
		.in = {.max = SIZE_MAX / 2}};
	if (!watch_new(c, to)) {
		close(fd);
		free(c);
		return NULL;
	}
	set_options(fd);
	list_init(&c->dirty);
	list_init(&c->ready);
	list_init(&c->ended);
	list_append(&net->all, &c->all);
	net->n++;
	metric_add(METRIC_CONNS, 1);
	timer_init(net->loop, &c->timer, on_timer);
	return c;
}

struct conn *conn_accept(struct net *net, int fd, const struct conn_for *to)
{
	struct conn *c = conn_new(net, fd, to);
	if (!c) {
		metric_add(METRIC_REFUSED, 1);
		return NULL;
	}
	metric_add(METRIC_ACCEPTED, 1);
	if (to->tls) {
		tls_attach(to->tls, &c->end, &c->stream);
		conn_enter(c, CONN_SECURING, net->patience.securing_ms);
	} else {
		opened(c);
	}
	conn_watch(c);
	return c;
}

void conn_secure(struct conn *c, struct tls *tls)
{
	if (c->state != CONN_OPEN)
		return;
	ensure(!c->end.tls);
	c->tls = tls;
	if (!c->taking) // else the taker lets go of it
		buf_fini(&c->in);
	conn_enter(c, CONN_SECURING, c->net->patience.securing_ms);
	conn_dirty(c);
}

static bool is_loopback(const struct in_addr *a)
{
	return (ntohl(a->s_addr) >> 24) == IN_LOOPBACKNET;
}

static socklen_t size_of(const struct sockaddr *at)
{
	switch (at->sa_family) {
	case AF_INET6: return sizeof(struct sockaddr_in6);
	case AF_UNIX: return sizeof(struct sockaddr_un);
	default: return sizeof(struct sockaddr_in);
	}
}

static bool is_loopback_address(const struct sockaddr *at)
{
	return at->sa_family == AF_INET &&
	       is_loopback(&((const struct sockaddr_in *)(const void *)at)->sin_addr);
}

// Without the address wanted is better than not at all.  The port is chosen when connecting, when
// the kernel knows both ends: each address has ports of its own.
static void come_from(int fd, const struct sockaddr *from, const struct sockaddr *to)
{
	int on = 1;
	if (!from || from->sa_family != to->sa_family ||
		(is_loopback_address(from) && !is_loopback_address(to)))
		return;
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
	if (bind(fd, from, size_of(from)))
		log_debug("bind", log_str("says", strerror(errno)));
}

struct conn *conn_dial(
	struct net *net, const struct sockaddr *at, const struct conn_for *to, uint32_t ms)
{
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	struct conn *c = conn_new(net, fd, to);
	if (!c)
		return NULL;
	c->owed = true;
	conn_enter(c, CONN_DIALING, ms);
	come_from(fd, to->from, at);
	if (connect(fd, at, size_of(at)) && errno != EINPROGRESS && errno != EINTR)
		conn_close(c, CLOSE_UNREACHABLE);
	conn_watch(c);
	return c;
}

// --- the end ---

static bool is_abrupt(enum conn_close why)
{
	return why == CLOSE_RESET || why == CLOSE_SLOW || why == CLOSE_NO_PONG ||
	       why == CLOSE_UNREACHABLE || why == CLOSE_TLS;
}

// The one line about an end: for everybody to read when the peer is to blame for it.
static void say_why(const struct conn *c)
{
	enum log_level level = close_blame(c->why) == PEER ? LOG_INFO : LOG_DEBUG;
	char peer[64];
	if (level < log_threshold)
		return;
	LOG_AT(level, "close", log_id("conn", c->id), log_str("face", c->face->name),
		log_str("peer", conn_peer(c, peer)), log_str("reason", close_word(c->why)),
		log_str("says", c->says ? c->says : close_says(c->why)));
}

void conn_close(struct conn *c, enum conn_close why)
{
	bool polite = c->state == CONN_OPEN && !is_abrupt(why);
	if (c->state == CONN_DEAD || (c->state > CONN_OPEN && !is_abrupt(why)))
		return;
	if (c->state <= CONN_OPEN) {
		c->why = why;
		say_why(c);
	}
	conn_enter(
		c, polite ? CONN_FLUSHING : CONN_DEAD, polite ? c->net->patience.flushing_ms : 0);
	end_soon(c);
	conn_dirty(c);
}

static void on_handle_closed(struct conn *c)
{
	if (--c->handles)
		return;
	c->net->n--;
	metric_add(METRIC_CONNS, -1);
	list_unlink(&c->all);
	if (c->gone)
		c->gone(c->gone_owner);
	free(c);
}

static void on_poll_closed(uv_handle_t *h)
{
	on_handle_closed(container_of((uv_poll_t *)h, struct conn, poll));
}

static void on_timer_closed(struct timer *t)
{
	on_handle_closed(container_of(t, struct conn, timer));
}

// Whoever did not take all we had gets a reset: what the kernel holds for it is let go as well.
static void close_socket(struct conn *c)
{
	struct linger reset = {.l_onoff = 1};
	if (!outq_empty(&c->out))
		setsockopt(c->end.fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	close(c->end.fd);
	c->end.fd = -1;
}

static void bury(struct conn *c)
{
	list_unlink(&c->dirty);
	list_unlink(&c->ready);
	list_unlink(&c->ended);
	uv_close((uv_handle_t *)&c->poll, on_poll_closed);
	timer_close(&c->timer, on_timer_closed);
	c->stream->free(&c->end);
	close_socket(c);
	outq_fini(&c->out);
	buf_fini(&c->in);
	conn_free_codec(c->codec, c->codec_state);
	c->codec = NULL;
	c->codec_state = NULL;
}

void conn_end(struct conn *c)
{
	if (c->owed) {
		c->owed = false;
		if (c->face->on_close)
			c->face->on_close(c, c->why);
		c->owner = NULL;
	}
	if (c->state == CONN_DEAD)
		bury(c);
}

// --- small things ---

void conn_use(struct conn *c, const struct codec *codec, size_t max)
{
	if (c->state == CONN_DEAD) // perhaps buried already
		return;
	if (c->codec_state != c->taking)
		conn_free_codec(c->codec, c->codec_state);
	c->codec = codec;
	c->codec_state = mem_zalloc(codec->state_bytes);
	codec->init(c->codec_state, max);
}

void *conn_codec_state(struct conn *c)
{
	return c->codec_state;
}

void conn_limit(struct conn *c, const struct conn_limits *limits)
{
	c->limits = limits;
	conn_arm(c);
}

void conn_deadline(struct conn *c, uint32_t ms, enum conn_close why)
{
	if (c->state != CONN_OPEN)
		return;
	c->due_ms = ms ? clock_ms() + ms : CLOCK_NEVER;
	c->due_why = why;
	conn_arm(c);
}

void conn_gone_after(struct conn *c, uint32_t ms)
{
	int user = (int)ms;
	if (c->end.fd >= 0)
		setsockopt(c->end.fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &user, sizeof user);
}

void conn_hurry(struct conn *c, uint32_t ms)
{
	if (c->state != CONN_FLUSHING || c->due_ms <= clock_ms() + ms)
		return;
	c->due_ms = clock_ms() + ms;
	conn_arm(c);
}

void conn_pause(struct conn *c)
{
	c->paused = true;
	if (!c->taking)
		conn_watch(c);
}

void conn_resume(struct conn *c)
{
	if (!c->paused)
		return;
	c->paused = false;
	if (conn_has_more(c))
		conn_ready(c);
	if (!c->taking)
		conn_watch(c);
}

uint64_t conn_id(const struct conn *c)
{
	return c->id;
}

bool conn_is_open(const struct conn *c)
{
	return c->state == CONN_OPEN;
}

bool conn_is_secure(const struct conn *c)
{
	return c->end.tls != NULL;
}

bool conn_is_local(const struct conn *c)
{
	struct sockaddr_storage s;
	socklen_t n = sizeof s;
	if (getpeername(c->end.fd, (struct sockaddr *)&s, &n))
		return false;
	if (s.ss_family == AF_INET)
		return is_loopback(&((const struct sockaddr_in *)&s)->sin_addr);
	if (s.ss_family != AF_INET6)
		return s.ss_family == AF_UNIX;
	const struct in6_addr *six = &((const struct sockaddr_in6 *)&s)->sin6_addr;
	struct in_addr mapped;
	memcpy(&mapped, six->s6_addr + 12, sizeof mapped);
	return IN6_IS_ADDR_LOOPBACK(six) || (IN6_IS_ADDR_V4MAPPED(six) && is_loopback(&mapped));
}

uint64_t conn_heard_ms(const struct conn *c)
{
	return c->heard_ms;
}

void *conn_owner(const struct conn *c)
{
	return c->owner;
}

void conn_own(struct conn *c, void *owner)
{
	c->owner = owner;
}

void conn_face(struct conn *c, const struct face *face)
{
	c->face = face;
}

const char *conn_peer(const struct conn *c, char out[64])
{
	struct sockaddr_storage s;
	socklen_t n = sizeof s;
	char host[INET6_ADDRSTRLEN] = "?";
	if (getpeername(c->end.fd, (struct sockaddr *)&s, &n)) {
		snprintf(out, 64, "gone");
	} else if (s.ss_family == AF_INET) {
		const struct sockaddr_in *in = (const struct sockaddr_in *)&s;
		inet_ntop(AF_INET, &in->sin_addr, host, sizeof host);
		snprintf(out, 64, "%s:%u", host, ntohs(in->sin_port));
	} else if (s.ss_family == AF_INET6) {
		const struct sockaddr_in6 *in = (const struct sockaddr_in6 *)&s;
		inet_ntop(AF_INET6, &in->sin6_addr, host, sizeof host);
		snprintf(out, 64, "[%s]:%u", host, ntohs(in->sin6_port));
	} else {
		snprintf(out, 64, "unix");
	}
	return out;
}

struct span conn_address(const char *peer)
{
	struct span at = span_str(peer);
	while (at.n && at.p[at.n - 1] != ':')
		at.n--;
	at.n -= at.n > 0;
	if (at.n > 1 && at.p[0] == '[')
		at = span_of(at.p + 1, at.n - 2);
	if (span_starts(at, SPAN("::ffff:")))
		span_take(&at, sizeof "::ffff:" - 1);
	return at;
}

bool conn_has_input(const struct conn *c)
{
	return c->in.n > 0;
}
