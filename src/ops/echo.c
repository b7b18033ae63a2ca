// SPDX-License-Identifier: MIT
#include "ops/echo.h"
#include "ops/web.h"

// An echo queues what it is sent, so it may have one whole message waiting, and a second begun.
static const struct conn_limits limits = {2 * (WEB_ECHO_MAX + 16), CONN_OUT_AGE_MS};

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct buf frame = {.max = WEB_ECHO_MAX + 16};
	if (msg->kind == WS_CLOSE) {
		conn_close(c, CLOSE_DONE);
		return;
	}
	// With compression agreed on, compress: the suite is here to see that done.
	if (ws_deflate_agreed(conn_codec_state(c)))
		ws_put_deflated(&frame, (enum ws_kind)msg->kind, msg->body, 9);
	else
		ws_put_frame(&frame, (enum ws_kind)msg->kind, msg->body);
	conn_write(c, buf_bytes(&frame));
	buf_fini(&frame);
}

static const struct face face_echo = {.name = "echo", .on_msg = on_msg};

void echo_upgrade(struct conn *c, const struct http_request *request, struct buf *scratch)
{
	static const struct ws_policy policy = {.deflate = true, .takeover = true};
	struct ws_upgrade up;
	int status = ws_upgrade(request, &policy, &up);
	buf_clear(scratch);
	if (status != 101) {
		struct http_response r = {.status = status, .close = true};
		http_put(scratch, &r);
		conn_write(c, buf_bytes(scratch));
		conn_close(c, CLOSE_REFUSED);
		return;
	}
	ws_put_upgrade(scratch, &up);
	conn_write(c, buf_bytes(scratch));
	conn_face(c, &face_echo);
	conn_own(c, NULL);
	conn_limit(c, &limits);
	conn_deadline(c, 0, CLOSE_IDLE);
	conn_use(c, &codec_ws, WEB_ECHO_MAX);
	ws_configure(conn_codec_state(c), &up.deflate);
}
