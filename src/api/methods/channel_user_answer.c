// SPDX-License-Identifier: MIT
#include "api/answer.h"

static bool run(struct call *c)
{
	return answer_put(c, QUERY_CHANNEL_USER, c->params);
}

const struct method method_channel_user_answer = {
	.name = "channel_user_answer",
	.says = "Answers a channel_user_request: who is behind a name seen on a channel.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){ANSWER_ARG,
		{"found", NULL, ARG_BOOL, true, 0, 0, "is there such a player?"},
		{"visname", NULL, ARG_TEXT, false, 0, 64,
			"as shown to people; the name asked for when absent"},
		{"gender", NULL, ARG_INT, false, 0, 2,
			"0 male, 1 female, 2 neuter; neuter when absent"},
		{0}},
	.results = (const struct result_field[]){ANSWER_RESULT, {0}},
	.run = run,
};
