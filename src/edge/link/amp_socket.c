// SPDX-License-Identifier: MIT
// One connection to the game: where it is, and boxes both ways.
#include "base/mem.h"
#include "edge/endpoint.h"
#include "edge/link/amp_link.h"
#include "proto/codecs.h"
#include <stdlib.h>

// Owned by its dial, then by its conn; freed when that one says it is over.
struct amp_socket {
	struct amp_link *link; // NULL: nobody listens any more
	struct dial *dial;     // while the name is looked up
	struct conn *conn;     // while open
	struct endpoint to;
};

static const struct conn_limits limits = {
	.out_max = 4 << 20, // a game that reads nothing for a moment under thousands of players
	.out_age_ms = AMP_PING_MS + AMP_PONG_MS,
};

static void on_open(struct conn *c)
{
	struct amp_socket *s = conn_owner(c);
	if (!s->link || s->link->game->edge->closing) {
		conn_close(c, CLOSE_DONE);
		return;
	}
	s->conn = c;
	conn_use(c, &codec_amp, AMP_BOX_MAX);
	conn_limit(c, &limits);
	amp_link_connected(s->link);
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct amp_socket *s = conn_owner(c);
	if (s->link)
		amp_link_heard(s->link, msg->body);
}

static void on_bad(struct conn *c, struct codec_msg *msg)
{
	struct amp_socket *s = conn_owner(c);
	if (s->link)
		log_warning(
			"amp_bad", log_str("game", s->link->game->name), log_str("why", msg->why));
}

static void on_close(struct conn *c, enum conn_close why)
{
	struct amp_socket *s = conn_owner(c);
	if (s->link)
		amp_link_lost(s->link, close_says(why));
	free(s);
}

static void on_failed(void *owner, const char *why)
{
	struct amp_socket *s = owner;
	if (s->link)
		amp_link_lost(s->link, why);
	free(s);
}

static const struct face face_amp = {
	.name = "amp",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.on_close = on_close,
};

struct amp_socket *amp_socket_open(struct amp_link *l, unsigned attempt)
{
	struct amp_socket *s = mem_zalloc(sizeof *s);
	struct dial_to to = {.attempt = attempt,
		.timeout_ms = AMP_DIAL_MS,
		.conn = {.face = &face_amp, .owner = s},
		.on_failed = on_failed};
	s->link = l;
	if (!endpoint_read(span_str(l->game->config->address), &s->to))
		bug("the configuration was checked");
	if (s->to.is_path)
		to.path = s->to.at;
	else
		to.host = s->to.at;
	to.port = s->to.port;
	dial_watch(dial_open(l->game->edge->net, &to), &s->dial);
	return s;
}

void amp_socket_send(struct amp_socket *s, struct span box)
{
	if (!s->conn)
		return;
	conn_write(s->conn, box);
	conn_write(s->conn, SPAN("\0\0"));
}

void amp_socket_break(struct amp_socket *s, enum conn_close why)
{
	if (s->conn)
		conn_close(s->conn, why);
}

void amp_socket_close(struct amp_socket *s)
{
	s->link = NULL;
	if (s->dial) {
		dial_cancel(s->dial);
		free(s);
	} else if (s->conn) {
		conn_close(s->conn, CLOSE_DONE);
	}
}
