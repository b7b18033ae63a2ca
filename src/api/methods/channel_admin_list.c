// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, "requested");
	call_put(c, "channel", value_span(call_text(c, "channel")));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_CHANNEL_ADMIN_LIST, .channel = call_text(c, "channel")};
	struct answer_key key = {.kind = ANSWER_CHANNEL_ADMINS, .user = i.channel};
	return call_request(c, &key, &i, fill);
}

const struct method method_channel_admin_list = {
	.name = "channel_admin_list",
	.says = "Asks the router which MUDs are on a channel's list.  The answer comes as a "
		"channel_admin_list event.  Not every router knows the question.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string", "\"requested\", \"success\" or \"refused\""},
			{"channel", "string", "the name"},
			{"muds", "array",
				"names, when known: the banned of a channel of type 0, the "
				"admitted of others"},
			REFUSAL_RESULTS, {0}},
	.run = run,
};
