// SPDX-License-Identifier: MIT
// Input of a conn: from the socket through the codec to the face, and what is kept in between.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "net/net_priv.h"
#include <errno.h>
#include <stdlib.h>

enum { DISCARD_READS = 16 }; // of CONN_READ_BYTES, per event

void conn_free_codec(const struct codec *codec, void *state)
{
	if (codec && codec->fini)
		codec->fini(state);
	free(state);
}

bool conn_may_take(const struct conn *c)
{
	return c->state == CONN_OPEN && !c->paused && !c->throttled;
}

bool conn_has_more(const struct conn *c)
{
	return c->in.n || c->end.more;
}

static void take_bad(struct conn *c, struct codec_msg *msg)
{
	c->says = msg->why;
	if (c->face->on_bad)
		c->face->on_bad(c, msg);
	conn_close(c, msg->too_big ? CLOSE_TOO_BIG : CLOSE_BAD);
}

// One message, or as much as the codec can eat.  The codec may be replaced by the face meanwhile;
// the state the message stands in must live until the face is done with it.
static bool take_one(struct conn *c, struct span *in)
{
	const struct codec *codec = c->codec;
	struct buf *reply = &c->net->reply;
	struct codec_msg msg = {0};
	size_t had = in->n;
	ensure(codec); // the face forgot conn_use()
	c->taking = c->codec_state;
	buf_clear(reply);
	enum codec_got got = codec->take(c->taking, in, &msg, reply);
	bool held = codec->holds && got == CODEC_MSG && in->n;
	ensure(got == CODEC_MORE ? in->n == had : got == CODEC_BAD || held || in->n < had);
	ensure(!reply->failed);
	if (reply->n)
		conn_write(c, buf_bytes(reply));
	if (got == CODEC_MSG)
		c->face->on_msg(c, &msg);
	else if (got == CODEC_BAD)
		take_bad(c, &msg);
	if (c->codec_state != c->taking)
		conn_free_codec(codec, c->taking);
	c->taking = NULL;
	return got == CODEC_MSG || got == CODEC_ATE;
}

static void take_all(struct conn *c, struct span *in)
{
	while (conn_may_take(c) && take_one(c, in)) // to the end: then the codec lets go of all
		;
}

// What was not taken stays, in a buffer no larger than it need be.
static void keep(struct conn *c, struct span rest)
{
	bool there = c->in.n && rest.p + rest.n == c->in.p + c->in.n;
	if (c->state != CONN_OPEN || rest.n == 0) {
		buf_fini(&c->in);
	} else if (there && (rest.n == c->in.n || rest.n > CONN_KEEP_BYTES)) {
		buf_drop(&c->in, c->in.n - rest.n);
	} else {
		struct buf fresh = {.max = c->in.max};
		buf_span(&fresh, rest);
		ensure(!fresh.failed); // codecs refuse long before
		buf_fini(&c->in);
		c->in = fresh;
	}
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

void conn_read(struct conn *c)
{
	struct span in;
	ssize_t n = read_into(c, &in);
	if (n == -1)
		return;
	if (n <= 0) {
		c->peer_ended = true;
		conn_close(c, n == 0 ? CLOSE_EOF : CLOSE_RESET);
		return;
	}
	metric_add(METRIC_RX_BYTES, n);
	c->heard_ms = clock_ms();
	take_all(c, &in);
	keep(c, in);
	if (c->end.more && conn_may_take(c))
		conn_ready(c);
}

void conn_take(struct conn *c)
{
	if (conn_may_take(c) && c->in.n) {
		struct span in = buf_bytes(&c->in);
		take_all(c, &in);
		keep(c, in);
	}
	if (conn_may_take(c) && c->end.more)
		conn_read(c);
	conn_watch(c);
}

// Past any TLS: nobody will look at it.  A TCP socket does not even copy it out.
void conn_discard(struct conn *c)
{
	for (int i = 0; i < DISCARD_READS; i++) {
		ssize_t n = recv(c->end.fd, c->net->scratch, CONN_READ_BYTES, MSG_TRUNC);
		if (n > 0)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		c->peer_ended = true;
		if (n < 0)
			conn_close(c, CLOSE_RESET);
		else if (c->state == CONN_LINGERING)
			conn_enter(c, CONN_DEAD, 0);
		return;
	}
}
