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
	.args = (const struct arg[]){TELL_TO_ARGS,
		{"emote", "message", ARG_TEXT, true, 1, 4000,
			"the emote; $N stands for the sender"},
		TELL_FROM_ARGS("who does it; \"Someone\" by default"), {0}},
	.results = (const struct result_field[]){TELL_RESULTS("emoteto"), {0}},
	.run = run,
};
