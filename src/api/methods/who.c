// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool in_range(const struct value *level, const struct value *low, const struct value *high)
{
	if (low && low->type == VALUE_INT && level->i < low->i)
		return false;
	return !(high && high->type == VALUE_INT && level->i > high->i);
}

static const struct value *either(const struct value *map, const char *a, const char *b)
{
	const struct value *v = value_get(map, a);
	return v ? v : value_get(map, b);
}

static bool mentions(const struct value *user, const struct value *word)
{
	const struct value *extra = value_get(user, "extra");
	struct span text = extra ? value_text(extra) : (struct span){0};
	if (!word || word->type != VALUE_STRING || word->n == 0)
		return true;
	return text.n && memmem(text.p, text.n, word->s, word->n);
}

// level_min/min_level, level_max/max_level, race, guild: both spellings clients use.
static bool wanted(const struct value *filter, const struct value *user)
{
	const struct value *level = value_get(user, "level");
	if (!filter)
		return true;
	if (level && level->type == VALUE_INT &&
		!in_range(level, either(filter, "min_level", "level_min"),
			either(filter, "max_level", "level_max")))
		return false;
	return mentions(user, value_get(filter, "race")) &&
	       mentions(user, value_get(filter, "guild"));
}

static void put_users(struct call *c, const struct value *users)
{
	struct value_list some = {.arena = c->arena};
	const struct value *filter = call_value(c, "filters");
	for (size_t i = 0; i < users->n; i++)
		if (wanted(filter, &users->at[i]))
			value_push(&some, value_copy(c->arena, &users->at[i]));
	call_put(c, "users", value_list_array(&some));
	call_put(c, "count", value_int((int64_t)some.n));
}

static void fill(struct call *c, const struct value *users)
{
	bool refused = users && answer_is_refusal(users);
	call_put_reply(c, call_refusal(c, users), "requested");
	call_put(c, "mud_name", value_span(call_text(c, "target_mud")));
	if (users && !refused)
		put_users(c, users);
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_WHO,
		.from_user = call_text_or(c, "from_user", SPAN("*")),
		.target_mud = call_text(c, "target_mud")};
	struct answer_key key = {.kind = ANSWER_WHO, .mud = i.target_mud};
	return call_ask(c, &key, &i, fill);
}

const struct method method_who = {
	.name = "who",
	.says = "Asks a MUD who is on.  The answer comes as a who_reply event, or here when it is "
		"known.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who asks"},
		{"filters", "filter", ARG_OBJECT, false, 0, 0,
			"{min_level, max_level, race, guild}"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string", "\"requested\"; with wait perhaps \"refused\""},
			{"mud_name", "string", "the MUD asked"},
			{"users", "array", "{name, idle, level, extra}, when known"},
			{"count", "integer", "users, when known"}, REFUSAL_RESULTS, {0}},
	.run = run,
};
