// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct exchange_wish w = {.verb = EXCHANGE_NEWS_GROUPS,
		.from_user = call_text_or(c, "from_user", SPAN("*")),
		.mud = call_text(c, "target_mud")};
	return call_exchange(c, &w, call_put_exchange, call_int_or(c, "wait", 0));
}

const struct method method_news_groups = {
	.name = "news_groups",
	.says = "The newsgroups of a MUD, or of this one at once.  Another MUD answers with a "
		"news_groups_reply event.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, false, 0, 64,
					     "name of the MUD, any case; this one when left out"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who asks"},
		{"wait", NULL, ARG_INT, false, 0, 120, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"requested\"; when waited for \"done\" or \"failed\""},
			{"request_id", "integer", "its number, as in the event"},
			{"from_mud", "string", "the MUD, when known"},
			{"groups", "array", "{group, first, last}, when known"},
			{"error_message", "string", "why it failed"}, {0}},
	.run = run,
};
