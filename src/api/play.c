// SPDX-License-Identifier: MIT
#include "api/play.h"

struct gaming *call_gaming(struct call *c)
{
	struct gaming *g = c->identity->hub->gaming;
	if (g && g->ops->has(g, c->identity))
		return g;
	call_fail(c, ERROR_NO_GAME, NULL);
	return NULL;
}

static bool fail_whom(struct call *c)
{
	return call_fail_say(
		c, ERROR_MISSING_PARAM, "player_id", "Give one of player_id, player_ids and all");
}

static bool are_ids(struct call *c, const struct value *ids)
{
	for (size_t i = 0; i < ids->n; i++)
		if (ids->at[i].type != VALUE_INT)
			return call_fail_say(
				c, ERROR_BAD_PARAM, "player_ids", "player_ids must be integers");
	return true;
}

// A row without player_ids and all is about one player.
static bool takes_several(const struct call *c)
{
	for (const struct arg *a = c->method->args; a->name; a++)
		if (span_is(SPAN("all"), a->name))
			return true;
	return false;
}

bool call_whom(struct call *c, struct gaming_whom *whom)
{
	const struct value *one = call_value(c, "player_id");
	const struct value *ids = takes_several(c) ? call_value(c, "player_ids") : NULL;
	bool all = takes_several(c) && call_bool(c, "all");
	struct value_list *missing = arena_alloc(c->arena, sizeof *missing);
	*missing = (struct value_list){.arena = c->arena};
	*whom = (struct gaming_whom){.ids = ids, .missing = missing};
	if ((one != NULL) + (ids != NULL) + all != 1)
		return fail_whom(c);
	if (one) {
		struct value *list = arena_alloc(c->arena, sizeof *list);
		*list = value_array(one, 1);
		whom->ids = list;
	}
	return !ids || are_ids(c, ids);
}

void call_reached(struct call *c, const struct gaming_whom *whom, uint32_t n)
{
	call_put_text(c, "status", "sent");
	call_put(c, "players", value_int(n));
	if (whom->missing->n)
		call_put(c, "missing", value_list_array(whom->missing));
}

bool call_reached_one(struct call *c, uint32_t n, const char *status)
{
	if (!n)
		return call_fail_say(
			c, ERROR_BAD_PARAM, "player_id", "There is no such player in your game");
	call_put_text(c, "status", status);
	return true;
}
