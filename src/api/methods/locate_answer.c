// SPDX-License-Identifier: MIT
#include "api/answer.h"

static bool run(struct call *c)
{
	return answer_put(c, QUERY_LOCATE, c->params);
}

const struct method method_locate_answer = {
	.name = "locate_answer",
	.says = "Answers a locate_request.  Who is not found is not answered for, as the network "
		"has it.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){ANSWER_ARG,
		{"found", NULL, ARG_BOOL, true, 0, 0, "is the player on this MUD?"},
		{"name", NULL, ARG_TEXT, false, 0, 64,
			"as shown to people; the name asked for when absent"},
		{"idle", NULL, ARG_INT, false, -1, 31536000, "seconds"},
		{"status", NULL, ARG_TEXT, false, 0, 256,
			"of link-dead, editing, inactive, invisible, hidden, joined with \", \""},
		{0}},
	.results = (const struct result_field[]){ANSWER_RESULT, {0}},
	.run = run,
};
