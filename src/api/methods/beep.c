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
	.args = (const struct arg[]){TELL_TO_ARGS,
		TELL_FROM_ARGS("who wants to be noticed; \"Someone\" by default"), {0}},
	.results = (const struct result_field[]){TELL_RESULTS("beep"), {0}},
	.run = run,
};
