// SPDX-License-Identifier: MIT
#include "api/method.h"
#include "base/clock.h"
#include "base/metric.h"

static bool run(struct call *c)
{
	const struct identity *i = c->identity;
	const struct roster *r = &i->roster;
	bool known = presence_known(&i->presence, clock_ms());
	int64_t users = known ? (int64_t)presence_count(&i->presence) : 0;
	call_put(c, "mud_count", value_int((int64_t)map_count(&r->muds)));
	call_put(c, "online_muds", value_int((int64_t)roster_up(r)));
	call_put(c, "channel_count", value_int((int64_t)map_count(&r->channels)));
	call_put(c, "session_count", value_int(users));
	call_put(c, "mudlist_id", value_int(r->mudlist_id));
	call_put(c, "chanlist_id", value_int(r->chanlist_id));
	call_put(c, "gateway_connected", value_bool(i->uplink && i->uplink->ops->ready(i->uplink)));
	call_put(c, "packets_sent", value_int(metric_get(METRIC_I3_SENT)));
	call_put(c, "packets_received", value_int(metric_get(METRIC_I3_RECEIVED)));
	call_put(c, "connections", value_int(metric_get(METRIC_SESSIONS)));
	call_put(c, "errors", value_int(metric_get(METRIC_CALL_ERRORS)));
	return true;
}

const struct method method_stats = {
	.name = "stats",
	.says = "Counts: of the network as this MUD sees it, and of the daemon.",
	.results = (const struct result_field[]){{"mud_count", "integer", "MUDs known"},
		{"online_muds", "integer", "of them up"},
		{"channel_count", "integer", "channels known"},
		{"session_count", "integer", "players of this MUD known by presence"},
		{"mudlist_id", "integer", "of the router"},
		{"chanlist_id", "integer", "of the router"},
		{"gateway_connected", "boolean", "logged in to a router"},
		{"packets_sent", "integer", "I3 packets, all identities"},
		{"packets_received", "integer", "I3 packets, all identities"},
		{"connections", "integer", "sessions now"},
		{"errors", "integer", "calls answered with an error"}, {0}},
	.run = run,
};
