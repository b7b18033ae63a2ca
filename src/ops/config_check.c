// SPDX-License-Identifier: MIT
#include "ops/config_check.h"
#include "api/method.h"
#include "hub/rights.h"
#include "ops/config_listen.h"
#include <sodium.h>
#include <stdio.h>

enum {
	IDENTITIES_MAX = 256, // each has a login and a link of its own
	KEY_PATH_MAX = 96,
};

bool config_given(const struct config_reader *r, const char *path)
{
	const struct yaml *nearest;
	const struct yaml *at = r->root ? config_yaml_find(r->root, path, &nearest) : NULL;
	return at && !config_yaml_null(at);
}

const struct config_identity *config_identity_of(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->identities.n; i++)
		if (span_caseeq(span_str(c->identities.at[i].name), span_str(name)))
			return &c->identities.at[i];
	return NULL;
}

static void add_identity(struct config *c, struct config_identity identity)
{
	c->identities.at[c->identities.n++] = identity;
}

static void gather_identities(struct config_reader *r)
{
	struct config *c = r->config;
	size_t most = 1 + c->muds.n + c->api.auth.api_keys.n;
	c->identities.at = arena_alloc(r->arena, most * sizeof *c->identities.at);
	if (c->mud.name)
		add_identity(c, c->mud);
	for (size_t i = 0; i < c->muds.n; i++) {
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "muds[%zu].name", i);
		if (config_identity_of(c, c->muds.at[i].name))
			config_error(r->report, config_place(r, path), "%s: \"%s\" is taken", path,
				c->muds.at[i].name);
		else
			add_identity(c, c->muds.at[i]);
	}
	if (!c->identities.n)
		config_error(r->report, config_place(r, "mud"), "mud: must be given");
}

// A key may speak for a MUD the file does not list, as it may with the I3 gateway.
static void name_key(struct config_reader *r, size_t i)
{
	struct config *c = r->config;
	struct config_key *key = &c->api.auth.api_keys.at[i];
	const struct config_identity *identity =
		key->mud_name[0] ? config_identity_of(c, key->mud_name) : &c->identities.at[0];
	if (!identity) {
		struct config_identity more = c->identities.at[0];
		more.name = key->mud_name;
		add_identity(c, more);
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "api.auth.api_keys[%zu].mud_name", i);
		config_warning(r->report, config_place(r, path),
			"%s: no identity is called \"%s\"; one is added, like \"%s\" but for the "
			"name",
			path, key->mud_name, c->identities.at[0].name);
		return;
	}
	key->mud_name = identity->name;
}

static bool reachable(const struct config *c)
{
	for (size_t i = 0; i < c->listens.n; i++) {
		const struct config_listen *l = &c->listens.at[i];
		bool api = l->kind == LISTEN_HTTP || l->kind == LISTEN_JSONL;
		if (api && c->api.enabled && !config_listen_is_local(l))
			return true;
	}
	return false;
}

// Keys that stand in public documents, the embedded defaults' own among them.
static bool is_sample(const struct config_digest *key)
{
	static const char *const samples[] = {"luminari-i3-gateway-2025", "demo-key-123",
		"admin-key-456", "gatehouse-demo", "demomud-demo", "demogame-demo", "gateway"};
	for (size_t i = 0; i < countof(samples); i++) {
		unsigned char sha256[CONFIG_DIGEST_BYTES];
		crypto_hash_sha256(sha256, (const unsigned char *)samples[i], strlen(samples[i]));
		if (memcmp(sha256, key->sha256, sizeof sha256) == 0)
			return true;
	}
	return false;
}

static void check_permissions(struct config_reader *r, const struct config_key *key, size_t i)
{
	for (size_t j = 0; j < key->permissions.n; j++) {
		unsigned rights = 0;
		if (rights_add(&rights, span_str(key->permissions.at[j])))
			continue;
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "api.auth.api_keys[%zu].permissions[%zu]", i, j);
		config_warning(r->report, config_place(r, path),
			"%s: no permission is called \"%s\"", path, key->permissions.at[j]);
	}
}

static void check_rates(struct config_reader *r)
{
	const struct config_counts *rates = &r->config->api.rate_limits.by_method;
	const char *path = "api.rate_limits.by_method";
	for (size_t i = 0; i < rates->n; i++)
		if (!method_find(span_str(rates->at[i].name)))
			config_warning(r->report, config_place(r, path),
				"%s: no method is called \"%s\"", path, rates->at[i].name);
}

static bool replaced(const struct config_keys *keys, size_t i)
{
	for (size_t j = i + 1; j < keys->n; j++)
		if (keys->at[j].key.given && memcmp(keys->at[i].key.sha256, keys->at[j].key.sha256,
						     CONFIG_DIGEST_BYTES) == 0)
			return true;
	return false;
}

// Keeps the entries that let somebody in, in their order.
static void check_keys(struct config_reader *r)
{
	struct config_keys *keys = &r->config->api.auth.api_keys;
	bool open = reachable(r->config);
	size_t kept = 0;
	for (size_t i = 0; i < keys->n; i++) {
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "api.auth.api_keys[%zu].key", i);
		struct config_place place = config_place(r, path);
		if (!keys->at[i].key.given) {
			config_warning(r->report, place, "%s: empty, the entry is left out", path);
			continue;
		}
		if (replaced(keys, i)) {
			config_warning(r->report, place,
				"%s: given again further down, the last one counts", path);
			continue;
		}
		if (open && is_sample(&keys->at[i].key))
			config_error(r->report, place,
				"%s: a key that everybody knows is only allowed while every API "
				"listener "
				"is on a loopback address",
				path);
		check_permissions(r, &keys->at[i], i);
		name_key(r, i);
		keys->at[kept++] = keys->at[i];
	}
	keys->n = kept;
}

static bool has_api_socket(const struct config *c)
{
	for (size_t i = 0; i < c->listens.n; i++)
		if (c->listens.at[i].kind == LISTEN_HTTP || c->listens.at[i].kind == LISTEN_JSONL)
			return true;
	return false;
}

static void check_auth(struct config_reader *r)
{
	const struct config *c = r->config;
	if (!c->api.enabled)
		return;
	if (c->api.auth.enabled && !c->api.auth.api_keys.n && has_api_socket(c))
		config_warning(r->report, config_place(r, "api.auth.api_keys"),
			"api.auth.api_keys: there is no key, so no client can log in");
	if (!c->api.auth.enabled && reachable(c))
		config_warning(r->report, config_place(r, "api.auth.enabled"),
			"api.auth.enabled: false, so whoever reaches an API listener may do "
			"everything");
}

static void check_channels(struct config_reader *r)
{
	const struct config_channels *all = &r->config->channels.default_channels;
	for (size_t i = 0; i < all->n; i++) {
		char path[KEY_PATH_MAX];
		if (all->at[i].type == 0)
			continue;
		snprintf(path, sizeof path, "channels.default_channels[%zu].type", i);
		config_warning(r->report, config_place(r, path),
			"%s: channels of the configuration are public, \"%s\" is one", path,
			all->at[i].name);
	}
}

static void check_oob(struct config_reader *r)
{
	const struct config *c = r->config;
	for (size_t i = 0; i < c->identities.n && !c->oob.enabled; i++) {
		const struct config_identity *id = &c->identities.at[i];
		if (!id->services.mail && !id->services.file && !id->services.news)
			continue;
		config_warning(r->report, config_place(r, "oob.enabled"),
			"oob.enabled: false, so \"%s\" has neither mail, files nor news", id->name);
	}
}

// /sync is behind every http listener as well as its own.
static bool bridge_reachable(const struct config *c)
{
	for (size_t i = 0; i < c->listens.n; i++) {
		const struct config_listen *l = &c->listens.at[i];
		if ((l->kind == LISTEN_HTTP || l->kind == LISTEN_SYNC) &&
			!config_listen_is_local(l))
			return true;
	}
	return false;
}

static void check_bridge(struct config_reader *r)
{
	const struct config *c = r->config;
	if (!c->bridge.enabled)
		return;
	struct config_place place = config_place(r, "bridge.api_key");
	if (!c->bridge.api_key.given)
		config_error(r->report, place,
			"bridge.api_key: must be given while bridge.enabled is true");
	else if (is_sample(&c->bridge.api_key) && bridge_reachable(c))
		config_error(r->report, place,
			"bridge.api_key: a key that everybody knows is only allowed while "
			"bridge.listen and every http listener are on loopback addresses");
	if (c->bridge.read_timeout_s <= c->bridge.ping_interval_s)
		config_warning(r->report, config_place(r, "bridge.read_timeout"),
			"bridge.read_timeout: not longer than bridge.ping_interval, so who only "
			"answers pings is closed");
}

static void check_paths(struct config_reader *r)
{
	struct config *c = r->config;
	if (c->metrics.path[0] != '/')
		config_error(r->report, config_place(r, "metrics.path"),
			"metrics.path: \"%s\" does not begin with a slash", c->metrics.path);
	if (!c->store.path[0]) {
		const char *directory = c->state.directory;
		const char *slash = directory[strlen(directory) - 1] == '/' ? "" : "/";
		char path[4096];
		snprintf(path, sizeof path, "%s%sgatehouse.db", directory, slash);
		c->store.path = config_text(r, span_str(path));
	}
}

void config_check(struct config_reader *r)
{
	struct config *c = r->config;
	gather_identities(r);
	config_check_routers(r);
	config_check_sockets(r);
	if (c->identities.n)
		check_keys(r);
	if (c->identities.n > IDENTITIES_MAX)
		config_error(r->report, config_place(r, "api.auth.api_keys"),
			"muds: more than %d identities, counting those of api.auth.api_keys",
			IDENTITIES_MAX);
	check_channels(r);
	check_oob(r);
	check_bridge(r);
	config_check_links(r);
	config_check_games(r);
	check_rates(r);
	check_auth(r);
	check_paths(r);
	if (!c->identities.n)
		return;
	c->mud = c->identities.at[0];
	c->muds = (struct config_identities){c->identities.at + 1, c->identities.n - 1};
}
