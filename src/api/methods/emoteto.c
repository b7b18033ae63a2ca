// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct span from = call_text_or(c, "from_user", SPAN("Someone"));
	struct intent i = {.kind = INTENT_EMOTETO,
		.from_user = from,
		.visname = from,
		.target_mud = call_text(c, "target_mud"),
		.target_user = call_text(c, "target_user"),
		.text = call_text(c, "emote")};
	if (!call_submit(c, &i))
		return false;
	call_put_message_id(c, "emoteto", i.target_mud);
	return true;
}

const struct method method_emoteto = {
	.name = "emoteto",
	.says = "Shows an emote to one player of another MUD.",
	.right = RIGHT_TELL,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"target_user", NULL, ARG_TEXT, true, 1, 64, "name of the player"},
		{"emote", "message", ARG_TEXT, true, 1, 4000,
			"the emote; $N stands for the sender"},
		{"from_user", NULL, ARG_TEXT, false, 0, 64, "who does it; \"Someone\" by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"sent\": it is on its way"},
		{"message_id", "string", "emoteto_MUD_UNIXTIME"}, {0}},
	.run = run,
};
