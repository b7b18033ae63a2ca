// SPDX-License-Identifier: MIT
#include "api/api.h"

// After the wait without a word against it, the list decides.
static const char *so_far(const struct call *c)
{
	struct span name = call_text(c, "channel");
	const struct roster_channel *ch = roster_channel(&c->identity->roster, name);
	bool ours = ch && span_caseeq(span_str(ch->owner), span_str(c->identity->name)) &&
		    ch->type == call_int_or(c, "type", 0);
	return c->waited && ours ? "created" : "requested";
}

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, so_far(c));
	call_put(c, "channel", value_span(call_text(c, "channel")));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_CHANNEL_CREATE,
		.channel = call_text(c, "channel"),
		.number = call_int_or(c, "type", 0)};
	struct answer_key key = {.kind = ANSWER_CHANNEL_ADD, .user = i.channel};
	if (!channel_name_ok(i.channel))
		return call_fail_say(c, ERROR_BAD_PARAM, "channel",
			"channel must be 1 to %d printable bytes without spaces", CHANNEL_NAME_MAX);
	return call_request(c, &key, &i, fill);
}

const struct method method_channel_create = {
	.name = "channel_create",
	.says = "Makes a channel that belongs to this MUD, or changes the type of one.  What the "
		"router has against it comes as an error_occurred event, or here.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"type", NULL, ARG_INT, false, 0, 2,
			"0: for all but the banned (default); 1: for the admitted; 2: for the "
			"admitted, through a filter"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the router's word here"},
		{0}},
	.results =
		(const struct result_field[]){
			{"status", "string", "\"requested\", \"created\" or \"refused\""},
			{"channel", "string", "the name"}, REFUSAL_RESULTS, {0}},
	.run = run,
};
