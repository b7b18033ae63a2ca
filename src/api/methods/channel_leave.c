// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct span name = call_text(c, "channel");
	if (channel_leave(c->session, name))
		call_tell_others(c, EVENT_CHANNEL_LEFT, name);
	call_put_text(c, "status", "left");
	call_put(c, "channel", value_span(name));
	return true;
}

const struct method method_channel_leave = {
	.name = "channel_leave",
	.says = "Stops hearing a channel.  Other sessions of the same MUD go on hearing it.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"left\""},
		{"channel", "string", "the name"}, {0}},
	.run = run,
};
