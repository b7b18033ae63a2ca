// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *info)
{
	bool refused = info && answer_is_refusal(info);
	call_put_reply(c, call_refusal(c, info), "requested");
	call_put(c, "mud_name", value_span(call_text(c, "target_mud")));
	call_put(c, "user_name", value_span(call_text(c, "target_user")));
	if (info && !refused)
		call_put(c, "user_info", value_copy(c->arena, info));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_FINGER,
		.from_user = call_text_or(c, "from_user", SPAN("*")),
		.target_mud = call_text(c, "target_mud"),
		.target_user = call_text(c, "target_user")};
	struct answer_key key = {ANSWER_FINGER, i.target_mud, i.target_user};
	return call_ask(c, &key, &i, fill);
}

const struct method method_finger = {
	.name = "finger",
	.says = "Asks a MUD about one of its players.  The answer comes as a finger_reply event.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"target_user", "username", ARG_TEXT, true, 1, 64, "name of the player"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who asks"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string", "\"requested\"; with wait perhaps \"refused\""},
			{"mud_name", "string", "the MUD asked"},
			{"user_name", "string", "the player"},
			{"user_info", "object", "what the MUD says, when known"}, REFUSAL_RESULTS,
			{0}},
	.run = run,
};
