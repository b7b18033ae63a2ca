// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, "requested");
	call_put(c, "channel", value_span(call_text(c, "channel")));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_CHANNEL_REMOVE, .channel = call_text(c, "channel")};
	struct answer_key key = {.kind = ANSWER_CHANNEL_REMOVE, .user = i.channel};
	return call_request(c, &key, &i, fill);
}

const struct method method_channel_remove = {
	.name = "channel_remove",
	.says = "Ends a channel that belongs to this MUD, for everybody.  What the router has "
		"against it comes as an error_occurred event, or here.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the router's word here"},
		{0}},
	.results =
		(const struct result_field[]){
			{"status", "string", "\"requested\", \"removed\" or \"refused\""},
			{"channel", "string", "the name"}, REFUSAL_RESULTS, {0}},
	.run = run,
};
