// SPDX-License-Identifier: MIT
// The liveness check: the other method files look like this one, with more to say.
#include "api/method.h"

static bool run(struct call *c)
{
	call_put(c, "pong", value_bool(true));
	call_put_time(c, "timestamp");
	return true;
}

const struct method method_ping = {
	.name = "ping",
	.says = "Answers at once.",
	.results = (const struct result_field[]){{"pong", "boolean", "true"},
		{"timestamp", "string", "UTC, ISO 8601"}, {0}},
	.run = run,
};
