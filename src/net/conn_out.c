// SPDX-License-Identifier: MIT
// Output of a conn: queued by anybody at any time, written once at the end of the turn.
#include "base/clock.h"
#include "base/metric.h"
#include "net/net_priv.h"
#include "net/tls.h"

enum {
	FLUSH_BYTES = 256 << 10, // written to one peer per turn; the rest waits for the next
	FLUSH_CHUNKS = 64,       // and as many pieces of them in one system call
	// Pieces the kernel would not take before the peer is closed as SLOW, however small they
	// are: with its neighbours in the heap one costs about 100 bytes.
	OUT_CHUNKS_MAX = 16384,
};

static void check_room(struct conn *c)
{
	if (c->out.bytes > min_size(CONN_OUT_HIGH, c->limits->out_max))
		c->throttled = true;
	conn_dirty(c);
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

bool conn_is_full(const struct conn *c)
{
	return c->throttled;
}

size_t conn_unsent(const struct conn *c)
{
	return c->out.bytes;
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
		conn_arm(c);
	} else {
		c->mark -= written;
	}
}

static size_t gather(const struct conn *c, struct iovec *iov, int *n)
{
	size_t bytes = 0;
	int have = outq_gather(&c->out, iov, FLUSH_CHUNKS);
	for (*n = 0; *n < have && bytes < FLUSH_BYTES; ++*n) {
		iov[*n].iov_len = min_size(iov[*n].iov_len, FLUSH_BYTES - bytes);
		bytes += iov[*n].iov_len;
	}
	return bytes;
}

static void write_out(struct conn *c)
{
	struct iovec iov[FLUSH_CHUNKS];
	int chunks;
	size_t want = gather(c, iov, &chunks);
	ssize_t n = c->stream->write(&c->end, iov, chunks);
	if (n == -2) {
		conn_close(c, CLOSE_RESET);
		return;
	}
	size_t written = n > 0 ? (size_t)n : 0;
	metric_add(METRIC_TX_BYTES, (int64_t)written);
	outq_drop(&c->out, written);
	mark_age(c, written);
	if (written < want)
		c->end.blocked = true;
	else if (!outq_empty(&c->out))
		conn_dirty(c);
}

// A burst within one turn is not slowness yet: only what the kernel would not take counts.
static bool is_over(const struct conn *c)
{
	return c->end.blocked && (c->out.bytes > c->limits->out_max || c->out.n > OUT_CHUNKS_MAX);
}

static void unthrottle(struct conn *c)
{
	if (!c->throttled || c->out.bytes >= CONN_OUT_LOW)
		return;
	c->throttled = false;
	if (conn_has_more(c))
		conn_ready(c);
	if (c->face->on_drain) {
		c->net->called_faces = true;
		c->face->on_drain(c);
	}
}

static void flushed(struct conn *c)
{
	c->stream->shut(&c->end);
	if (c->peer_ended)
		conn_enter(c, CONN_DEAD, 0);
	else
		conn_enter(c, CONN_LINGERING, c->net->patience.lingering_ms);
}

// The last plain bytes, then the first of TLS.
static void secure_turn(struct conn *c)
{
	if (!outq_empty(&c->out) && !c->end.blocked)
		write_out(c);
	if (c->state != CONN_SECURING)
		return;
	unthrottle(c);
	if (outq_empty(&c->out)) {
		tls_attach(c->tls, &c->end, &c->stream);
		c->tls = NULL;
	}
	conn_watch(c);
}

void conn_turn(struct conn *c)
{
	if (c->state == CONN_SECURING && c->tls)
		secure_turn(c);
	if (c->state != CONN_OPEN && c->state != CONN_FLUSHING)
		return;
	if (!outq_empty(&c->out) && !c->end.blocked)
		write_out(c);
	if (is_over(c))
		conn_close(c, CLOSE_SLOW);
	if (c->state == CONN_OPEN)
		unthrottle(c);
	else if (c->state == CONN_FLUSHING && outq_empty(&c->out))
		flushed(c);
	conn_watch(c);
}
