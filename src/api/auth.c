// SPDX-License-Identifier: MIT
// API keys.  Keys are random, so a plain SHA-256 is enough; digests are compared in constant time,
// and all of them always, so that the time taken tells nothing.
#include "api/api.h"
#include "base/clock.h"
#include <sodium.h>

_Static_assert(CONFIG_DIGEST_BYTES == crypto_hash_sha256_BYTES, "the digest is a SHA-256");
_Static_assert((int)CONFIG_DIGEST_BYTES == (int)SESSION_KEY_BYTES, "and a session keeps it");

static unsigned rights_of(const struct config_key *k)
{
	unsigned rights = 0;
	for (size_t i = 0; i < k->permissions.n; i++)
		(void)!rights_add(&rights, span_str(k->permissions.at[i])); // checked at load
	return rights;
}

static const struct config_key *find(
	const struct config_keys *keys, const struct config_digest *digest)
{
	const struct config_key *found = NULL;
	for (size_t i = 0; i < keys->n; i++) {
		const struct config_key *k = &keys->at[i];
		if (k->key.given &&
			sodium_memcmp(k->key.sha256, digest->sha256, CONFIG_DIGEST_BYTES) == 0)
			found = k; // a repeated key: the last entry wins
	}
	return found;
}

bool api_may_login(const struct api *a, const struct conn *conn)
{
	return !a->config->api.auth.require_tls || conn_is_secure(conn) || conn_is_local(conn);
}

bool api_digest_check(const struct api *a, const struct config_digest *digest, struct api_grant *g)
{
	const struct config *config = a->config;
	const struct config_api *c = &config->api;
	*g = (struct api_grant){.key = *digest,
		.rights = RIGHT_ALL,
		.per_minute = (uint32_t)c->rate_limits.per_minute,
		.burst = (uint32_t)c->rate_limits.burst};
	if (!c->auth.enabled) {
		g->identity = hub_identity(a->hub, span_str(config->identities.at[0].name));
		return g->identity != NULL;
	}
	const struct config_key *k = find(&c->auth.api_keys, digest);
	if (!k)
		return false;
	g->identity = hub_identity(a->hub, span_str(k->mud_name));
	g->rights = rights_of(k);
	if (k->rate_limit_override > 0) {
		uint32_t n = (uint32_t)k->rate_limit_override;
		g->per_minute = n;
		g->burst = n / 3 > 20 ? n / 3 : 20;
	}
	return g->identity != NULL;
}

bool api_session_check(const struct api *a, struct session *s)
{
	struct api_grant g;
	struct config_digest digest = {.given = true};
	memcpy(digest.sha256, s->key, sizeof s->key);
	if (!api_digest_check(a, &digest, &g) || g.identity != s->identity)
		return false;
	session_allow(s, g.rights);
	if (s->limit.per_minute != g.per_minute || s->limit.burst != g.burst)
		limit_init(&s->limit, g.per_minute, g.burst, clock_ms());
	return true;
}

bool api_key_check(const struct api *a, struct span key, struct api_grant *g)
{
	struct config_digest digest = {.given = true};
	crypto_hash_sha256(digest.sha256, (const unsigned char *)key.p, key.n);
	return key.n && api_digest_check(a, &digest, g);
}
