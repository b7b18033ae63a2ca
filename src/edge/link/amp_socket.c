// SPDX-License-Identifier: MIT
// One connection to the game: where it is, and boxes both ways.
#include "base/mem.h"
#include "edge/link/amp_link.h"
#include "proto/codecs.h"
#include <stdlib.h>

enum { HOST_BYTES = 254 };

// Owned by its dial, then by its conn; freed when that one says it is over.
struct amp_socket {
	struct amp_link *link; // NULL: nobody listens any more
	struct dial *dial;     // while the name is looked up
	struct conn *conn;     // while open
	char host[HOST_BYTES];
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

// "host:port" or "[address]:port"; the configuration was checked.
static uint16_t read_address(struct span text, char host[HOST_BYTES])
{
	struct span name = text;
	uint64_t port = 0;
	while (name.n && name.p[name.n - 1] != ':')
		name.n--;
	if (!name.n || !span_uint(span_of(name.p + name.n, text.n - name.n), UINT16_MAX, &port))
		name = text; // nobody is there, which will be said
	else
		name.n--;
	if (name.n > 1 && name.p[0] == '[' && name.p[name.n - 1] == ']')
		name = span_of(name.p + 1, name.n - 2);
	name.n = min_size(name.n, HOST_BYTES - 1);
	memcpy(host, name.p, name.n);
	return (uint16_t)port;
}

struct amp_socket *amp_socket_open(struct amp_link *l, unsigned attempt)
{
	struct amp_socket *s = mem_zalloc(sizeof *s);
	struct span address = span_str(l->game->config->address);
	struct dial_to to = {.attempt = attempt,
		.timeout_ms = AMP_DIAL_MS,
		.conn = {.face = &face_amp, .owner = s},
		.on_failed = on_failed};
	s->link = l;
	if (span_starts(address, SPAN("unix:"))) {
		to.path = address.p + sizeof "unix:" - 1;
	} else {
		to.port = read_address(address, s->host);
		to.host = s->host;
	}
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
