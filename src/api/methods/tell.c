// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	return call_tell(c, INTENT_TELL, "message");
}

const struct method method_tell = {
	.name = "tell",
	.says = "Says something to one player of another MUD.",
	.right = RIGHT_TELL,
	.args = (const struct arg[]){TELL_TO_ARGS,
		{"message", NULL, ARG_TEXT, true, 1, 4000, "the text"},
		TELL_FROM_ARGS("who says it; \"Someone\" by default"), {0}},
	.results = (const struct result_field[]){TELL_RESULTS("tell"), {0}},
	.run = run,
};
