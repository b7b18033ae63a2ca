// SPDX-License-Identifier: MIT
#include "api/play.h"

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	struct gaming_whom whom;
	if (!g || !call_whom(c, &whom))
		return false;
	if (!call_value(c, "object_id"))
		return call_fail(c, ERROR_MISSING_PARAM, "object_id");
	if (span_has_controls(call_text(c, "name")))
		return call_fail_say(c, ERROR_BAD_PARAM, "name", "name must be printable");
	return call_reached_one(c,
		g->ops->attach(g, c->identity, &whom, call_int_or(c, "object_id", -1),
			call_text(c, "name")),
		"attached");
}

const struct method method_player_attach = {
	.name = "player_attach",
	.says = "Says what a player controls in your game.  The gate keeps it, with the account if "
		"the "
		"player has one, and says it again in player_connected and player_list.",
	.right = RIGHT_PLAYERS,
	.uncounted = true,
	.args = (const struct arg[]){ONE_ARG,
		{"object_id", NULL, ARG_INT, false, 0, PLAYER_ID_MAX,
			"your number for it; required"},
		{"name", NULL, ARG_TEXT, false, 0, 64, "what the player is called from now on"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"attached\""}, {0}},
	.run = run,
};
