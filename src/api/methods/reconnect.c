// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct uplink *up = c->identity->uplink;
	if (!up)
		return call_fail(c, ERROR_NOT_UP, NULL);
	up->ops->reconnect(up);
	call_put_text(c, "status", "reconnecting");
	return true;
}

const struct method method_reconnect = {
	.name = "reconnect",
	.says = "Leaves the router and logs in again.  Answered at once; gateway_reconnected "
		"follows.",
	.right = RIGHT_ADMIN,
	.results = (const struct result_field[]){{"status", "string", "\"reconnecting\""}, {0}},
	.run = run,
};
