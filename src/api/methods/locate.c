// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *found)
{
	static const struct value nobody = {.type = VALUE_ARRAY};
	call_put_text(c, "status", "requested");
	call_put(c, "user_name", value_span(call_text(c, "target_user")));
	if (!found && c->waited)
		found = &nobody; // who does not have the player does not answer
	if (!found)
		return;
	call_put(c, "locations", value_copy(c->arena, found));
	call_put(c, "found", value_bool(found->n > 0));
	call_put(c, "count", value_int(found->n));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_LOCATE,
		.from_user = call_text_or(c, "from_user", SPAN("*")),
		.target_user = call_text(c, "target_user")};
	struct answer_key key = {.kind = ANSWER_LOCATE, .user = i.target_user};
	return call_ask(c, &key, &i, fill);
}

const struct method method_locate = {
	.name = "locate",
	.says = "Asks all MUDs for a player.  Those who have one answer, as locate_reply events.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"target_user", "username", ARG_TEXT, true, 1, 64,
					     "name of the player"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who asks"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the first answer here"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"requested\""},
		{"user_name", "string", "the player"},
		{"locations", "array", "{name, mud, user, idle, status}, when known or waited for"},
		{"found", "boolean", "when known"}, {"count", "integer", "locations, when known"},
		{0}},
	.run = run,
};
