// SPDX-License-Identifier: MIT
#include "api/operate.h"
#include "base/log.h"

static bool run(struct call *c)
{
	struct network *n = call_network(c);
	struct span mud = call_text(c, "mud_name"), reason = call_text(c, "reason");
	if (!n || !call_operated(c, n->ops->kick(n, mud, reason)))
		return false;
	log_info("router_kick", log_str("by", c->identity->name), log_span("mud", mud),
		log_span("reason", reason));
	call_put_text(c, "status", "kicked");
	call_put(c, "mud_name", value_span(mud));
	return true;
}

const struct method method_router_kick = {
	.name = "router_kick",
	.says = "Ends a MUD's connection to the embedded router, which tells it why.  It may come "
		"back; see router_ban.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"mud_name", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"reason", NULL, ARG_TEXT, true, 1, NETWORK_REASON_MAX, "what it is told"}, {0}},
	.results = (const struct result_field[]){{"status", "string", "\"kicked\""},
		{"mud_name", "string", "the MUD"}, {0}},
	.run = run,
};
