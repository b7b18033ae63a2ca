// SPDX-License-Identifier: MIT
#include "api/method.h"

// A number, or its word.  -1: neither.
static int64_t gender_of(const struct value *v)
{
	if (!v)
		return PERSON_NEUTER;
	for (int64_t g = PERSON_MALE; g <= PERSON_NEUTER; g++)
		if (value_is_int(v) ? v->i == g : span_is(value_text(v), person_gender(g)))
			return g;
	return -1;
}

static bool run(struct call *c)
{
	struct span user = call_text(c, "user");
	struct intent i = {.kind = INTENT_USER_UPDATE,
		.target_user = user,
		.visname = call_text_or(c, "visname", user),
		.number = gender_of(call_value(c, "gender"))};
	if (i.number < 0)
		return call_fail_say(c, ERROR_BAD_PARAM, "gender",
			"gender must be 0, 1, 2, male, female or neuter");
	if (!call_submit(c, &i))
		return false;
	call_put_text(c, "status", "sent");
	return true;
}

const struct method method_user_update = {
	.name = "user_update",
	.says = "Tells all MUDs that keep such news (ucache) how a player of this MUD is called "
		"and "
		"of which gender.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){{"user", NULL, ARG_TEXT, true, 1, 64, "name of the player"},
		{"visname", NULL, ARG_TEXT, false, 0, 64, "the name as shown; user by default"},
		{"gender", NULL, ARG_SCALAR, false, 0, 16,
			"0 male, 1 female, 2 neuter, or the word; neuter by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"sent\""}, {0}},
	.run = run,
};
