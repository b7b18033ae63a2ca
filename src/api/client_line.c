// SPDX-License-Identifier: MIT
// A client over TCP: one JSON text a line.
#include "api/client.h"
#include "base/clock.h"
#include "proto/codecs.h"

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

static void on_message(struct conn *conn, struct codec_msg *msg)
{
	struct client *c = conn_owner(conn);
	struct span text = span_trim(msg->body);
	if (is_browser(c, text)) {
		dispatch(c, text); // which says that this is no JSON
		conn_close(conn, CLOSE_BAD);
	} else if (client_is_too_chatty(c)) {
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
	.on_drain = client_drained,
	.on_close = client_closed,
	.full = {FULL, sizeof FULL - 1},
};
