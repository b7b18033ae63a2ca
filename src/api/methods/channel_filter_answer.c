// SPDX-License-Identifier: MIT
#include "api/answer.h"

static bool run(struct call *c)
{
	return answer_put(c, QUERY_CHANNEL_FILTER, c->params);
}

const struct method method_channel_filter_answer = {
	.name = "channel_filter_answer",
	.says = "Answers a channel_filter event: whether a line for a filtered channel of this MUD "
		"is published, and in which words.  What is not allowed within ten seconds is "
		"not heard by anybody.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){ANSWER_ARG,
		{"allow", NULL, ARG_BOOL, true, 0, 0, "may it be heard?"},
		{"message", NULL, ARG_TEXT, false, 0, 4000, "the text instead"},
		{"message_target", NULL, ARG_TEXT, false, 0, 4000,
			"of a targeted emote: the text for its target instead; message when "
			"absent"},
		{"visname", NULL, ARG_TEXT, false, 0, 64, "the speaker's name instead"}, {0}},
	.results = (const struct result_field[]){ANSWER_RESULT, {0}},
	.run = run,
};
