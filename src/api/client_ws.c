// SPDX-License-Identifier: MIT
// A client over WebSocket: one JSON text a message.
#include "api/client.h"
#include "base/clock.h"
#include "proto/codecs.h"

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
	} else if (client_is_too_chatty(c)) {
		client_refuse(c, "authenticate first");
	} else {
		dispatch(c, msg->body); // an empty text is bad JSON, and is told so
	}
}

static void on_ws_deadline(struct conn *conn)
{
	client_end_ws(conn, WS_CODE_POLICY, "not authenticated in time", CLOSE_NO_AUTH);
}

static const struct face face_ws = {
	.name = "ws",
	.on_msg = on_ws_msg,
	.on_deadline = on_ws_deadline,
	.on_drain = client_drained,
	.on_close = client_closed,
};

// What authenticate answers, for who is in by the upgrade already.
static void say_opened(struct client *c, const struct api_return *r)
{
	struct buf text = {0};
	struct value_list result = {.arena = &c->api->arena};
	client_put_return(c, r, &result);
	struct value params = value_list_map(&result);
	api_wires.text(&(struct message){.event = EVENT_SESSION_OPENED,
			       .params = &params,
			       .wall_us = clock_wall_us()},
		&text);
	client_send(c, buf_bytes(&text));
	buf_fini(&text);
	arena_clear(&c->api->arena);
}

void client_open_ws(struct api *a, struct conn *conn, const struct ws_upgrade *up,
	const struct api_grant *g, struct api_return *r)
{
	struct client *c = client_new(a, conn, TRANSPORT_WS);
	c->deflate = up->deflate;
	buf_clear(&a->frame);
	ws_put_upgrade(&a->frame, up);
	conn_write(conn, buf_bytes(&a->frame));
	conn_face(conn, &face_ws);
	conn_use(conn, &codec_ws, API_GUEST_MESSAGE);
	ws_configure(conn_codec_state(conn), &up->deflate);
	if (!g)
		return;
	client_admit(c, g, r);
	if (r->id.n) // without it nothing may come that was not asked for
		say_opened(c, r);
}
