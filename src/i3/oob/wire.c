// SPDX-License-Identifier: MIT
// MudMode frames of LPC text over TCP, one packet each: out-of-band packets are arrays without the
// six elements of the envelope, and sometimes a bare integer.
#include "i3/oob/wire.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/oob/oob_priv.h"
#include "net/dial.h"
#include "proto/codecs.h"
#include "proto/lpc.h"
#include <stdlib.h>

// A peer that takes nothing for a minute has one frame of ours, maybe two.
static const struct conn_limits limits = {.out_max = 2 * OOB_FRAME_MAX, .out_age_ms = 60000};

// Owned by its dial, then by its conn; freed when that one says it is over.
struct socket {
	struct oob_wire wire;
	struct oob *oob;
	struct dial *dial; // while the name is looked up
	struct conn *conn; // while open
};

static struct socket *of(struct oob_wire *w)
{
	return container_of(w, struct socket, wire);
}

static void wire_send(struct oob_wire *w, const struct value *packet)
{
	struct socket *s = of(w);
	struct buf text = {0}, frame = {0};
	if (!s->conn)
		return;
	lpc_put(&text, packet);
	codec_mudmode.put(NULL, &frame, (struct codec_msg){.body = buf_bytes(&text)});
	conn_write(s->conn, buf_bytes(&frame));
	buf_fini(&frame);
	buf_fini(&text);
}

static void wire_trust(struct oob_wire *w)
{
	if (of(w)->conn)
		conn_use(of(w)->conn, &codec_mudmode, OOB_FRAME_MAX);
}

static void wire_hold(struct oob_wire *w, bool hold)
{
	struct conn *c = of(w)->conn;
	if (c && hold)
		conn_pause(c);
	else if (c)
		conn_resume(c);
}

static void wire_close(struct oob_wire *w, enum conn_close why)
{
	struct socket *s = of(w);
	w->session = NULL;
	if (s->dial) {
		dial_cancel(s->dial);
		free(s);
	} else if (s->conn) {
		conn_close(s->conn, why);
	}
}

static const struct oob_wire_ops wire_ops = {
	.send = wire_send,
	.trust = wire_trust,
	.hold = wire_hold,
	.close = wire_close,
};

static void on_open(struct conn *c)
{
	struct socket *s = conn_owner(c);
	s->conn = c;
	if (!s->wire.session) {
		conn_close(c, CLOSE_DONE);
		return;
	}
	conn_use(c, &codec_mudmode, OOB_FRAME_STRANGER_MAX);
	conn_limit(c, &limits);
	oob_session_opened(s->wire.session);
}

static void on_accepted(struct conn *c)
{
	char peer[64];
	struct oob *o = conn_owner(c);
	struct socket *s = mem_zalloc(sizeof *s);
	s->wire.ops = &wire_ops;
	s->oob = o;
	s->conn = c;
	conn_own(c, s);
	conn_use(c, &codec_mudmode, OOB_FRAME_STRANGER_MAX);
	conn_limit(c, &limits);
	s->wire.session = oob_session_accept(o, &s->wire, conn_address(conn_peer(c, peer)));
	if (!s->wire.session)
		conn_close(c, CLOSE_FULL);
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct socket *s = conn_owner(c);
	struct oob *o = s->oob;
	struct span text = msg->body;
	struct value packet;
	struct lpc_error error;
	if (!s->wire.session || !text.n)
		return;
	oob_begin(o);
	if (lpc_read(&o->arena, &text, &packet, &error))
		oob_session_heard(s->wire.session, &packet);
	else
		oob_session_garbled(s->wire.session, error.why);
	oob_end(o);
}

static void on_bad(struct conn *c, struct codec_msg *msg)
{
	struct socket *s = conn_owner(c);
	if (s->wire.session)
		oob_session_garbled(s->wire.session, msg->why);
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct socket *s = conn_owner(c);
	if (s->wire.session)
		oob_session_lost(s->wire.session, close_says(why));
	free(s);
}

static void on_failed(void *owner, const char *why)
{
	struct socket *s = owner;
	if (s->wire.session)
		oob_session_lost(s->wire.session, why);
	free(s);
}

static const struct face face_dialled = {
	.name = "oob",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.on_close = on_close,
};

const struct face face_oob = {
	.name = "oob",
	.on_open = on_accepted,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.on_close = on_close,
};

struct oob_wire *oob_wire_dial(
	struct oob *o, struct oob_session *session, const struct oob_wire_to *to)
{
	struct socket *s = mem_zalloc(sizeof *s);
	s->wire = (struct oob_wire){&wire_ops, session};
	s->oob = o;
	dial_watch(dial_open(o->i3->net, &(struct dial_to){.host = to->host,
						 .port = to->port,
						 .attempt = to->attempt,
						 .timeout_ms = OOB_DIALLING_MS,
						 .conn = {.face = &face_dialled, .owner = s},
						 .on_failed = on_failed}),
		&s->dial);
	return &s->wire;
}
