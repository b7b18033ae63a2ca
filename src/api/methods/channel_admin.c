// SPDX-License-Identifier: MIT
// Changes who may use a channel.  Lists are in the words of people: who is let in and who is kept
// out; what that means for the list the router keeps, the network's face knows.
#include "api/api.h"

enum { NAMES_MAX = 32, NAME_MAX_BYTES = 64 }; // all three lists fit one packet

static bool check_names(struct call *c, const char *field, size_t *n)
{
	const struct value *names = call_value(c, field);
	for (size_t i = 0; names && i < names->n; i++, ++*n) {
		struct span name = value_text(&names->at[i]);
		if (name.n == 0 || name.n > NAME_MAX_BYTES)
			return call_fail_say(c, ERROR_BAD_PARAM, field,
				"%s must hold names of MUDs, of 1 to %d bytes", field,
				NAME_MAX_BYTES);
	}
	return true;
}

static bool check(struct call *c)
{
	struct span channel = call_text(c, "channel");
	size_t n = 0;
	if (!check_names(c, "admit", &n) || !check_names(c, "ban", &n) ||
		!check_names(c, "remove", &n))
		return false;
	if (n == 0)
		return call_fail_say(c, ERROR_MISSING_PARAM, "admit",
			"Missing required parameter: one of admit, ban, remove");
	if (!roster_channel(&c->identity->roster, channel))
		return call_fail_say(c, ERROR_BAD_PARAM, "channel",
			"The network has no channel of this name: %.*s", (int)channel.n, channel.p);
	return true;
}

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, "requested");
	call_put(c, "channel", value_span(call_text(c, "channel")));
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_CHANNEL_ADMIN,
		.channel = call_text(c, "channel"),
		.admit = call_value(c, "admit"),
		.ban = call_value(c, "ban"),
		.remove = call_value(c, "remove")};
	struct answer_key key = {.kind = ANSWER_CHANNEL_ADMIN, .user = i.channel};
	return check(c) && call_request(c, &key, &i, fill);
}

const struct method method_channel_admin = {
	.name = "channel_admin",
	.says = "Changes which MUDs may use a channel that belongs to this one.  A channel of type "
		"0 "
		"has a list of the banned, the others one of the admitted.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"admit", NULL, ARG_ARRAY, false, 0, NAMES_MAX,
			"MUDs to let in: taken off the banned, or put on the admitted"},
		{"ban", NULL, ARG_ARRAY, false, 0, NAMES_MAX,
			"MUDs to keep out: put on the banned, or taken off the admitted"},
		{"remove", NULL, ARG_ARRAY, false, 0, NAMES_MAX,
			"MUDs to take off the list, whatever it means"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the router's word here"},
		{0}},
	.results = (const struct result_field[]){{"status", "string",
							 "\"requested\", and most routers say no "
							 "more; \"changed\" or \"refused\""},
		{"channel", "string", "the name"}, REFUSAL_RESULTS, {0}},
	.run = run,
};
