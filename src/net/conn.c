// SPDX-License-Identifier: MIT
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
#include <unistd.h>

enum {
	SECURING_MS = 10000,     // a TLS handshake is three flights
	FLUSHING_MS = 10000,     // a peer that reads at all has taken its last words by then
	LINGERING_MS = 1000,     // for the peer to answer our end with its own
	LINGER_READS = 16,       // reads thrown away per event while lingering
	FLUSH_BYTES = 256 << 10, // written to one peer per turn; the rest waits for the next
	FLUSH_CHUNKS = 64,
};

static const struct conn_limits limits_default = {CONN_OUT_MAX, CONN_OUT_AGE_MS};
static void on_poll(uv_poll_t *, int status, int events);

// --- deadlines: one timer, looking at whichever comes first ---

static void arm(struct conn *c)
{
	uint64_t at = c->due_ms;
	if (c->mark_ms != CLOCK_NEVER && c->mark_ms + c->limits->out_age_ms < at)
		at = c->mark_ms + c->limits->out_age_ms;
	if (at >= c->armed_ms)
		return; // it looks early enough; then it will see the rest
	c->armed_ms = at;
	timer_start(&c->timer, at > clock_ms() ? at - clock_ms() : 0);
}

static void conn_enter(struct conn *c, enum conn_state to, uint32_t ms)
{
	ensure(to > c->state || (to == CONN_DIALING && c->state == CONN_DIALING));
	c->state = to;
	c->due_ms = ms ? clock_ms() + ms : CLOCK_NEVER;
	arm(c);
	if (to == CONN_DEAD) {
		list_unlink(&c->ended);
		list_append(&c->net->ended, &c->ended);
		loop_again(c->net->loop);
	}
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
		arm(c);
}

// --- what the poll handle watches is computed, never remembered ---

static int wanted(const struct conn *c)
{
	int write = c->end.wants & STREAM_WRITE ? UV_WRITABLE : 0;
	switch (c->state) {
	case CONN_DIALING: return UV_WRITABLE;
	case CONN_SECURING: return write ? write : UV_READABLE;
	case CONN_OPEN: return write | (c->paused || c->throttled ? 0 : UV_READABLE);
	case CONN_FLUSHING: return write;
	case CONN_LINGERING: return UV_READABLE;
	case CONN_DEAD: break;
	}
	return 0;
}

static void watch(struct conn *c)
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

static void mark_dirty(struct conn *c)
{
	if (list_empty(&c->dirty))
		list_append(&c->net->dirty, &c->dirty);
}

static void mark_ready(struct conn *c)
{
	if (!list_empty(&c->ready))
		return;
	list_append(&c->net->ready, &c->ready);
	loop_again(c->net->loop);
}

// --- input ---

static void free_codec(const struct codec *codec, void *state)
{
	if (!codec)
		return;
	if (codec->fini)
		codec->fini(state);
	free(state);
}

static bool may_take(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->paused && !c->throttled;
}

static void take_bad(struct conn *c, struct codec_msg *msg)
{
	if (c->face->on_bad)
		c->face->on_bad(c, msg);
	if (log_threshold <= LOG_INFO) {
		char peer[64];
		log_info("bad_input", log_id("conn", c->id), log_str("face", c->face->name),
			log_str("peer", conn_peer(c, peer)), log_str("why", msg->why));
	}
	conn_close(c, msg->too_big ? CLOSE_TOO_BIG : CLOSE_BAD);
}

// One message, or as much as the codec can eat.  The codec may be replaced by the face meanwhile;
// the state the message stands in must live until the face is done with it.
static bool take_one(struct conn *c, struct span *in)
{
	const struct codec *codec = c->codec;
	void *state = c->codec_state;
	struct codec_msg msg = {0};
	size_t had = in->n;
	c->net->reply.n = 0;
	enum codec_got got = codec->take(state, in, &msg, &c->net->reply);
	ensure(got == CODEC_MORE ? in->n == had : got == CODEC_BAD || in->n < had);
	if (c->net->reply.n)
		conn_write(c, buf_bytes(&c->net->reply));
	if (got == CODEC_MSG)
		c->face->on_msg(c, &msg);
	else if (got == CODEC_BAD)
		take_bad(c, &msg);
	if (c->codec_state != state)
		free_codec(codec, state);
	return got == CODEC_MSG || got == CODEC_ATE;
}

static void take_all(struct conn *c, struct span *in)
{
	c->taking = true;
	while (may_take(c) && take_one(c, in)) // also when empty: the codec lets go of the last message
		;
	c->taking = false;
}

static void keep(struct conn *c, struct span rest)
{
	if (c->state != CONN_OPEN || rest.n == 0) {
		buf_fini(&c->in);
		return;
	}
	c->in.n = 0;
	buf_span(&c->in, rest);
	ensure(!c->in.failed); // codecs refuse long before
}

static void heard(struct conn *c, ssize_t n)
{
	metric_add(METRIC_RX_BYTES, n);
	c->heard_ms = clock_ms();
}

// Small leftovers are moved in front of the shared buffer, so an idle peer holds what it sent and
// no more; a long message grows its own buffer, by what has arrived and not by what was announced.
static ssize_t read_into(struct conn *c, struct span *input)
{
	struct net *net = c->net;
	ssize_t n;
	if (c->in.n <= CONN_KEEP_BYTES) {
		if (c->in.n)
			memcpy(net->scratch, c->in.p, c->in.n);
		n = c->stream->read(&c->end, net->scratch + c->in.n, CONN_READ_BYTES);
		*input = span_of(net->scratch, c->in.n + (n > 0 ? (size_t)n : 0));
	} else {
		ensure(buf_reserve(&c->in, CONN_READ_BYTES));
		n = c->stream->read(&c->end, c->in.p + c->in.n, CONN_READ_BYTES);
		if (n > 0)
			c->in.n += (size_t)n;
		*input = buf_bytes(&c->in);
	}
	return n;
}

static void on_readable(struct conn *c)
{
	struct span in;
	c->end.wants &= ~STREAM_READ;
	ssize_t n = read_into(c, &in);
	if (n == -1)
		return;
	if (n <= 0) {
		conn_close(c, n == 0 ? CLOSE_EOF : CLOSE_RESET);
		return;
	}
	heard(c, n);
	bool own = in.p == c->in.p;
	take_all(c, &in);
	if (own && c->state == CONN_OPEN && in.n)
		buf_drop(&c->in, c->in.n - in.n);
	else
		keep(c, in);
	if (may_take(c) && c->stream->pending(&c->end))
		mark_ready(c);
}

static void take_kept(struct conn *c)
{
	struct buf in = c->in;
	c->in = (struct buf){.max = in.max};
	struct span rest = buf_bytes(&in);
	take_all(c, &rest);
	if (rest.n && c->state == CONN_OPEN) {
		buf_drop(&in, in.n - rest.n);
		c->in = in;
	} else {
		buf_fini(&in);
	}
}

void conn_take(struct conn *c)
{
	if (may_take(c) && c->in.n)
		take_kept(c);
	if (may_take(c) && c->stream->pending(&c->end))
		on_readable(c);
	watch(c);
}

static void on_lingering(struct conn *c)
{
	for (int i = 0; i < LINGER_READS; i++) {
		ssize_t n = c->stream->read(&c->end, c->net->scratch, CONN_READ_BYTES);
		if (n == -1)
			return;
		if (n <= 0) {
			conn_enter(c, CONN_DEAD, 0);
			return;
		}
	}
}

// --- opening ---

static void opened(struct conn *c)
{
	c->end.wants = 0;
	c->heard_ms = clock_ms();
	conn_enter(c, CONN_OPEN, 0);
	if (c->face->on_open)
		c->face->on_open(c);
}

static void shake(struct conn *c)
{
	c->end.wants = 0;
	int done = c->stream->shake(&c->end);
	if (done > 0)
		opened(c);
	else if (done < 0)
		conn_close(c, CLOSE_TLS);
}

static void on_connected(struct conn *c)
{
	int error = 0;
	socklen_t n = sizeof error;
	if (getsockopt(c->end.fd, SOL_SOCKET, SO_ERROR, &error, &n) || error) {
		conn_close(c, CLOSE_UNREACHABLE);
		return;
	}
	conn_enter(c, CONN_SECURING, SECURING_MS);
	shake(c);
}

static void on_poll(uv_poll_t *h, int status, int events)
{
	struct conn *c = container_of(h, struct conn, poll);
	clock_update();
	if (events & UV_WRITABLE)
		c->end.wants &= ~STREAM_WRITE;
	switch (c->state) {
	case CONN_DIALING: on_connected(c); break;
	case CONN_SECURING: shake(c); break;
	case CONN_OPEN:
		if (events & UV_WRITABLE)
			mark_dirty(c);
		if (status < 0 || (events & UV_READABLE))
			on_readable(c);
		break;
	case CONN_FLUSHING: mark_dirty(c); break;
	case CONN_LINGERING: on_lingering(c); break;
	case CONN_DEAD: break;
	}
	watch(c);
}

static struct conn *conn_new(struct net *net, int fd, const struct conn_for *to)
{
	struct conn *c = mem_zalloc(sizeof *c);
	int on = 1, idle = 60, interval = 15, count = 4; // a dead peer shows after two minutes
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
	setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPIDLE, &idle, sizeof idle);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPINTVL, &interval, sizeof interval);
	setsockopt(fd, IPPROTO_TCP, TCP_KEEPCNT, &count, sizeof count);
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
	list_init(&c->dirty);
	list_init(&c->ready);
	list_init(&c->ended);
	list_append(&net->all, &c->all);
	net->n++;
	metric_add(METRIC_CONNS, 1);
	ensure(uv_poll_init(&net->loop->uv, &c->poll, fd) == 0);
	timer_init(net->loop, &c->timer, on_timer);
	return c;
}

struct conn *conn_accept(struct net *net, int fd, const struct conn_for *to)
{
	struct conn *c = conn_new(net, fd, to);
	metric_add(METRIC_ACCEPTED, 1);
	if (to->tls)
		tls_attach(to->tls, &c->end, &c->stream);
	conn_enter(c, CONN_SECURING, SECURING_MS);
	shake(c);
	watch(c);
	return c;
}

struct conn *conn_dial(
	struct net *net, const struct sockaddr *at, const struct conn_for *to, uint32_t ms)
{
	int fd = socket(at->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return NULL;
	struct conn *c = conn_new(net, fd, to);
	conn_enter(c, CONN_DIALING, ms);
	socklen_t n = at->sa_family == AF_INET6 ? sizeof(struct sockaddr_in6)
						: sizeof(struct sockaddr_in);
	if (connect(fd, at, n) && errno != EINPROGRESS)
		conn_close(c, CLOSE_UNREACHABLE);
	watch(c);
	return c;
}

// --- output ---

static void check_room(struct conn *c)
{
	if (c->out.bytes > CONN_OUT_HIGH)
		c->throttled = true;
	mark_dirty(c);
}

void conn_write(struct conn *c, struct span bytes)
{
	if (c->state != CONN_OPEN)
		return;
	outq_put(&c->out, bytes);
	check_room(c);
}

void conn_share(struct conn *c, struct blob *b, uint32_t from, uint32_t to)
{
	if (c->state != CONN_OPEN)
		return;
	outq_share(&c->out, b, from, to);
	check_room(c);
}

// What is queued when the kernel first says no is marked; when the mark has been written a new one
// is set.  So no byte can wait longer than twice the age bound, and a reader that keeps up is never
// cut off however long it has had a backlog.
static void mark_age(struct conn *c, size_t written)
{
	if (outq_empty(&c->out)) {
		c->mark_ms = CLOCK_NEVER;
	} else if (c->mark_ms == CLOCK_NEVER || written >= c->mark) {
		c->mark = c->out.bytes;
		c->mark_ms = clock_ms();
		arm(c);
	} else {
		c->mark -= (uint32_t)written;
	}
}

static size_t gather(const struct conn *c, struct iovec *iov, int *n)
{
	size_t bytes = 0;
	int have = outq_gather(&c->out, iov, FLUSH_CHUNKS);
	for (*n = 0; *n < have && bytes < FLUSH_BYTES; ++*n)
		bytes += iov[*n].iov_len;
	return bytes;
}

static size_t write_out(struct conn *c)
{
	struct iovec iov[FLUSH_CHUNKS];
	int chunks;
	size_t want = gather(c, iov, &chunks);
	ssize_t n = c->stream->write(&c->end, iov, chunks);
	if (n == -2) {
		conn_close(c, CLOSE_RESET);
		return 0;
	}
	size_t written = n > 0 ? (size_t)n : 0;
	metric_add(METRIC_TX_BYTES, (int64_t)written);
	outq_drop(&c->out, written);
	if (written < want)
		c->end.wants |= STREAM_WRITE;
	return written;
}

static void drained(struct conn *c)
{
	if (c->throttled && c->out.bytes < CONN_OUT_LOW) {
		c->throttled = false;
		if (c->in.n || c->stream->pending(&c->end))
			mark_ready(c);
		if (c->face->on_drain)
			c->face->on_drain(c);
	}
	if (c->state != CONN_FLUSHING || !outq_empty(&c->out))
		return;
	c->stream->shut(&c->end);
	if (c->why == CLOSE_EOF)
		conn_enter(c, CONN_DEAD, 0);
	else
		conn_enter(c, CONN_LINGERING, LINGERING_MS);
}

void conn_turn(struct conn *c)
{
	if (c->state != CONN_OPEN && c->state != CONN_FLUSHING)
		return;
	if (!outq_empty(&c->out) && !(c->end.wants & STREAM_WRITE))
		mark_age(c, write_out(c));
	// A burst within one turn is not slowness; what a full kernel buffer holds up is.
	if (c->end.wants & STREAM_WRITE && c->out.bytes > c->limits->out_max)
		conn_close(c, CLOSE_SLOW);
	else if (!outq_empty(&c->out) && !(c->end.wants & STREAM_WRITE))
		mark_dirty(c);
	if (c->state != CONN_DEAD)
		drained(c);
	watch(c);
}

// --- the end ---

static bool is_abrupt(enum conn_close why)
{
	return why == CLOSE_RESET || why == CLOSE_SLOW || why == CLOSE_NO_PONG ||
	       why == CLOSE_UNREACHABLE || why == CLOSE_TLS;
}

void conn_close(struct conn *c, enum conn_close why)
{
	bool polite = c->state == CONN_OPEN && !is_abrupt(why);
	if (c->state == CONN_DEAD || (c->state > CONN_OPEN && !is_abrupt(why)))
		return;
	if (c->state <= CONN_OPEN)
		c->why = why;
	conn_enter(c, polite ? CONN_FLUSHING : CONN_DEAD, polite ? FLUSHING_MS : 0);
	list_unlink(&c->ended);
	list_append(&c->net->ended, &c->ended);
	loop_again(c->net->loop);
	mark_dirty(c);
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

static void bury(struct conn *c)
{
	list_unlink(&c->dirty);
	list_unlink(&c->ready);
	c->stream->free(&c->end);
	outq_fini(&c->out);
	buf_fini(&c->in);
	free_codec(c->codec, c->codec_state);
	uv_close((uv_handle_t *)&c->poll, on_poll_closed);
	timer_close(&c->timer, on_timer_closed);
	close(c->end.fd);
}

void conn_end(struct conn *c)
{
	if (!c->told) {
		c->told = true;
		log_debug("close", log_id("conn", c->id), log_str("face", c->face->name),
			log_str("reason", close_word(c->why)));
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
	if (!c->taking)
		free_codec(c->codec, c->codec_state);
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
}

void conn_deadline(struct conn *c, uint32_t ms, enum conn_close why)
{
	if (c->state != CONN_OPEN)
		return;
	c->due_ms = ms ? clock_ms() + ms : CLOCK_NEVER;
	c->due_why = why;
	arm(c);
}

void conn_pause(struct conn *c)
{
	c->paused = true;
	if (!c->taking)
		watch(c);
}

void conn_resume(struct conn *c)
{
	c->paused = false;
	if (c->in.n || c->stream->pending(&c->end))
		mark_ready(c);
	if (!c->taking)
		watch(c);
}

size_t conn_unsent(const struct conn *c)
{
	return c->out.bytes;
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

static bool is_loopback(const struct in_addr *a)
{
	return (ntohl(a->s_addr) >> 24) == IN_LOOPBACKNET;
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

bool conn_has_input(const struct conn *c)
{
	return c->in.n > 0;
}
