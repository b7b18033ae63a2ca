// SPDX-License-Identifier: MIT
// Who is behind a name seen on a channel.  What was heard within the hour is not asked for again.
#include "api/api.h"
#include "api/moderate.h"
#include "base/clock.h"

static void put_names(struct call *c)
{
	call_put(c, "mud_name", value_span(call_text(c, "target_mud")));
	call_put(c, "user_name", value_span(call_text(c, "target_user")));
}

static void fill(struct call *c, const struct value *answer)
{
	call_put_reply(c, answer, "requested");
	put_names(c);
}

static void fill_known(struct call *c, const struct person *p)
{
	struct span visname = arena_span(c->arena, p->visname);
	call_put_text(c, "status", "requested");
	call_put(c, "visname", value_span(visname));
	call_put(c, "gender", value_int(p->gender));
	call_put_text(c, "gender_name", person_gender(p->gender));
	put_names(c);
}

static bool run(struct call *c)
{
	struct intent i = {.kind = INTENT_CHANNEL_USER,
		.target_mud = call_text(c, "target_mud"),
		.target_user = call_text(c, "target_user")};
	struct answer_key key = {ANSWER_CHANNEL_USER, i.target_mud, i.target_user};
	struct person_key of = {i.target_mud, i.target_user};
	const struct person *known = people_find(&c->identity->people, &of, clock_ms());
	struct intent let = i;
	if (!known)
		return call_ask(c, &key, &i, fill);
	if (!call_moderate(c, &let)) // not even from what is known
		return false;
	fill_known(c, known);
	return true;
}

const struct method method_channel_user = {
	.name = "channel_user",
	.says = "Asks a MUD who is behind a name seen on a channel.  The answer comes as a "
		"channel_user_reply event, or here when it is known.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"target_mud", NULL, ARG_TEXT, true, 1, 64,
					     "name of the MUD, any case"},
		{"target_user", "username", ARG_TEXT, true, 1, 64, "name of the player"},
		{"wait", NULL, ARG_INT, false, 0, 30, "seconds to wait for the answer here"}, {0}},
	.results = (const struct result_field[]){{"status", "string",
							 "\"requested\" or \"refused\""},
		{"mud_name", "string", "the MUD asked"}, {"user_name", "string", "the player"},
		{"visname", "string", "the name as shown, when known"},
		{"gender", "integer", "0, 1 or 2, when known"},
		{"gender_name", "string", "male, female or neuter, when known"}, REFUSAL_RESULTS,
		{0}},
	.run = run,
};
