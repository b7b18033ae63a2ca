// SPDX-License-Identifier: MIT
#include "api/play.h"

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	if (!g)
		return false;
	call_put_text(c, "status", "sent");
	call_put(c, "players", value_int(g->ops->announce(g, c->identity, call_text(c, "text"))));
	return true;
}

const struct method method_player_announce = {
	.name = "player_announce",
	.says = "Shows lines to everybody in your game, on lines of their own, also to those who "
		"wait "
		"for it.",
	.right = RIGHT_PLAYERS,
	.args = (const struct arg[]){{"text", NULL, ARG_TEXT, true, 1, 4000,
					     "what they read, in the game's markup"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"sent\""},
		{"players", "integer", "how many read it"}, {0}},
	.run = run,
};
