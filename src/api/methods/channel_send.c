// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct span from = call_text_or(c, "from_user", SPAN("Someone"));
	struct intent i = {.kind = INTENT_CHANNEL_MESSAGE,
		.from_user = from,
		.visname = call_text_or(c, "visname", from),
		.channel = call_text(c, "channel"),
		.text = call_text(c, "message")};
	if (!call_check_line(c, "message") || !call_submit(c, &i))
		return false;
	call_put_message_id(c, "channel", i.channel);
	return true;
}

const struct method method_channel_send = {
	.name = "channel_send",
	.says = "Says a line on a channel.  It comes back as an event to those who joined.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"message", NULL, ARG_TEXT, true, 1, 4000,
			"the text; channels.max_message_length may allow less"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who says it; \"Someone\" by default"},
		{"visname", NULL, ARG_TEXT, false, 0, 64,
			"the name as shown; from_user by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"sent\""},
		{"message_id", "string", "channel_CHANNEL_UNIXTIME_NUMBER: no two are alike"}, {0}},
	.run = run,
};
