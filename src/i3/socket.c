// SPDX-License-Identifier: MIT
// A router over TCP: MudMode frames of LPC text.  The framing stays in step whatever a frame holds,
// so a frame that cannot be read costs nothing but itself.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/i3_priv.h"
#include "i3/text.h"
#include "net/dial.h"
#include "proto/codecs.h"
#include "proto/lpc.h"
#include <stdlib.h>

enum {
	DIAL_MS = 15000,
	FRAME_STRANGER_MAX = 64 << 10, // before the login: an answer and the first lists
	FRAME_MAX = 2 << 20,           // what senders are told to stay below
	FRAME_PACKETS_MAX = 64,        // old routers glue packets together, but not many
};

// Owned by its dial, then by its conn; freed when that one says it is over.
struct socket {
	struct carrier carrier;
	struct dial *dial; // while the name is looked up
	struct conn *conn; // while open
};

static struct socket *of(struct carrier *c)
{
	return container_of(c, struct socket, carrier);
}

static void on_open(struct conn *c)
{
	struct socket *s = conn_owner(c);
	if (!s->carrier.link) {
		conn_close(c, CLOSE_DONE);
		return;
	}
	s->conn = c;
	conn_use(c, &codec_mudmode, FRAME_STRANGER_MAX);
	link_connected(s->carrier.link);
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct socket *s = conn_owner(c);
	struct span text = msg->body;
	for (int i = 0; text.n && i < FRAME_PACKETS_MAX && s->carrier.link; i++) {
		struct i3_link *l = s->carrier.link;
		struct value packet;
		struct lpc_error error;
		link_begin(l);
		if (lpc_read(&l->arena, &text, &packet, &error)) {
			link_heard(l, &packet);
		} else {
			text.n = 0;
			link_garbled(l, error.why);
		}
		link_end(l);
	}
}

static void on_bad(struct conn *c, struct codec_msg *msg)
{
	struct socket *s = conn_owner(c);
	if (s->carrier.link)
		log_warning("i3_frame", log_str("mud", s->carrier.link->identity->name),
			log_str("router", s->carrier.link->router), log_str("why", msg->why));
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct socket *s = conn_owner(c);
	struct i3_link *l = s->carrier.link;
	if (l && s->conn)
		link_lost(l, close_says(why));
	else if (l)
		link_unreached(l, "the router cannot be reached");
	free(s);
}

static void on_failed(void *owner, const char *why)
{
	struct socket *s = owner;
	if (s->carrier.link)
		link_unreached(s->carrier.link, why);
	free(s);
}

static const struct face face_i3 = {
	.name = "i3",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.on_close = on_close,
};

static void write_frame(struct socket *s, struct span frame)
{
	if (s->conn)
		conn_write(s->conn, frame);
}

static void socket_pump(struct carrier *c)
{
	struct i3_link *l = c->link;
	struct pace_frame *f;
	while ((f = pacing_take(&l->pacing, clock_ms()))) {
		write_frame(of(c), span_of(f->bytes, f->n));
		free(f);
	}
	uint64_t due = pacing_due(&l->pacing);
	if (due != CLOCK_NEVER)
		timer_start(&l->pace, due - clock_ms());
}

static void put_frame(struct buf *frame, const struct value *packet)
{
	struct buf text = {0};
	lpc_put(&text, packet);
	codec_mudmode.put(NULL, frame, (struct codec_msg){.body = buf_bytes(&text)});
	buf_fini(&text);
}

static enum sent socket_send(struct carrier *c, const struct value *packet, unsigned cost)
{
	struct buf frame = {.max = 2 * PACKET_BYTES_MAX};
	enum sent sent = SENT;
	put_frame(&frame, packet);
	if (frame.failed || frame.n > PACKET_BYTES_MAX)
		sent = SENT_TOO_BIG;
	else if (!pacing_put(&c->link->pacing, buf_bytes(&frame), cost, clock_ms()))
		sent = SENT_FULL;
	else
		socket_pump(c);
	buf_fini(&frame);
	return sent;
}

static void socket_bid(struct carrier *c, const struct value *packet)
{
	struct buf frame = {0};
	put_frame(&frame, packet);
	write_frame(of(c), buf_bytes(&frame));
	buf_fini(&frame);
}

static void socket_trust(struct carrier *c)
{
	uint32_t gone_ms = alive_answer_ms(c->link);
	conn_use(of(c)->conn, &codec_mudmode, FRAME_MAX);
	if (gone_ms) // a router that swallows our probes still has a kernel that takes them
		conn_gone_after(of(c)->conn, gone_ms);
}

static void socket_close(struct carrier *c)
{
	struct socket *s = of(c);
	c->link = NULL;
	if (s->dial) {
		dial_cancel(s->dial);
		free(s);
	} else if (s->conn) {
		conn_close(s->conn, CLOSE_DONE);
		conn_hurry(s->conn, LINK_PARTING_MS); // it must be gone when the next one comes
	}
}

static const struct carrier_ops socket_ops = {
	.far = true,
	.send = socket_send,
	.bid = socket_bid,
	.pump = socket_pump,
	.trust = socket_trust,
	.close = socket_close,
};

struct carrier *carrier_socket_open(struct i3_link *l, const struct carrier_at *at)
{
	struct socket *s = mem_zalloc(sizeof *s);
	s->carrier = (struct carrier){&socket_ops, l};
	dial_watch(dial_open(l->i3->net, &(struct dial_to){.host = at->host,
						 .port = at->port,
						 .attempt = at->attempt,
						 .timeout_ms = DIAL_MS,
						 .conn = {.face = &face_i3, .owner = s},
						 .on_failed = on_failed}),
		&s->dial);
	return &s->carrier;
}
