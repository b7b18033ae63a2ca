// SPDX-License-Identifier: MIT
// All sockets of the daemon: the `listen` list or what the older keys come to, then those that have
// keys of their own.
#include "ops/config_check.h"
#include "ops/config_listen.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

enum {
	URI_MAX = 320,
	TELNET_PORT = 4000,       // where most MUDs are
	ROUTER_CONNS_MAX = 256,   // the networks have fewer MUDs
	METRICS_CONNS_MAX = 16,   // a scraper or two, and a person
	TELNET_CONNS_SPARE = 100, // above players.max: those who are told that there is no room
	SYNC_CONNS_MAX = 512,     // mods of one community, a bot, and health checks
	OOB_CONNS_MAX = 64,       // each may hold a file of 256 KiB, with every byte escaped
};

void config_listen_name(const struct config_listen *l, char *out, size_t cap)
{
	const char *left = strchr(l->host, ':') ? "[" : "", *right = left[0] ? "]" : "";
	if (l->path[0])
		snprintf(out, cap, "%s", l->path);
	else
		snprintf(out, cap, "%s%s%s:%d", left, l->host, right, l->port);
}

// The key that asks for the i-th socket.
static const char *key_of(const struct config_reader *r, size_t i, char *out, size_t cap)
{
	const struct config *c = r->config;
	if (i < c->listen.n && config_given(r, "listen")) {
		snprintf(out, cap, "listen[%zu]", i);
		return out;
	}
	switch (c->listens.at[i].kind) {
	case LISTEN_HTTP: return "api.port";
	case LISTEN_JSONL: return "api.tcp.port";
	case LISTEN_MUDMODE: return "router.embedded.listen";
	case LISTEN_METRICS: return "metrics.port";
	case LISTEN_OOB: return "oob.listen";
	case LISTEN_SYNC: return "bridge.listen";
	case LISTEN_TELNET: return "listen";
	}
	bug("no such kind of listener");
}

static void socket_error(struct config_reader *r, size_t i, const char *what)
{
	char key[32], name[URI_MAX];
	const char *path = key_of(r, i, key, sizeof key);
	config_listen_name(&r->config->listens.at[i], name, sizeof name);
	config_error(r->report, config_place(r, path), "%s: %s: %s", path, name, what);
}

static const char *make_uri(
	struct config_reader *r, const char *scheme, const char *key, const char *host, int port)
{
	char uri[URI_MAX], name[URI_MAX - 16];
	if (!config_listen_host_ok(span_str(host)))
		config_error(r->report, config_place(r, key),
			"%s: \"%s\" is not allowed; allowed is a host name or an address without "
			"port",
			key, host);
	config_listen_name(
		&(struct config_listen){.host = host, .port = port, .path = ""}, name, sizeof name);
	snprintf(uri, sizeof uri, "%s://%s", scheme, name);
	return config_text(r, span_str(uri));
}

// What api.host and its neighbours come to, as a `listen` list.
static void derive_listen(struct config_reader *r)
{
	struct config_api *api = &r->config->api;
	struct config_texts *listen = &r->config->listen;
	bool own = api->tcp.host[0];
	listen->at = arena_alloc(r->arena, 3 * sizeof *listen->at);
	if (api->enabled)
		listen->at[listen->n++] = make_uri(r, "http", "api.host", api->host, api->port);
	if (api->enabled && api->tcp.enabled)
		listen->at[listen->n++] = make_uri(r, "jsonl", own ? "api.tcp.host" : "api.host",
			own ? api->tcp.host : api->host, api->tcp.port);
	if (r->config->games.n)
		listen->at[listen->n++] = make_uri(r, "telnet", "api.host", api->host, TELNET_PORT);
}

static int default_max(const struct config *c, enum config_listen_kind kind)
{
	switch (kind) {
	case LISTEN_HTTP: return c->api.websocket.max_connections;
	case LISTEN_JSONL: return c->api.tcp.max_connections;
	case LISTEN_MUDMODE: return ROUTER_CONNS_MAX;
	case LISTEN_METRICS: return METRICS_CONNS_MAX;
	case LISTEN_OOB: return OOB_CONNS_MAX;
	case LISTEN_SYNC: return SYNC_CONNS_MAX;
	case LISTEN_TELNET: return c->players.max + TELNET_CONNS_SPARE;
	}
	bug("no such kind of listener");
}

static void add_socket(struct config_reader *r, struct config_listen l)
{
	struct config *c = r->config;
	if (!l.max)
		l.max = default_max(c, l.kind);
	c->listens.at[c->listens.n++] = l;
}

static void add_uri(struct config_reader *r, const char *uri)
{
	struct config_listen l;
	const char *why;
	if (config_listen_parse(r->arena, span_str(uri), &l, &why))
		add_socket(r, l);
	else // a derived one, whose host was refused already
		ensure(r->report->errors);
}

// Other MUDs are told a port, so a Unix socket would be of no use to them.
static void add_oob(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_listen l;
	const char *why;
	if (!c->oob.enabled)
		return;
	if (!config_listen_parse(r->arena, span_str(c->oob.listen), &l, &why) || l.path[0]) {
		config_error(r->report, config_place(r, "oob.listen"),
			"oob.listen: must be mudmode://HOST:PORT while oob.enabled is true");
		return;
	}
	l.kind = LISTEN_OOB;
	add_socket(r, l);
}

static void add_bridge(struct config_reader *r)
{
	struct config *c = r->config;
	struct config_listen l;
	const char *why;
	if (!c->bridge.enabled || !c->bridge.listen[0])
		return;
	if (!config_listen_parse(r->arena, span_str(c->bridge.listen), &l, &why))
		bug("a listener's URI is checked when it is set");
	l.kind = LISTEN_SYNC;
	add_socket(r, l);
}

static void add_metrics(struct config_reader *r)
{
	struct config *c = r->config;
	if (!c->metrics.enabled || c->metrics.port < 0)
		return;
	for (size_t i = 0; i < c->listens.n; i++)
		if (c->listens.at[i].kind == LISTEN_HTTP && c->metrics.port &&
			c->listens.at[i].port == c->metrics.port)
			return;
	if (!config_listen_host_ok(span_str(c->metrics.host)))
		config_error(r->report, config_place(r, "metrics.host"),
			"metrics.host: \"%s\" is not allowed; allowed is a host name or an address",
			c->metrics.host);
	add_socket(r, (struct config_listen){.kind = LISTEN_METRICS,
			      .host = c->metrics.host,
			      .port = c->metrics.port,
			      .path = ""});
}

static bool same_socket(const struct config_listen *a, const struct config_listen *b)
{
	if (a->path[0] || b->path[0])
		return strcmp(a->path, b->path) == 0;
	return a->port && a->port == b->port && span_caseeq(span_str(a->host), span_str(b->host));
}

static void check_socket(struct config_reader *r, size_t i)
{
	const struct config *c = r->config;
	const struct config_listen *l = &c->listens.at[i];
	for (size_t j = 0; j < i; j++)
		if (same_socket(l, &c->listens.at[j]))
			socket_error(r, i, "another listener has the same address");
	if (l->kind == LISTEN_MUDMODE && !c->router.embedded.enabled)
		socket_error(r, i, "the embedded router is off, see router.embedded.enabled");
	if (l->tls && (!c->tls.certificate[0] || !c->tls.key[0]))
		socket_error(r, i, "needs tls.certificate and tls.key");
	bool api = c->api.enabled && (l->kind == LISTEN_HTTP || l->kind == LISTEN_JSONL);
	if ((api || l->kind == LISTEN_SYNC) && c->api.auth.require_tls && !l->tls &&
		!config_listen_is_local(l)) {
		char key[32];
		const char *path = key_of(r, i, key, sizeof key);
		config_warning(r->report, config_place(r, path),
			"%s: nobody can log in here, because api.auth.require_tls is true", path);
	}
}

static void check_pem(struct config_reader *r, const char *path, const char *file)
{
	if (file[0] && access(file, R_OK) != 0)
		config_error(r->report, config_place(r, path), "%s: cannot read %s: %s", path, file,
			strerror(errno));
}

void config_check_sockets(struct config_reader *r)
{
	struct config *c = r->config;
	if (!config_given(r, "listen"))
		derive_listen(r);
	c->listens.at = arena_alloc(r->arena, (c->listen.n + 4) * sizeof *c->listens.at);
	for (size_t i = 0; i < c->listen.n; i++)
		add_uri(r, c->listen.at[i]);
	if (c->router.embedded.enabled && c->router.embedded.listen[0])
		add_uri(r, c->router.embedded.listen);
	add_oob(r);
	add_bridge(r);
	add_metrics(r);
	for (size_t i = 0; i < c->listens.n; i++)
		check_socket(r, i);
	check_pem(r, "tls.certificate", c->tls.certificate);
	check_pem(r, "tls.key", c->tls.key);
}
