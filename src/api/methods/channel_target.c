// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct span from = call_text_or(c, "from_user", SPAN("Someone"));
	struct span to = call_text(c, "target_user");
	struct intent i = {.kind = INTENT_CHANNEL_TARGET,
		.from_user = from,
		.visname = call_text_or(c, "visname", from),
		.target_mud = call_text(c, "target_mud"),
		.target_user = to,
		.target_visname = call_text_or(c, "target_visname", to),
		.channel = call_text(c, "channel"),
		.text = call_text(c, "message_target"),
		.text_others = call_text(c, "message_others")};
	if (!call_check_line(c, "message_others") || !call_check_line(c, "message_target") ||
		!call_submit(c, &i))
		return false;
	call_put_message_id(c, "channel_target", i.channel);
	return true;
}

const struct method method_channel_target = {
	.name = "channel_target",
	.says = "Shows an emote on a channel that is aimed at one player: he reads one text, "
		"everybody else another.  All hear it as a channel_emote event with target_mud.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"target_mud", NULL, ARG_TEXT, true, 1, 64, "name of the target's MUD, any case"},
		{"target_user", NULL, ARG_TEXT, true, 1, 64, "name of the target"},
		{"message_others", NULL, ARG_TEXT, true, 1, 4000,
			"what the others read; $N stands for the sender, $O for the target"},
		{"message_target", NULL, ARG_TEXT, true, 1, 4000,
			"what the target reads; both are bounded like a message"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who does it; \"Someone\" by default"},
		{"visname", NULL, ARG_TEXT, false, 0, 64,
			"the name as shown; from_user by default"},
		{"target_visname", NULL, ARG_TEXT, false, 0, 64,
			"the target's name as shown; target_user by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"sent\""},
		{"message_id", "string",
			"channel_target_CHANNEL_UNIXTIME_NUMBER: no two are alike"},
		{0}},
	.run = run,
};
