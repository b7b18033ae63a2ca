// SPDX-License-Identifier: MIT
#include "api/operate.h"
#include "base/log.h"

static bool run(struct call *c)
{
	struct network *n = call_network(c);
	struct network_ban b;
	if (!n || !call_read_ban(c, &b) || !call_operated(c, n->ops->unban(n, &b)))
		return false;
	log_info("router_unban", log_str("by", c->identity->name), log_span("mud", b.mud),
		log_span("address", b.address));
	call_put_text(c, "status", "unbanned");
	return true;
}

const struct method method_router_unban = {
	.name = "router_unban",
	.says = "Ends a ban of router_ban.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"mud_name", NULL, ARG_TEXT, false, 0, 64,
					     "name of a MUD, any case; or"},
		{"address", NULL, ARG_TEXT, false, 0, 64, "an IPv4 or IPv6 address"}, {0}},
	.results = (const struct result_field[]){{"status", "string", "\"unbanned\""}, {0}},
	.run = run,
};
