// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	call_put_text(c, "status", "ok");
	call_put_time(c, "timestamp");
	return true;
}

const struct method method_heartbeat = {
	.name = "heartbeat",
	.says = "Keeps a quiet connection from being taken for a dead one.",
	.results = (const struct result_field[]){{"status", "string", "\"ok\""},
		{"timestamp", "string", "UTC, ISO 8601"}, {0}},
	.run = run,
};
