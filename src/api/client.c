// SPDX-License-Identifier: MIT
#include "api/api.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "proto/codecs.h"
#include <stdlib.h>

static const struct face face_ws;

// What a stranger does not read is as little as what it may send.
static const struct conn_limits guest_limits = {API_GUEST_MESSAGE, API_GUEST_MS};
static const struct conn_limits session_limits = {CONN_OUT_MAX, CONN_OUT_AGE_MS};

// --- life ---

static struct client *client_new(struct api *a, struct conn *conn, enum transport transport)
{
	struct client *c = mem_zalloc(sizeof *c);
	c->api = a;
	c->conn = conn;
	c->transport = transport;
	list_init(&c->pending);
	list_append(&a->clients, &c->link);
	conn_own(conn, c);
	conn_limit(conn, &guest_limits);
	conn_deadline(conn, API_GUEST_MS, CLOSE_NO_AUTH);
	if (transport == TRANSPORT_WS)
		metric_add(METRIC_WS_CONNS, 1);
	return c;
}

static void on_close(struct conn *conn, enum conn_close why)
{
	struct client *c = conn_owner(conn);
	if (c->session)
		log_info("client_left", log_id("conn", conn_id(conn)),
			log_str("mud", c->session->identity->name),
			log_str("reason", close_word(why)));
	pending_drop_all(c);
	if (c->session)
		session_close(c->session);
	if (c->transport == TRANSPORT_WS)
		metric_add(METRIC_WS_CONNS, -1);
	list_unlink(&c->link);
	rate_fini(c);
	free(c);
}

// --- sessions ---

static void share(void *to, struct blob *b, uint32_t from, uint32_t to_byte)
{
	conn_share(to, b, from, to_byte);
}

static const struct outlet outlet = {share};

static enum wire wire_of(const struct client *c)
{
	if (c->transport == TRANSPORT_LINE)
		return WIRE_LINE;
	if (!c->deflate.on)
		return WIRE_WS;
	return c->deflate.server_bits >= 12 ? WIRE_WS_DEFLATE12 : WIRE_WS_DEFLATE9;
}

static void raise_limits(struct client *c)
{
	conn_limit(c->conn, &session_limits);
	if (c->transport == TRANSPORT_LINE) {
		conn_use(c->conn, &codec_line, API_LINE_MAX);
		conn_deadline(c->conn, API_LINE_IDLE_MS, CLOSE_IDLE);
	} else {
		ws_set_max(conn_codec_state(c->conn),
			(size_t)c->api->config->api.websocket.max_frame_bytes);
		conn_deadline(c->conn, 0, CLOSE_IDLE);
	}
}

void client_admit(struct client *c, const struct api_grant *g)
{
	char peer[64];
	struct session_spec spec = {.rights = g->rights,
		.per_minute = g->per_minute,
		.burst = g->burst,
		.wire = wire_of(c),
		.outlet = &outlet,
		.outlet_to = c->conn};
	c->session = session_open(g->identity, &spec);
	c->key = g->key;
	raise_limits(c);
	log_info("client_joined", log_id("conn", conn_id(c->conn)),
		log_str("mud", g->identity->name), log_str("peer", conn_peer(c->conn, peer)),
		log_str("transport", c->transport == TRANSPORT_WS ? "websocket" : "tcp"));
}

// Only long answers are worth the ten microseconds that compressing them takes.
enum { REPLY_DEFLATE_MIN = 1024 };

void client_send(struct client *c, struct span text)
{
	struct buf *frame = &c->api->frame;
	if (c->transport == TRANSPORT_LINE) {
		conn_write(c->conn, text);
		conn_write(c->conn, SPAN("\n"));
		return;
	}
	buf_clear(frame);
	if (c->deflate.on && text.n >= REPLY_DEFLATE_MIN)
		ws_put_deflated(frame, WS_TEXT, text, c->deflate.server_bits >= 12 ? 12 : 9);
	else
		ws_put_frame(frame, WS_TEXT, text);
	conn_write(c->conn, buf_bytes(frame));
}

// --- TCP lines ---

// The last words to a peer whose connection is about to be closed.
#define LINE_ERROR(word, says)                                                                     \
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"" says          \
	"\",\"data\":{\"code\":\"" word "\",\"reason\":\"" says "\",\"temporary\":false}}}\n"
#define FULL LINE_ERROR("full", "Too many connections")

static void on_line_open(struct conn *conn)
{
	struct client *c = client_new(conn_owner(conn), conn, TRANSPORT_LINE);
	struct buf *out = &c->api->frame;
	const struct config_api *config = &c->api->config->api;
	conn_use(conn, &codec_line, API_GUEST_MESSAGE);
	if (!config->enabled || !config->tcp.enabled) {
		conn_write(conn, SPAN(LINE_ERROR("refused", "This interface is switched off")));
		conn_close(conn, CLOSE_REFUSED);
		return;
	}
	buf_clear(out);
	buf_printf(out,
		"{\"jsonrpc\":\"2.0\",\"method\":\"welcome\",\"params\":{\"service\":\"i3-"
		"gateway\","
		"\"version\":\"%s\",\"protocol\":\"JSON-RPC "
		"2.0\",\"authentication\":\"required\"}}\n",
		api_version());
	conn_write(conn, buf_bytes(out));
}

// A page may make a browser post anything to any port: what begins as HTTP is not listened to until
// the line that would be ours.
static bool is_browser(const struct client *c, struct span text)
{
	return !c->session &&
	       (span_ends(text, SPAN(" HTTP/1.1")) || span_ends(text, SPAN(" HTTP/1.0")));
}

static bool is_too_chatty(struct client *c)
{
	return !c->session && ++c->heard > API_GUEST_MESSAGES;
}

static void on_message(struct conn *conn, struct codec_msg *msg)
{
	struct client *c = conn_owner(conn);
	struct span text = span_trim(msg->body);
	if (is_browser(c, text)) {
		dispatch(c, text); // which says that this is no JSON
		conn_close(conn, CLOSE_BAD);
	} else if (is_too_chatty(c)) {
		conn_write(conn, SPAN(LINE_ERROR("not_authenticated", "Authenticate first")));
		conn_close(conn, CLOSE_NO_AUTH);
	} else if (text.n) {
		dispatch(c, text);
	}
}

static void on_line_bad(struct conn *conn, struct codec_msg *msg)
{
	(void)msg;
	conn_write(conn, SPAN(LINE_ERROR("too_big", "Invalid request: line too long")));
}

static void on_line_deadline(struct conn *conn)
{
	struct client *c = conn_owner(conn);
	uint64_t silent = clock_ms() - conn_heard_ms(conn);
	if (!c->session) {
		conn_write(
			conn, SPAN(LINE_ERROR("not_authenticated", "Not authenticated in time")));
		conn_close(conn, CLOSE_NO_AUTH);
	} else if (silent >= API_LINE_IDLE_MS) {
		conn_close(conn, CLOSE_IDLE);
	} else {
		conn_deadline(conn, (uint32_t)(API_LINE_IDLE_MS - silent), CLOSE_IDLE);
	}
}

const struct face face_jsonl = {
	.name = "jsonl",
	.on_open = on_line_open,
	.on_msg = on_message,
	.on_bad = on_line_bad,
	.on_deadline = on_line_deadline,
	.on_close = on_close,
	.full = {FULL, sizeof FULL - 1},
};

// --- WebSocket ---

static void on_ws_msg(struct conn *conn, struct codec_msg *msg)
{
	struct client *c = conn_owner(conn);
	if (msg->kind == WS_CLOSE) {
		conn_close(conn, CLOSE_DONE);
	} else if (msg->kind == WS_BINARY) {
		struct buf *frame = &c->api->frame;
		buf_clear(frame);
		ws_put_close(frame, WS_CODE_UNSUPPORTED, "this API speaks text");
		conn_write(conn, buf_bytes(frame));
		conn_close(conn, CLOSE_BAD);
	} else if (is_too_chatty(c)) {
		client_refuse(c, "authenticate first");
	} else {
		dispatch(c, msg->body); // an empty text is bad JSON, and is told so
	}
}

static void close_ws(struct conn *conn, enum ws_code code, const char *says, enum conn_close why)
{
	struct client *c = conn_owner(conn);
	struct buf *frame = &c->api->frame;
	buf_clear(frame);
	ws_put_close(frame, code, says);
	conn_write(conn, buf_bytes(frame));
	conn_close(conn, why);
}

void client_refuse(struct client *c, const char *says)
{
	if (c->transport == TRANSPORT_WS)
		close_ws(c->conn, WS_CODE_POLICY, says, CLOSE_REFUSED);
	else
		conn_close(c->conn, CLOSE_REFUSED);
}

void client_goodbye(struct client *c)
{
	if (c->transport == TRANSPORT_WS)
		close_ws(c->conn, WS_CODE_GOING_AWAY, "Server shutting down", CLOSE_SHUTDOWN);
	else
		conn_close(c->conn, CLOSE_SHUTDOWN);
}

// A key that is gone, or speaks for another MUD now, takes its sessions along; for the others the
// rights and rates it has now hold.
void client_check_key(struct client *c)
{
	struct api_grant g;
	struct session *s = c->session;
	if (!s)
		return;
	if (!api_digest_check(c->api, &c->key, &g) || g.identity != s->identity) {
		if (c->transport == TRANSPORT_LINE)
			conn_write(c->conn, SPAN(LINE_ERROR("invalid_api_key",
						    "This API key is not good any more")));
		client_refuse(c, "this API key is not good any more");
		return;
	}
	s->rights = g.rights;
	if (s->limit.per_minute != g.per_minute || s->limit.burst != g.burst)
		limit_init(&s->limit, g.per_minute, g.burst, clock_ms());
}

static void on_ws_deadline(struct conn *conn)
{
	close_ws(conn, WS_CODE_POLICY, "not authenticated in time", CLOSE_NO_AUTH);
}

static const struct face face_ws = {
	.name = "ws",
	.on_msg = on_ws_msg,
	.on_deadline = on_ws_deadline,
	.on_close = on_close,
};

void client_open_ws(
	struct api *a, struct conn *conn, const struct ws_upgrade *up, const struct api_grant *g)
{
	struct client *c = client_new(a, conn, TRANSPORT_WS);
	c->deflate = up->deflate;
	buf_clear(&a->frame);
	ws_put_upgrade(&a->frame, up);
	conn_write(conn, buf_bytes(&a->frame));
	conn_face(conn, &face_ws);
	conn_use(conn, &codec_ws, API_GUEST_MESSAGE);
	ws_configure(conn_codec_state(conn), &up->deflate);
	if (g)
		client_admit(c, g);
}
