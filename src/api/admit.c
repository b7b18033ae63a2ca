// SPDX-License-Identifier: MIT
// How a client gets its session: a new one, or the one it left behind.
#include "api/client.h"
#include "base/log.h"
#include "proto/codecs.h"

static const struct conn_limits session_limits = {CONN_OUT_MAX, CONN_OUT_AGE_MS};

static void share(void *to, struct blob *b, uint32_t from, uint32_t to_byte)
{
	conn_share(to, b, from, to_byte);
}

static void write_to(void *to, struct span framed)
{
	conn_write(to, framed);
}

static bool is_full(void *to)
{
	return conn_is_full(to);
}

static void on_replaced(void *to)
{
	struct client *c = conn_owner(to);
	client_part(c);
	client_replaced(c);
}

static const struct outlet outlet = {
	.share = share, .write = write_to, .is_full = is_full, .replaced = on_replaced};

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

// Sessions are found by a secret, but a key of another MUD opens nobody's.
static struct session *find(struct client *c, const struct api_grant *g, struct api_return *r)
{
	struct session *s = r->id.n ? session_find(c->api->hub, r->id) : NULL;
	return s && s->identity == g->identity ? s : NULL;
}

static struct session *enter(struct client *c, const struct api_grant *g,
	const struct session_spec *spec, struct api_return *r)
{
	struct session *s = find(c, g, r);
	uint64_t newest = c->api->hub->seq;
	r->found = s != NULL;
	r->seq = newest;
	if (!s)
		return session_open(g->identity, spec);
	session_resume(s, spec, r->id, r->last_seq < newest ? r->last_seq : newest);
	r->seq = s->tape.sent;
	r->missed = tape_waiting(&s->tape);
	r->gap = s->tape.gap;
	return s;
}

void client_put_return(
	const struct client *c, const struct api_return *r, struct value_list *result)
{
	const struct session *s = c->session;
	bool whole = r->found && !r->gap.lost && !r->gap.unknown;
	value_pair(result, "session_id", value_str(s->id));
	value_pair(result, "resumed", value_bool(r->found));
	value_pair(result, "recovered", value_bool(whole));
	value_pair(result, "missed", value_int(r->missed));
	value_pair(result, "lost", value_int((int64_t)r->gap.lost));
	value_pair(result, "seq", value_int((int64_t)r->seq));
}

void client_admit(struct client *c, const struct api_grant *g, struct api_return *r)
{
	char peer[64];
	struct session_spec spec = {.key = g->key.sha256,
		.rights = g->rights,
		.per_minute = g->per_minute,
		.burst = g->burst,
		.wire = wire_of(c),
		.outlet = &outlet,
		.outlet_to = c->conn};
	c->session = enter(c, g, &spec, r);
	raise_limits(c);
	log_info("client_joined", log_id("conn", conn_id(c->conn)),
		log_str("mud", g->identity->name), log_str("peer", conn_peer(c->conn, peer)),
		log_str("transport", c->transport == TRANSPORT_WS ? "websocket" : "tcp"),
		log_str("session", r->found ? "resumed" : "new"));
}
