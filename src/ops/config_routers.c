// SPDX-License-Identifier: MIT
// Checks of the routers: the one to log in to, those to fall back to, and the peers of our own.
#include "ops/config_check.h"
#include "ops/config_listen.h"
#include <stdio.h>

enum { KEY_PATH_MAX = 96 };

static void check_primary(struct config_reader *r)
{
	struct config_router *router = &r->config->router;
	struct config_router_address *primary = &router->primary;
	bool inside = !primary->host[0] || strcmp(primary->host, CONFIG_HOST_EMBEDDED) == 0;
	if (!config_given(r, "router.embedded.enabled"))
		router->embedded.enabled = inside;
	if (!inside) {
		if (!primary->name[0])
			primary->name = "*i4";
		if (!config_listen_host_ok(span_str(primary->host)))
			config_error(r->report, config_place(r, "router.primary.host"),
				"router.primary.host: allowed is a host name, an address or the "
				"word "
				"embedded");
		return;
	}
	primary->host = CONFIG_HOST_EMBEDDED;
	if (!router->embedded.enabled)
		config_error(r->report, config_place(r, "router.embedded.enabled"),
			"router.embedded.enabled: false, but router.primary.host names no other "
			"router");
	if (primary->name[0] && strcmp(primary->name, router->embedded.name) != 0)
		config_error(r->report, config_place(r, "router.primary.name"),
			"router.primary.name: \"%s\" is not the embedded router \"%s\"; give "
			"router.primary.host as well",
			primary->name, router->embedded.name);
	primary->name = router->embedded.name;
}

// The I3 gateway's sample file has a fallback whose host is empty unless a variable fills it.
static void check_fallback(struct config_reader *r)
{
	struct config_router_addresses *fallback = &r->config->router.fallback;
	size_t kept = 0;
	for (size_t i = 0; i < fallback->n; i++) {
		struct config_router_address *a = &fallback->at[i];
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "router.fallback[%zu].host", i);
		if (!a->host[0])
			continue;
		if (strcmp(a->host, CONFIG_HOST_EMBEDDED) == 0) {
			if (!r->config->router.embedded.enabled)
				config_error(r->report, config_place(r, path),
					"%s: the embedded router is off, see "
					"router.embedded.enabled",
					path);
			a->name = r->config->router.embedded.name;
		} else if (!config_listen_host_ok(span_str(a->host))) {
			config_error(r->report, config_place(r, path),
				"%s: allowed is a host name, an address or the word embedded",
				path);
		}
		if (!a->name[0])
			a->name = "*i4";
		fallback->at[kept++] = *a;
	}
	fallback->n = kept;
}

static bool is_peer_twice(const struct config_router_peers *peers, size_t i)
{
	for (size_t j = 0; j < i; j++)
		if (span_caseeq(span_str(peers->at[j].name), span_str(peers->at[i].name)))
			return true;
	return false;
}

static const char *peer_fault(const struct config *c, size_t i, const char **key)
{
	const struct config_router_peers *peers = &c->router.embedded.peers;
	const struct config_router_peer *p = &peers->at[i];
	*key = "name";
	if (p->name[0] != '*')
		return "the name of a router begins with an asterisk";
	if (span_caseeq(span_str(p->name), span_str(c->router.embedded.name)))
		return "this is our own name, see router.embedded.name";
	if (is_peer_twice(peers, i))
		return "this router is listed twice";
	*key = "host";
	if (!config_listen_host_ok(span_str(p->host)))
		return "allowed is a host name or an address";
	*key = p->password.number ? "their_password" : "password";
	return p->password.number && p->their_password.number ? NULL : "must be given";
}

static void check_peers(struct config_reader *r)
{
	const struct config_router_peers *peers = &r->config->router.embedded.peers;
	if (peers->n && !r->config->router.embedded.enabled)
		config_error(r->report, config_place(r, "router.embedded.peers"),
			"router.embedded.peers: the embedded router is off, see "
			"router.embedded.enabled");
	for (size_t i = 0; i < peers->n; i++) {
		char path[KEY_PATH_MAX];
		const char *key = "";
		const struct config_router_peer *p = &peers->at[i];
		// What is missing has been said already.
		const char *why = p->name && p->host ? peer_fault(r->config, i, &key) : NULL;
		snprintf(path, sizeof path, "router.embedded.peers[%zu].%s", i, key);
		if (why)
			config_error(r->report, config_place(r, path), "%s: %s", path, why);
	}
}

void config_check_routers(struct config_reader *r)
{
	check_primary(r);
	check_fallback(r);
	check_peers(r);
}
