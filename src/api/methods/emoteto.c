// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	return call_tell(c, INTENT_EMOTETO, "emote");
}

const struct method method_emoteto = {
	.name = "emoteto",
	.says = "Shows an emote to one player of another MUD.",
	.right = RIGHT_TELL,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"target_user", NULL, ARG_TEXT, true, 1, 64, "name of the player"},
		{"emote", "message", ARG_TEXT, true, 1, 4000,
			"the emote; $N stands for the sender"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who does it; \"Someone\" by default"},
		{"wait", NULL, ARG_INT, false, 0, 30,
			"seconds to wait for a refusal before answering"},
		{0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"sent\": it is on its way; with wait \"refused\", "
				"or \"delivered?\": nobody said no in time"},
			{"message_id", "string",
				"emoteto_MUD_UNIXTIME_NUMBER: no two are alike; a tell_failed "
				"event names it"},
			REFUSAL_RESULTS, {0}},
	.run = run,
};
