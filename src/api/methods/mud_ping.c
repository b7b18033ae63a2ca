// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, c->waited ? "silent" : "requested");
	if (!answer && c->waited)
		call_put(c, "alive", value_bool(false));
	call_put(c, "mud_name", value_span(call_text(c, "target_mud")));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_PING, .target_mud = call_text(c, "target_mud")};
	struct answer_key key = {.kind = ANSWER_PING, .mud = i.target_mud};
	return call_request(c, &key, &i, fill);
}

const struct method method_mud_ping = {
	.name = "mud_ping",
	.says = "Asks a MUD whether it is there.  The answer comes as a ping_reply event.  Not "
		"every "
		"MUD answers; one that refuses the question is there all the same.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case, or of the router"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answer here"}, {0}},
	.results = (const struct result_field[]){{"status", "string",
							 "\"requested\", \"alive\" or \"refused\"; "
							 "\"silent\" after a wait in vain"},
		{"mud_name", "string", "the MUD asked"},
		{"alive", "boolean", "whether it answered, when known or waited for"},
		{"rtt_ms", "integer", "milliseconds the answer took"}, REFUSAL_RESULTS, {0}},
	.run = run,
};
