// SPDX-License-Identifier: MIT
// What stands behind each route.
#include "base/metric.h"
#include "ops/echo.h"
#include "ops/web.h"
#include "proto/json.h"

static void answer_json(struct visit *v, int status, const struct value_list *pairs)
{
	struct value map = value_list_map(pairs);
	buf_clear(&v->web->body);
	json_put(&v->web->body, &map);
	v->extra = "Cache-Control: no-store\r\n";
	visit_answer(v, status, "application/json; charset=utf-8", buf_bytes(&v->web->body));
}

static void page_root(struct visit *v)
{
	if (ws_wanted(v->request))
		api_upgrade(v->web->api, v->conn, v->request);
	else
		visit_text(v, 404, "404: Not Found");
}

static void page_ws(struct visit *v)
{
	if (ws_wanted(v->request))
		api_upgrade(v->web->api, v->conn, v->request);
	else
		visit_text(v, 400, "400: this is a WebSocket endpoint");
}

static void page_sync(struct visit *v)
{
	const struct config *c = v->web->config;
	if (!c->bridge.enabled)
		visit_text(v, 404, "404: Not Found");
	else if (!origin_allowed(&c->web.origins, v->request))
		visit_text(v, 403, "403: pages of this origin may not connect, see web.origins");
	else
		bridge_upgrade(v->web->bridge, v->conn, v->request);
}

static void page_echo(struct visit *v)
{
	if (!v->web->config->web.echo)
		visit_text(v, 404, "404: Not Found");
	else
		echo_upgrade(v->conn, v->request, &v->web->out);
}

// Identities whose talk somebody has switched off: no fault, but good to know.
static void put_switched_off(struct visit *v, struct value_list *l)
{
	struct value_list off = {.arena = l->arena};
	list_each(it, &v->web->hub->identities)
	{
		const struct identity *i = container_of(it, struct identity, in_hub);
		const char *words =
			i->wanted ? moderation_off_words(&v->web->hub->moderation, i, l->arena)
				  : NULL;
		if (words)
			value_pair(&off, i->name, value_str(words));
	}
	if (off.n)
		value_pair(l, "switched_off", value_list_map(&off));
}

// As the bridge's mods and bots know it.
static void page_sync_health(struct visit *v)
{
	struct arena arena = {0};
	struct value_list l = {.arena = &arena};
	value_pair(&l, "status", value_str("healthy"));
	answer_json(v, 200, &l);
	arena_fini(&arena);
}

static void put_bridge(struct visit *v, struct value_list *l)
{
	if (!v->web->config->bridge.enabled)
		return;
	value_pair(l, "bridge_mods", value_int(metric_get(METRIC_BRIDGE_MODS)));
	value_pair(l, "bridge_bots", value_int(metric_get(METRIC_BRIDGE_BOTS)));
	if (v->web->config->bridge.links.n)
		value_pair(l, "bridge_links", bridge_links_value(&v->web->bridge->links, l->arena));
}

static void page_health(struct visit *v)
{
	struct arena arena = {0};
	struct value_list l = {.arena = &arena};
	value_pair(&l, "status", value_str("healthy"));
	value_pair(&l, "service", value_str("i3-gateway-api"));
	value_pair(&l, "websocket_connections", value_int(metric_get(METRIC_WS_CONNS)));
	value_pair(&l, "active_sessions", value_int(metric_get(METRIC_SESSIONS)));
	put_bridge(v, &l);
	put_switched_off(v, &l);
	answer_json(v, 200, &l);
	arena_fini(&arena);
}

static void page_health_live(struct visit *v)
{
	struct arena arena = {0};
	struct value_list l = {.arena = &arena};
	value_pair(&l, "status", value_str("alive"));
	answer_json(v, 200, &l);
	arena_fini(&arena);
}

// Ready: every identity is logged in, a router that merely took the connection is not enough; and
// what must be kept is kept.
static void page_health_ready(struct visit *v)
{
	struct arena arena = {0};
	struct value_list l = {.arena = &arena}, troubles = {.arena = &arena};
	struct buf store = {0};
	list_each(it, &v->web->hub->identities)
	{
		const struct identity *i = container_of(it, struct identity, in_hub);
		const char *trouble = i->wanted ? identity_trouble(i) : NULL;
		if (trouble)
			value_pair(&troubles, i->name, value_str(trouble));
	}
	bool ready = store_health(v->web->store, &store) && !troubles.n;
	value_pair(&l, "status", value_str(ready ? "ready" : "not_ready"));
	if (troubles.n)
		value_pair(&l, "trouble", value_list_map(&troubles));
	if (store.n)
		value_pair(&l, "store", value_span(buf_bytes(&store)));
	answer_json(v, ready ? 200 : 503, &l);
	buf_fini(&store);
	arena_fini(&arena);
}

void page_metrics(struct visit *v)
{
	buf_clear(&v->web->body);
	metric_page(&v->web->body);
	visit_answer(v, 200, "text/plain; version=0.0.4; charset=utf-8", buf_bytes(&v->web->body));
}

static void page_api_info(struct visit *v)
{
	static const struct value both[] = {{.type = VALUE_STRING, .n = 9, .s = "websocket"},
		{.type = VALUE_STRING, .n = 3, .s = "tcp"}};
	struct arena arena = {0};
	struct value_list l = {.arena = &arena};
	value_pair(&l, "version", value_str(api_version()));
	value_pair(&l, "protocol", value_str("JSON-RPC 2.0"));
	value_pair(&l, "transports", value_array(both, v->web->config->api.tcp.enabled ? 2 : 1));
	value_pair(&l, "authentication", value_str("api_key"));
	value_pair(&l, "documentation", value_str("rpc.discover"));
	answer_json(v, 200, &l);
	arena_fini(&arena);
}

enum { HTTP = WEB_HTTP, METRICS = WEB_METRICS, SYNC = WEB_SYNC };

const struct route routes[] = {
#define ROUTE(id, path, kinds) {path, kinds, page_##id},
#include "tables/routes.tbl"
	{0},
};
