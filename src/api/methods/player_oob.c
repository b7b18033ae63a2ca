// SPDX-License-Identifier: MIT
#include "api/play.h"
#include "proto/gmcp.h"
#include "proto/json.h"

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	const struct value *data = call_value(c, "data");
	struct gaming_whom whom;
	struct buf json = {0};
	if (!g || !call_whom(c, &whom))
		return false;
	if (!gmcp_is_package(call_text(c, "package")))
		return call_fail_say(c, ERROR_BAD_PARAM, "package",
			"package must be a name such as Char.Vitals");
	if (data)
		json_put(&json, data);
	if (json.n > PLAY_TEXT_MAX) {
		buf_fini(&json);
		return call_fail_say(
			c, ERROR_BAD_PARAM, "data", "data must have at most 262144 bytes as JSON");
	}
	call_reached(c, &whom,
		g->ops->oob(g, c->identity, &whom, call_text(c, "package"), buf_bytes(&json)));
	buf_fini(&json);
	return true;
}

const struct method method_player_oob = {
	.name = "player_oob",
	.says = "Sends a GMCP message to the clients of players; those without GMCP get nothing.  "
		"The "
		"package MSDP, with an object of variables, goes to clients with MSDP.",
	.right = RIGHT_PLAYERS,
	.uncounted = true,
	.args = (const struct arg[]){WHOM_ARGS,
		{"package", NULL, ARG_TEXT, true, 1, GMCP_PACKAGE_MAX, "such as Char.Vitals"},
		{"data", NULL, ARG_ANY, false, 0, 0, "any value"}, {0}},
	.results = (const struct result_field[]){REACHED_RESULTS, {0}},
	.run = run,
};
