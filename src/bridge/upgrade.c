// SPDX-License-Identifier: MIT
// From HTTP to a peer: who may, and that the answer to others is JSON as all errors of /sync are.
#include "bridge/peer.h"
#include <sodium.h>

_Static_assert(CONFIG_DIGEST_BYTES == crypto_hash_sha256_BYTES, "the digest is a SHA-256");

struct attempt { // one upgrade
	struct bridge *bridge;
	struct conn *conn;
	const struct http_request *request;
	struct ws_upgrade upgrade;
	const char *says; // to who is refused
};

static bool is_key(const struct bridge *b, struct span given)
{
	const struct config_digest *key = &b->config->bridge.api_key;
	unsigned char sha256[CONFIG_DIGEST_BYTES];
	crypto_hash_sha256(sha256, (const unsigned char *)given.p, given.n);
	return sodium_memcmp(sha256, key->sha256, sizeof sha256) == 0 && key->given && given.n;
}

// X-API-Key, or api_key in the query.
static bool has_key(const struct attempt *t)
{
	struct buf query = {.max = HTTP_HEAD_MAX};
	struct span given = http_header(t->request, "X-API-Key");
	if (!given.n && http_query(t->request, "api_key", &query))
		given = buf_bytes(&query);
	bool good = is_key(t->bridge, given);
	if (query.p)
		sodium_memzero(query.p, query.n);
	buf_fini(&query);
	return good;
}

static bool may_say_key(const struct attempt *t)
{
	return !t->bridge->config->api.auth.require_tls || conn_is_secure(t->conn) ||
	       conn_is_local(t->conn);
}

static int say(struct attempt *t, int status, const char *says)
{
	t->says = says;
	return status;
}

static int wrong_key(struct attempt *t)
{
	char peer[64];
	LOG_AT(log_paced(&t->bridge->wrong_keys, LOG_INFO), "bridge_refused",
		log_str("peer", conn_peer(t->conn, peer)), log_str("why", "wrong or no key"));
	return say(t, 401, "Invalid or missing API key.");
}

// → 101, or the status that refuses it.
static int judge(struct attempt *t)
{
	static const struct ws_policy plain = {.deflate = false};
	if (!t->bridge->config->bridge.enabled)
		return say(t, 404, "There is no bridge here.");
	if (!may_say_key(t))
		return say(t, 403, "Keys are taken over TLS only: use wss.");
	if (!has_key(t))
		return wrong_key(t);
	int status = ws_upgrade(t->request, &plain, &t->upgrade);
	if (status != 101)
		return say(t, status, "This is a WebSocket endpoint.");
	if (t->bridge->n_peers >= BRIDGE_PEERS_MAX)
		return say(t, 503, "Too many connections.");
	return 101;
}

static const char *extra_of(int status)
{
	if (status == 401)
		return "WWW-Authenticate: X-API-Key\r\n";
	return status == 426 ? "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n" : NULL;
}

static void refuse(struct attempt *t, int status)
{
	struct buf *out = &t->bridge->frame, *body = &t->bridge->text;
	buf_clear(body);
	bridge_put_error(body, t->says, status);
	struct http_response r = {.status = status,
		.type = "application/json; charset=utf-8",
		.extra = extra_of(status),
		.body = buf_bytes(body),
		.head_only = span_is(t->request->method, "HEAD"),
		.close = true};
	buf_clear(out);
	http_put(out, &r);
	conn_write(t->conn, buf_bytes(out));
	conn_close(t->conn, CLOSE_REFUSED);
}

void bridge_upgrade(struct bridge *b, struct conn *conn, const struct http_request *r)
{
	struct attempt t = {.bridge = b, .conn = conn, .request = r};
	int status = judge(&t);
	if (status == 101)
		bridge_peer_open(b, conn, &t.upgrade);
	else
		refuse(&t, status);
}
