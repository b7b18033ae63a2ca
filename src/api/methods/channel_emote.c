// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct span from = call_text_or(c, "from_user", SPAN("Someone"));
	struct intent i = {.kind = INTENT_CHANNEL_EMOTE,
		.from_user = from,
		.visname = call_text_or(c, "visname", from),
		.channel = call_text(c, "channel"),
		.text = call_text(c, "emote")};
	if (!call_check_line(c, "emote") || !call_submit(c, &i))
		return false;
	call_put_message_id(c, "channel_emote", i.channel);
	return true;
}

const struct method method_channel_emote = {
	.name = "channel_emote",
	.says = "Shows an emote on a channel.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"emote", "message", ARG_TEXT, true, 1, 4000,
			"the emote; $N stands for the sender; bounded like a message"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who does it; \"Someone\" by default"},
		{"visname", NULL, ARG_TEXT, false, 0, 64,
			"the name as shown; from_user by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"sent\""},
		{"message_id", "string", "channel_emote_CHANNEL_UNIXTIME_NUMBER: no two are alike"},
		{0}},
	.run = run,
};
