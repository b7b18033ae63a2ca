// SPDX-License-Identifier: MIT
#include "api/client.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include <stdlib.h>

// What a stranger does not read is as little as what it may send.
static const struct conn_limits guest_limits = {API_GUEST_MESSAGE, API_GUEST_MS};

// --- life ---

struct client *client_new(struct api *a, struct conn *conn, enum transport transport)
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

void client_closed(struct conn *conn, enum conn_close why)
{
	struct client *c = conn_owner(conn);
	if (c->session)
		log_info("client_left", log_id("conn", conn_id(conn)),
			log_str("mud", c->session->identity->name),
			log_str("reason", close_word(why)));
	pending_drop_all(c);
	if (c->session)
		session_detach(c->session);
	if (c->transport == TRANSPORT_WS)
		metric_add(METRIC_WS_CONNS, -1);
	list_unlink(&c->link);
	rate_fini(c);
	free(c);
}

// There is room again for what its session has kept.
void client_drained(struct conn *conn)
{
	struct client *c = conn_owner(conn);
	if (c->session)
		session_drained(c->session);
}

void client_part(struct client *c)
{
	pending_drop_all(c);
	c->session = NULL;
}

bool client_is_too_chatty(struct client *c)
{
	return !c->session && ++c->heard > API_GUEST_MESSAGES;
}

// --- what is said ---

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

void client_end_ws(struct conn *conn, enum ws_code code, const char *says, enum conn_close why)
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
		client_end_ws(c->conn, WS_CODE_POLICY, says, CLOSE_REFUSED);
	else
		conn_close(c->conn, CLOSE_REFUSED);
}

void client_replaced(struct client *c)
{
	if (c->transport == TRANSPORT_LINE) {
		conn_write(c->conn, SPAN(LINE_ERROR("replaced",
					    "Another connection has taken this session over")));
		conn_close(c->conn, CLOSE_REPLACED);
	} else {
		client_end_ws(c->conn, WS_CODE_REPLACED, "replaced", CLOSE_REPLACED);
	}
}

void client_goodbye(struct client *c)
{
	if (c->transport == TRANSPORT_WS)
		client_end_ws(c->conn, WS_CODE_GOING_AWAY, "Server shutting down", CLOSE_SHUTDOWN);
	else
		conn_close(c->conn, CLOSE_SHUTDOWN);
}

// A key that is gone, or speaks for another MUD now, takes its sessions along; for the others the
// rights and rates it has now hold.
void client_check_key(struct client *c)
{
	struct session *s = c->session;
	if (!s || api_session_check(c->api, s))
		return;
	if (c->transport == TRANSPORT_LINE)
		conn_write(c->conn,
			SPAN(LINE_ERROR("invalid_api_key", "This API key is not good any more")));
	client_part(c);
	session_close(s);
	client_refuse(c, "this API key is not good any more");
}
