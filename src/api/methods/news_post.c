// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct exchange_wish w = {.verb = EXCHANGE_NEWS_POST,
		.from_user = call_text(c, "from_user"),
		.mud = call_text(c, "target_mud"),
		.name = call_text(c, "group"),
		.subject = call_text(c, "subject"),
		.text = call_text(c, "message"),
		.number = call_int_or(c, "thread", 0)};
	return call_exchange(c, &w, call_put_exchange, call_int_or(c, "wait", 0));
}

const struct method method_news_post = {
	.name = "news_post",
	.says = "Posts to a newsgroup of a MUD, or of this one, where it makes the group if need "
		"be.  Another MUD answers with a news_post_reply event.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, false, 0, 64,
					     "name of the MUD, any case; this one when left out"},
		{"group", NULL, ARG_TEXT, true, 1, 64, "the newsgroup"},
		{"subject", NULL, ARG_TEXT, false, 0, 256, "what it is about"},
		{"message", NULL, ARG_TEXT, true, 1, 65536, "the text"},
		{"from_user", NULL, ARG_TEXT, true, 1, 64, "who writes"},
		{"thread", NULL, ARG_INT, false, 0, INT64_MAX,
			"the article that began the thread; a new one by default"},
		{"wait", NULL, ARG_INT, false, 0, 120, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){{"status", "string",
						      "\"posted\" here; elsewhere \"requested\", "
						      "when waited for \"done\"; or \"failed\""},
			{"request_id", "integer", "its number, as in the event"},
			{"from_mud", "string", "the MUD, when known"},
			{"group", "string", "when known"},
			{"id", "integer", "number of the article, when known"},
			{"error_message", "string", "why it failed"}, {0}},
	.run = run,
};
