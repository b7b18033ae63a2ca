// SPDX-License-Identifier: MIT
#include "bridge/peer.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/submit.h"
#include <stdlib.h>

// Pieces of output are counted as well as bytes (net/conn_out.c), so small frames are copied together.
enum { SHARE_MIN = 4 << 10 };

// What somebody who has not said who it is does not read is as little as what it may send.
static const struct conn_limits new_limits = {BRIDGE_GREETING_MAX, BRIDGE_OUT_AGE_MS};

// --- output ---

void bridge_peer_send(struct bridge_peer *p)
{
	struct bridge *b = p->bridge;
	buf_clear(&b->frame);
	ws_put_frame(&b->frame, WS_TEXT, buf_bytes(&b->text));
	conn_write(p->conn, buf_bytes(&b->frame));
}

static void send_error(struct bridge_peer *p, const char *words, int code)
{
	buf_clear(&p->bridge->text);
	bridge_put_error(&p->bridge->text, words, code);
	bridge_peer_send(p);
}

static struct blob *frame_of(struct bridge_message *m)
{
	struct buf text = {0}, frame = {0};
	if (m->frame)
		return m->frame;
	bridge_put_message(&text, m);
	ws_put_frame(&frame, WS_TEXT, buf_bytes(&text));
	ensure(!text.failed && !frame.failed); // body_size_mb leaves room for all that is added
	m->frame = blob_new(frame.n);
	blob_append(m->frame, buf_bytes(&frame));
	buf_fini(&text);
	buf_fini(&frame);
	return m->frame;
}

static bool take(struct bridge_recipient *r, struct bridge_message *m)
{
	struct bridge_peer *p = container_of(r, struct bridge_peer, recipient);
	if (!conn_is_open(p->conn) || conn_unsent(p->conn) > BRIDGE_BEHIND_MAX)
		return false;
	struct blob *frame = frame_of(m);
	if (frame->n < SHARE_MIN)
		conn_write(p->conn, span_of(frame->p, frame->n));
	else
		conn_share(p->conn, frame, 0, frame->n);
	return true;
}

void bridge_peer_ping(struct bridge_peer *p, struct span frame)
{
	if (p->state == BRIDGE_PEER_JOINED)
		conn_write(p->conn, frame);
}

// --- the end ---

void bridge_peer_leave(struct bridge_peer *p)
{
	struct bridge *b = p->bridge;
	if (p->state == BRIDGE_PEER_JOINED) {
		bridge_route_leave(&b->route, &p->recipient);
		bridge_submit_leave(p);
		bridge_consumer_close(p->consumer);
		p->consumer = NULL;
		metric_add(bridge_peer_gauge(p), -1);
	}
	if (b->bot == p)
		b->bot = NULL;
	p->state = BRIDGE_PEER_LEFT;
}

void bridge_peer_close(
	struct bridge_peer *p, enum ws_code code, const char *says, enum conn_close why)
{
	struct buf *frame = &p->bridge->frame;
	buf_clear(frame);
	ws_put_close(frame, code, says);
	conn_write(p->conn, buf_bytes(frame));
	conn_close(p->conn, why);
}

void bridge_peer_refuse(struct bridge_peer *p, const char *words, int code)
{
	send_error(p, words, code);
	bridge_peer_close(
		p, WS_CODE_NORMAL, "Disconnecting.", code == 400 ? CLOSE_BAD : CLOSE_REFUSED);
}

static void on_close(struct conn *conn, enum conn_close why)
{
	struct bridge_peer *p = conn_owner(conn);
	if (p->greeting.id.n)
		log_info("bridge_left", log_id("conn", conn_id(conn)),
			log_str("type", bridge_side_word(p->greeting.side)),
			log_span("id", p->greeting.id), log_span("channel", p->greeting.channel),
			log_str("reason", close_word(why)));
	bridge_peer_leave(p);
	list_unlink(&p->link);
	p->bridge->n_peers--;
	free((char *)(uintptr_t)p->greeting.id.p);
	free(p);
}

// --- messages ---

void bridge_peer_wait(struct bridge_peer *p, bool waits)
{
	p->waits = waits;
	p->waited_ms = clock_ms();
	if (waits)
		conn_pause(p->conn);
	else
		conn_resume(p->conn);
}

static enum bridge_said read_said(
	struct bridge_peer *p, struct span text, struct bridge_words *words, struct bridge_ack *ack)
{
	struct arena *a = &p->bridge->arena;
	if (p->consumer)
		return bridge_read_said(a, text, &p->greeting, words, ack);
	return bridge_read_message(a, text, &p->greeting, words) ? BRIDGE_SAID_WORDS
								 : BRIDGE_SAID_NOTHING;
}

static void hear_nonsense(struct bridge_peer *p)
{
	metric_add(METRIC_BRIDGE_RECEIVED, 1);
	metric_add(METRIC_BRIDGE_MALFORMED, 1);
	LOG_AT(log_paced(&p->bridge->malformed, LOG_INFO), "bridge_malformed",
		log_id("conn", conn_id(p->conn)), log_span("id", p->greeting.id));
	send_error(p, "Malformed message.", 400);
}

static void hear(struct bridge_peer *p, struct span text)
{
	struct bridge_words words;
	struct bridge_ack ack;
	switch (read_said(p, text, &words, &ack)) {
	case BRIDGE_SAID_NOTHING: hear_nonsense(p); break;
	case BRIDGE_SAID_WORDS:
		metric_add(METRIC_BRIDGE_RECEIVED, 1);
		bridge_submit(p, &words);
		break;
	case BRIDGE_SAID_ACK:
		if (!bridge_consumer_ack(p->consumer, &ack))
			send_error(p, "No such message.", 404);
		break;
	}
}

// Texts and binary messages alike: what they hold is JSON or it is malformed.
static void on_msg(struct conn *conn, struct codec_msg *msg)
{
	struct bridge_peer *p = conn_owner(conn);
	if (msg->kind == WS_CLOSE) {
		conn_close(conn, CLOSE_DONE);
		return;
	}
	arena_clear(&p->bridge->arena);
	if (p->state == BRIDGE_PEER_NEW)
		bridge_peer_greet(p, msg->body);
	else if (p->state == BRIDGE_PEER_JOINED)
		hear(p, msg->body);
}

static void on_drain(struct conn *conn)
{
	struct bridge_peer *p = conn_owner(conn);
	if (p->consumer)
		bridge_consumer_pump(p->consumer);
	else if (p->state == BRIDGE_PEER_JOINED)
		bridge_route_ready(&p->bridge->route, &p->recipient);
}

// --- deadlines ---

static uint32_t read_ms(const struct bridge_peer *p)
{
	return (uint32_t)p->bridge->config->bridge.read_timeout_s * SECOND_MS;
}

void bridge_peer_rearm(struct bridge_peer *p)
{
	if (p->state == BRIDGE_PEER_JOINED)
		conn_deadline(p->conn, read_ms(p), CLOSE_IDLE);
}

// Who waits for an answer is not read from, so its silence says nothing: the time counts from the last
// answer, and a disk that gives none must not hold it for ever.  Nor is who has much unread
// (net/conn.h); that it reads has a bound of its own.
static void on_deadline(struct conn *conn)
{
	struct bridge_peer *p = conn_owner(conn);
	uint64_t heard = conn_heard_ms(conn), most = read_ms(p);
	uint64_t quiet = clock_ms() - (heard > p->waited_ms ? heard : p->waited_ms);
	if (p->state == BRIDGE_PEER_NEW)
		bridge_peer_close(p, WS_CODE_NORMAL, "No handshake in time.", CLOSE_NO_AUTH);
	else if (quiet < most)
		conn_deadline(conn, (uint32_t)(most - quiet), CLOSE_IDLE);
	else if (p->waits)
		bridge_peer_close(p, WS_CODE_NORMAL, "No answer in time.", CLOSE_UNANSWERED);
	else if (conn_unsent(conn) > CONN_OUT_LOW)
		bridge_peer_rearm(p);
	else
		bridge_peer_close(p, WS_CODE_NORMAL, "Nothing heard in time.", CLOSE_IDLE);
}

static const struct face face_sync = {
	.name = "sync",
	.on_msg = on_msg,
	.on_deadline = on_deadline,
	.on_drain = on_drain,
	.on_close = on_close,
};

void bridge_peer_open(struct bridge *b, struct conn *conn, const struct ws_upgrade *up)
{
	struct bridge_peer *p = mem_zalloc(sizeof *p);
	p->bridge = b;
	p->conn = conn;
	bridge_recipient_init(&p->recipient, take);
	list_append(&b->peers, &p->link);
	b->n_peers++;
	buf_clear(&b->frame);
	ws_put_upgrade(&b->frame, up);
	conn_write(conn, buf_bytes(&b->frame));
	conn_face(conn, &face_sync);
	conn_own(conn, p);
	conn_limit(conn, &new_limits);
	conn_use(conn, &codec_ws, BRIDGE_GREETING_MAX);
	ws_configure(conn_codec_state(conn), &up->deflate);
	conn_deadline(
		conn, (uint32_t)b->config->bridge.handshake_timeout_s * SECOND_MS, CLOSE_NO_AUTH);
}
