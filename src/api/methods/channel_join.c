// SPDX-License-Identifier: MIT
#include "api/method.h"

static bool run(struct call *c)
{
	struct span name = call_text(c, "channel");
	if (!channel_name_ok(name))
		return call_fail_say(c, ERROR_BAD_PARAM, "channel",
			"channel must be 1 to %d printable bytes without spaces", CHANNEL_NAME_MAX);
	switch (channel_join(c->session, name)) {
	case CHANNEL_TOO_MANY:
		return call_fail_say(c, ERROR_TOO_MANY, "channel",
			"Limit reached: a session may join %d channels", SESSION_CHANNELS_MAX);
	case CHANNEL_JOINED: call_tell_others(c, EVENT_CHANNEL_JOINED, name); break;
	case CHANNEL_ALREADY: break;
	}
	call_put_text(c, "status", "joined");
	call_put(c, "channel", value_span(name));
	return true;
}

const struct method method_channel_join = {
	.name = "channel_join",
	.says = "Begins to hear a channel.  Joining one twice, or one nobody knows yet, is fine.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"listen_only", NULL, ARG_BOOL, false, 0, 0,
			"accepted for older clients; joining is the same"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"joined\""},
		{"channel", "string", "the name"}, {0}},
	.run = run,
};
