// SPDX-License-Identifier: MIT
// From HTTP to a WebSocket client: who may, and with which key.
#include "api/api.h"
#include "base/metric.h"

static const struct ws_policy *policy_of(const struct api *a)
{
	static const struct ws_policy plain = {.deflate = false}, deflate = {.deflate = true};
	return a->config->api.websocket.compression ? &deflate : &plain;
}

// A key may come as X-API-Key, as a bearer token or in the query.  → false: none was given.
static bool find_key(const struct http_request *r, struct buf *key)
{
	struct span bearer = SPAN("Bearer "), header = http_header(r, "Authorization");
	struct span given = http_header(r, "X-API-Key");
	if (given.n == 0 && header.n > bearer.n && span_caseeq(span_of(header.p, bearer.n), bearer))
		given = span_trim(span_of(header.p + bearer.n, header.n - bearer.n));
	if (given.n == 0)
		return http_query(r, "api_key", key) && key->n;
	buf_span(key, given);
	return true;
}

static bool too_many(const struct api *a)
{
	return metric_get(METRIC_WS_CONNS) >= a->config->api.websocket.max_connections;
}

struct attempt { // one upgrade
	struct api *api;
	struct conn *conn;
	const struct http_request *request;
	struct ws_upgrade upgrade;
	struct buf key, session_id;
	bool keyed;
	struct api_grant grant;
	struct api_return back;
	const char *says; // to who is refused
};

// ?session_id= and &last_seq=.  False: that is no number.
static bool find_session(struct attempt *t)
{
	struct buf number = {.max = HTTP_HEAD_MAX};
	bool good = true;
	if (http_query(t->request, "session_id", &t->session_id))
		t->back.id = buf_bytes(&t->session_id);
	if (http_query(t->request, "last_seq", &number) && number.n)
		good = span_uint(buf_bytes(&number), HUB_SEQ_MAX, &t->back.last_seq);
	buf_fini(&number);
	return good;
}

static int say(struct attempt *t, int status, const char *says)
{
	t->says = says;
	return status;
}

// → 101, or the status that refuses it.
static int judge(struct attempt *t)
{
	const struct config *config = t->api->config;
	if (!config->api.enabled || !config->api.websocket.enabled)
		return say(t, 404, "There is no WebSocket endpoint here.\n");
	int status = ws_upgrade(t->request, policy_of(t->api), &t->upgrade);
	if (status != 101)
		return say(t, status, "This is a WebSocket endpoint.\n");
	if (!origin_allowed(&config->web.origins, t->request))
		return say(t, 403, "Pages of this origin may not connect, see web.origins.\n");
	t->keyed = find_key(t->request, &t->key);
	if (t->keyed && !api_may_login(t->api, t->conn))
		return say(t, 403, "Keys are taken over TLS only: use wss.\n");
	if (t->keyed && !api_key_check(t->api, buf_bytes(&t->key), &t->grant))
		return say(t, 401, "Invalid API key.\n");
	if (!find_session(t))
		return say(t, 400, "last_seq is no number of an event.\n");
	if (too_many(t->api))
		return say(t, 503, "Too many connections.\n");
	return 101;
}

static const char *extra_of(int status)
{
	if (status == 401)
		return "WWW-Authenticate: Bearer\r\n";
	return status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : NULL;
}

static void refuse(struct attempt *t, int status)
{
	struct buf *out = &t->api->frame;
	struct http_response r = {.status = status,
		.type = "text/plain; charset=utf-8",
		.extra = extra_of(status),
		.body = span_str(t->says),
		.close = true};
	buf_clear(out);
	http_put(out, &r);
	conn_write(t->conn, buf_bytes(out));
	conn_close(t->conn, CLOSE_REFUSED);
}

void api_upgrade(struct api *a, struct conn *conn, const struct http_request *r)
{
	struct attempt t = {.api = a,
		.conn = conn,
		.request = r,
		.key.max = HTTP_HEAD_MAX,
		.session_id.max = HTTP_HEAD_MAX};
	int status = judge(&t);
	if (status == 101)
		client_open_ws(a, conn, &t.upgrade, t.keyed ? &t.grant : NULL, &t.back);
	else
		refuse(&t, status);
	buf_fini(&t.key);
	buf_fini(&t.session_id);
}
