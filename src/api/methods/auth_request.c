// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, "requested");
	call_put(c, "mud_name", value_span(call_text(c, "target_mud")));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_AUTH, .target_mud = call_text(c, "target_mud")};
	struct answer_key key = {.kind = ANSWER_AUTH, .mud = i.target_mud};
	if (span_caseeq(i.target_mud, span_str(c->identity->name)))
		return call_fail_say(c, ERROR_BAD_PARAM, "target_mud", "target_mud is this MUD");
	return call_request(c, &key, &i, fill);
}

const struct method method_auth_request = {
	.name = "auth_request",
	.says = "Asks a MUD for a key to one connection to its out-of-band port, good for ten "
		"minutes.  The answer comes as an auth_reply event.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answer here"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string", "\"requested\", \"granted\" or \"refused\""},
			{"mud_name", "string", "the MUD asked"},
			{"session_key", "integer", "the key, when granted"}, REFUSAL_RESULTS, {0}},
	.run = run,
};
