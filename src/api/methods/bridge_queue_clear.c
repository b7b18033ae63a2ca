// SPDX-License-Identifier: MIT
#include "api/operate.h"
#include "base/log.h"

static bool run(struct call *c)
{
	struct bridging *b = call_bridging(c);
	struct span channel = call_text(c, "channel_id");
	enum bridging_towards towards;
	uint64_t cleared;
	if (!b)
		return false;
	if (!bridging_read(call_text(c, "towards"), &towards))
		return call_fail_say(
			c, ERROR_BAD_PARAM, "towards", "towards must be \"bots\" or \"mods\"");
	const char *why = b->ops->clear(b, channel, towards, &cleared);
	if (why)
		return call_fail_say(c, ERROR_BAD_PARAM, "channel_id", "%s", why);
	log_info("bridge_queue_clear", log_str("by", c->identity->name),
		log_span("channel", channel), log_str("towards", bridging_word(towards)),
		log_int("messages", (int64_t)cleared));
	call_put_text(c, "status", "cleared");
	call_put(c, "cleared", value_int((int64_t)cleared));
	return true;
}

const struct method method_bridge_queue_clear = {
	.name = "bridge_queue_clear",
	.says = "Drops all that waits in one durable queue of the bridge.  Its receivers are told "
		"how many messages they have lost.",
	.right = RIGHT_BRIDGE,
	.args = (const struct arg[]){{"channel_id", NULL, ARG_TEXT, true, 1, BRIDGING_CHANNEL_MAX,
					     "the bridge's channel"},
		{"towards", NULL, ARG_TEXT, true, 1, 8,
			"\"bots\": what mods have said, or \"mods\""},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"cleared\""},
		{"cleared", "integer", "how many messages waited"}, {0}},
	.run = run,
};
