// SPDX-License-Identifier: MIT
#include "api/operate.h"

struct network *call_network(struct call *c)
{
	struct network *n = c->identity->hub->network;
	if (!n)
		call_fail(c, ERROR_NO_ROUTER, NULL);
	return n;
}

bool call_operated(struct call *c, const char *why)
{
	return why ? call_fail_say(c, ERROR_ROUTER, NULL, "%s", why) : true;
}

bool call_read_ban(struct call *c, struct network_ban *b)
{
	*b = (struct network_ban){
		.mud = call_text(c, "mud_name"), .address = call_text(c, "address")};
	return b->mud.n != 0 || b->address.n != 0 ||
	       call_fail_say(c, ERROR_MISSING_PARAM, "mud_name", "Give mud_name or address");
}

struct bridging *call_bridging(struct call *c)
{
	struct bridging *b = c->identity->hub->bridging;
	if (!b)
		call_fail_say(c, ERROR_SERVICE_OFF, NULL, "The bridge is switched off here");
	return b;
}
