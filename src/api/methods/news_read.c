// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct exchange_wish w = {.verb = EXCHANGE_NEWS_READ,
		.from_user = call_text_or(c, "from_user", SPAN("*")),
		.mud = call_text(c, "target_mud"),
		.name = call_text(c, "group"),
		.number = call_int_or(c, "id", 0)};
	return call_exchange(c, &w, call_put_exchange, call_int_or(c, "wait", 0));
}

const struct method method_news_read = {
	.name = "news_read",
	.says = "One article of a newsgroup of a MUD, or of this one at once.  Another MUD answers "
		"with a news_read_reply event.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, false, 0, 64,
					     "name of the MUD, any case; this one when left out"},
		{"group", NULL, ARG_TEXT, true, 1, 64, "the newsgroup"},
		{"id", NULL, ARG_INT, true, 1, INT64_MAX, "number of the article"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who asks"},
		{"wait", NULL, ARG_INT, false, 0, 120, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"requested\"; when waited for \"done\" or \"failed\""},
			{"request_id", "integer", "its number, as in the event"},
			{"from_mud", "string", "the MUD, when known"},
			{"group", "string", "when known"}, {"id", "integer", "when known"},
			{"time", "integer", "when it was posted, seconds since 1970"},
			{"thread", "integer", "the article that began it"},
			{"subject", "string", "what it is about"},
			{"poster", "string", "who wrote it"}, {"message", "string", "the text"},
			{"error_message", "string", "why it failed"}, {0}},
	.run = run,
};
