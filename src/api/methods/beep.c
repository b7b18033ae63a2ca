// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	return call_tell(c, INTENT_BEEP, NULL);
}

const struct method method_beep = {
	.name = "beep",
	.says = "Calls one player of another MUD by a sound, where that MUD can make one.",
	.right = RIGHT_TELL,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"target_user", NULL, ARG_TEXT, true, 1, 64, "name of the player"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64,
			"who wants to be noticed; \"Someone\" by default"},
		{"wait", NULL, ARG_INT, false, 0, 30,
			"seconds to wait for a refusal before answering"},
		{0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"sent\": it is on its way; with wait \"refused\", "
				"or \"delivered?\": nobody said no in time"},
			{"message_id", "string",
				"beep_MUD_UNIXTIME_NUMBER: no two are alike; a tell_failed "
				"event names it"},
			REFUSAL_RESULTS, {0}},
	.run = run,
};
