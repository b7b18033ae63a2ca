// SPDX-License-Identifier: MIT
#include "api/play.h"

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	struct gaming_whom whom;
	if (!g || !call_whom(c, &whom))
		return false;
	return call_reached_one(
		c, g->ops->close(g, c->identity, &whom, call_text(c, "reason")), "closed");
}

const struct method method_player_close = {
	.name = "player_close",
	.says = "Ends a player's connection, when they quit for example.",
	.right = RIGHT_PLAYERS,
	.uncounted = true,
	.args = (const struct arg[]){ONE_ARG,
		{"reason", NULL, ARG_TEXT, false, 0, 4000,
			"the last they read, if anything, in the game's markup"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"closed\""}, {0}},
	.run = run,
};
