// SPDX-License-Identifier: MIT
// Checks of games and players: names that are there, addresses and networks that can be read, and
// what a way into a game needs to work.
#include "edge/cidr.h"
#include "hub/rights.h"
#include "ops/config_check.h"
#include "ops/config_listen.h"
#include "proto/charset.h"
#include <stdio.h>

enum { KEY_PATH_MAX = 96 };

static const char default_address[] = "127.0.0.1:4001"; // where games of dott's listen

static void game_finding(struct config_reader *r, size_t i, const char *key, const char *why)
{
	char path[KEY_PATH_MAX];
	snprintf(path, sizeof path, "games[%zu].%s", i, key);
	config_error(r->report, config_place(r, path), "%s: %s", path, why);
}

static const struct config_game *find_game(const struct config *c, const char *name, size_t before)
{
	for (size_t i = 0; i < before; i++)
		if (span_caseeq(span_str(c->games.at[i].name), span_str(name)))
			return &c->games.at[i];
	return NULL;
}

static bool may_play(const struct config_key *key)
{
	unsigned rights = 0;
	for (size_t i = 0; i < key->permissions.n; i++)
		(void)!rights_add(&rights, span_str(key->permissions.at[i]));
	return rights & RIGHT_PLAYERS;
}

// The game is a client of the API: somebody must be able to log in as it.
static void check_client(struct config_reader *r, size_t i)
{
	const struct config *c = r->config;
	const struct config_identity *id = config_identity_of(c, c->games.at[i].name);
	bool found = !c->api.auth.enabled;
	if (!id) {
		game_finding(r, i, "name",
			"no identity is called so; with link rpc the game is a client of the API, "
			"which speaks for the identity of that name, see mud and muds");
		return;
	}
	for (size_t k = 0; k < c->api.auth.api_keys.n; k++) {
		const struct config_key *key = &c->api.auth.api_keys.at[k];
		found = found || (key->mud_name == id->name && may_play(key));
	}
	if (found && c->api.enabled)
		return;
	char path[KEY_PATH_MAX];
	snprintf(path, sizeof path, "games[%zu].link", i);
	config_warning(r->report, config_place(r, path),
		"%s: no key of api.auth.api_keys with the permission players speaks for \"%s\", so "
		"the game cannot come",
		path, id->name);
}

static void check_address(struct config_reader *r, size_t i)
{
	struct config_game *g = &r->config->games.at[i];
	if (g->link == LINK_RPC && g->address[0])
		game_finding(r, i, "address", "not with link rpc: there the game comes to us");
	if (g->link == LINK_RPC)
		return;
	if (!g->address[0])
		g->address = default_address;
	if (!config_dial_ok(span_str(g->address)))
		game_finding(r, i, "address",
			"allowed is HOST:PORT, an IPv6 address in brackets, or unix:PATH");
}

static void check_telnet(struct config_reader *r, size_t i)
{
	const struct config_game *g = &r->config->games.at[i];
	enum charset charset;
	if (!charset_find(span_str(g->telnet.charset), &charset))
		game_finding(r, i, "telnet.charset", "no charset we know is called so");
	if (g->telnet.again == AGAIN_SCRIPT && !g->telnet.script.n)
		game_finding(r, i, "telnet.script", "has no steps, and telnet.again is script");
	if (!strstr(g->telnet.connect, "{name}") || !strstr(g->telnet.connect, "{password}"))
		game_finding(r, i, "telnet.connect", "must have {name} and {password} in it");
}

static void check_game(struct config_reader *r, size_t i)
{
	const struct config *c = r->config;
	const struct config_game *g = &c->games.at[i];
	if (find_game(c, g->name, i))
		game_finding(r, i, "name", "another game has this name");
	check_address(r, i);
	if (g->link == LINK_RPC)
		check_client(r, i);
	if (g->link == LINK_TELNET)
		check_telnet(r, i);
}

static void check_networks(
	struct config_reader *r, const struct config_texts *networks, const char *key)
{
	struct cidr cidr;
	for (size_t i = 0; i < networks->n; i++) {
		char path[KEY_PATH_MAX];
		snprintf(path, sizeof path, "%s[%zu]", key, i);
		if (!cidr_read(span_str(networks->at[i]), &cidr))
			config_error(r->report, config_place(r, path),
				"%s: \"%s\" is no network; allowed is an address, or one with "
				"/BITS "
				"and "
				"nothing behind those bits, such as 192.0.2.0/24 and 2001:db8::/32",
				path, networks->at[i]);
	}
}

static void check_gate(struct config_reader *r, size_t i)
{
	struct config *c = r->config;
	struct config_listen *l = &c->listens.at[i];
	char path[KEY_PATH_MAX];
	snprintf(path, sizeof path, i < c->listen.n ? "listen[%zu]" : "listen", i);
	struct config_place place = config_place(r, path);
	if (!c->games.n)
		config_error(r->report, place, "%s: players come here, but games is empty", path);
	else if (l->game[0] && !find_game(c, l->game, c->games.n))
		config_error(r->report, place, "%s: ?game=%s: no game is called so, see games",
			path, l->game);
	if (l->proxy != PROXY_NONE && l->tls)
		config_error(r->report, place,
			"%s: ?proxy= is for telnet: let the proxy end TLS, its header would come "
			"before ours",
			path);
	if (l->proxy != PROXY_NONE && !l->path[0] && !c->players.trusted_proxies.n)
		config_error(r->report, place,
			"%s: ?proxy= believes nobody while players.trusted_proxies is empty; name "
			"the proxy's address there",
			path);
}

void config_check_games(struct config_reader *r)
{
	struct config *c = r->config;
	for (size_t i = 0; i < c->games.n; i++)
		check_game(r, i);
	check_networks(r, &c->players.bans, "players.bans");
	check_networks(r, &c->players.trusted_proxies, "players.trusted_proxies");
	for (size_t i = 0; i < c->listens.n; i++)
		if (c->listens.at[i].kind == LISTEN_TELNET)
			check_gate(r, i);
	const char *first = c->players.default_game;
	if (first[0] && !find_game(c, first, c->games.n))
		config_error(r->report, config_place(r, "players.default_game"),
			"players.default_game: \"%s\" is not the name of a game, see games", first);
}
