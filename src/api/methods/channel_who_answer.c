// SPDX-License-Identifier: MIT
#include "api/answer.h"

static bool run(struct call *c)
{
	const struct value *users = call_value(c, "users");
	for (size_t i = 0; i < users->n; i++)
		if (!value_text(&users->at[i]).n)
			return call_fail_say(
				c, ERROR_BAD_PARAM, "users", "users %zu must be a name", i);
	return answer_put(c, QUERY_CHANNEL_WHO, users);
}

const struct method method_channel_who_answer = {
	.name = "channel_who_answer",
	.says = "Answers a channel_who_request: who listens to the channel.  As many are sent as "
		"one packet holds.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){ANSWER_ARG,
		{"users", NULL, ARG_ARRAY, true, 0, ANSWER_USERS_MAX, "names, may be empty"}, {0}},
	.results = (const struct result_field[]){ANSWER_RESULT, {0}},
	.run = run,
};
