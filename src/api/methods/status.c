// SPDX-License-Identifier: MIT
#include "api/method.h"
#include "base/clock.h"

static bool run(struct call *c)
{
	static const char *const services[] = {"tell", "channel", "info", "admin"};
	struct uplink *up = c->identity->uplink;
	struct value_list list = {.arena = c->arena};
	for (size_t i = 0; i < countof(services); i++) {
		unsigned right = 0;
		if (rights_add(&right, span_str(services[i])) &&
			rights_cover(c->session->rights, right))
			value_push(&list, value_str(services[i]));
	}
	const char *trouble = up ? up->ops->trouble(up) : "no network is configured";
	call_put(c, "connected", value_bool(up && up->ops->ready(up)));
	call_put_text(c, "mud_name", c->identity->name);
	call_put_text(c, "session_id", c->session->id);
	call_put(c, "uptime", value_float((double)(clock_ms() - c->session->opened_ms) / 1000.0));
	call_put_text(c, "router", up ? up->ops->router(up) : "");
	call_put(c, "services", value_list_array(&list));
	if (trouble)
		call_put_text(c, "trouble", trouble);
	return true;
}

const struct method method_status = {
	.name = "status",
	.says = "How this session and its MUD's link to the network are doing.",
	.results = (const struct result_field[]){{"connected", "boolean", "logged in to a router"},
		{"mud_name", "string", "the identity"}, {"session_id", "string", "of this session"},
		{"uptime", "number", "seconds this session has lasted"},
		{"router", "string", "name of the router"},
		{"services", "array", "permissions of this session"},
		{"trouble", "string", "what is wrong, in words; absent when nothing is"}, {0}},
	.run = run,
};
