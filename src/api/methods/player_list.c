// SPDX-License-Identifier: MIT
#include "api/play.h"

enum { LIST_MAX = 1000 }; // some 400 bytes each

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	struct value_list rows = {.arena = c->arena};
	struct gaming_page page = {.after = (uint64_t)call_int_or(c, "after", 0),
		.limit = (size_t)call_int_or(c, "limit", LIST_MAX)};
	if (!g)
		return false;
	bool more = g->ops->list(g, c->identity, &page, &rows);
	call_put(c, "players", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	call_put(c, "more", value_bool(more));
	return true;
}

const struct method method_player_list = {
	.name = "player_list",
	.says = "Who is in your game: what a game asks first when it has restarted.",
	.right = RIGHT_PLAYERS,
	.uncounted = true,
	.args = (const struct arg[]){{"after", NULL, ARG_INT, false, 0, PLAYER_ID_MAX,
					     "only players behind this player_id: the next page"},
		{"limit", NULL, ARG_INT, false, 1, LIST_MAX, "players at most; 1000 by default"},
		{0}},
	.results =
		(const struct result_field[]){
			{"players", "array", "each as in player_connected, by player_id"},
			{"count", "integer", "how many these are"},
			{"more", "boolean", "there are more behind them"}, {0}},
	.run = run,
};
