// SPDX-License-Identifier: MIT
#include "api/play.h"

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	struct gaming_whom whom;
	if (!g || !call_whom(c, &whom))
		return false;
	return call_reached_one(c, g->ops->echo(g, c->identity, &whom, call_bool(c, "on")), "set");
}

const struct method method_player_echo = {
	.name = "player_echo",
	.says = "Whether a player sees what they type: off while you ask for a password, on again "
		"behind it.",
	.right = RIGHT_PLAYERS,
	.uncounted = true,
	.args = (const struct arg[]){ONE_ARG,
		{"on", NULL, ARG_BOOL, true, 0, 0, "false hides what is typed"}, {0}},
	.results = (const struct result_field[]){{"status", "string", "\"set\""}, {0}},
	.run = run,
};
