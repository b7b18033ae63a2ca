// SPDX-License-Identifier: MIT
#include "api/operate.h"
#include "base/log.h"

static bool run(struct call *c)
{
	struct network *n = call_network(c);
	struct network_ban b;
	if (!n || !call_read_ban(c, &b))
		return false;
	b.reason = call_text(c, "reason");
	b.until_s = (uint64_t)call_int_or(c, "until", 0);
	b.by = span_str(c->identity->name);
	if (!call_operated(c, n->ops->ban(n, &b)))
		return false;
	log_info("router_ban", log_span("by", b.by), log_span("mud", b.mud),
		log_span("address", b.address), log_span("reason", b.reason),
		log_int("until", (int64_t)b.until_s));
	call_put_text(c, "status", "banned");
	return true;
}

const struct method method_router_ban = {
	.name = "router_ban",
	.says = "Keeps a MUD or an address from the embedded router, and ends its connections.  "
		"Who "
		"comes is told why.  Survives restarts.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"mud_name", NULL, ARG_TEXT, false, 0, 64,
					     "name of a MUD, any case; or"},
		{"address", NULL, ARG_TEXT, false, 0, 64, "an IPv4 or IPv6 address"},
		{"reason", NULL, ARG_TEXT, true, 1, NETWORK_REASON_MAX, "what it is told"},
		{"until", NULL, ARG_INT, false, 0, UNIX_TIME_MAX,
			"Unix time when it ends; 0 or absent for ever"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"banned\""}, {0}},
	.run = run,
};
