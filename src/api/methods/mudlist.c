// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool text_is(const struct value *filter, const char *key, struct span has)
{
	const struct value *v = value_get(filter, key);
	return !v || v->type != VALUE_STRING || v->n == 0 || span_eq(value_text(v), has);
}

static bool wanted(const struct value *filter, const struct roster_mud *m)
{
	const struct value *driver = value_get(&m->facts, "driver");
	const struct value *services = value_get(&m->facts, "services");
	const struct value *service = filter ? value_get(filter, "has_service") : NULL;
	if (!filter)
		return true;
	if (service && service->type == VALUE_STRING && service->n &&
		!(services && value_find(services, value_text(service))))
		return false;
	return text_is(filter, "status", span_str(roster_state(m->state))) &&
	       text_is(filter, "driver", driver ? value_text(driver) : (struct span){0});
}

static bool run(struct call *c)
{
	struct value_list rows = {.arena = c->arena};
	const struct map *muds = &c->identity->roster.muds;
	for (struct map_at at = map_first(muds); at.value; at = map_next(at)) {
		const struct roster_mud *m = at.value;
		if (wanted(call_value(c, "filter"), m))
			value_push(&rows, m->facts);
	}
	call_put_text(c, "status", "success");
	call_put(c, "muds", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	return true;
}

const struct method method_mudlist = {
	.name = "mudlist",
	.says = "The MUDs of the network as this MUD's router tells them.",
	.args =
		(const struct arg[]){
			{"filter", NULL, ARG_OBJECT, false, 0, 0,
				"{status: up|down|reboot, driver: exact, has_service: name}"},
			{"refresh", NULL, ARG_BOOL, false, 0, 0,
				"accepted for older clients; the list is always current"},
			{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"muds", "array",
			"{name, host, address, port, tcp_port, udp_port, driver, mudlib, lib, "
			"base_mudlib, "
			"mud_type, status, online, services, open_status, admin_email}"},
		{"count", "integer", "how many"}, {0}},
	.run = run,
};
