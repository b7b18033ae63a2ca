// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct exchange_wish w = {.verb = EXCHANGE_FILE_PUT,
		.from_user = call_text_or(c, "from_user", SPAN("*")),
		.mud = call_text(c, "target_mud"),
		.name = call_text(c, "name"),
		.text = call_text(c, "content")};
	return call_exchange(c, &w, call_put_exchange, call_int_or(c, "wait", 0));
}

const struct method method_file_put = {
	.name = "file_put",
	.says = "Sends a MUD a text file.  The answer comes as a file_put_reply event.",
	.right = RIGHT_TELL,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"name", NULL, ARG_TEXT, true, 1, 1024, "its name there"},
		{"content", NULL, ARG_TEXT, true, 1, 262144, "the text"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who sends it"},
		{"wait", NULL, ARG_INT, false, 0, 120, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"requested\"; when waited for \"done\" or \"failed\""},
			{"request_id", "integer", "its number, as in the event"},
			{"from_mud", "string", "the MUD, when known"},
			{"name", "string", "when known"},
			{"error_message", "string", "why it failed"}, {0}},
	.run = run,
};
