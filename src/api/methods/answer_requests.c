// SPDX-License-Identifier: MIT
// Which requests of the network this session answers itself.  A session that says nothing about a
// kind leaves it as it was.
#include "api/method.h"

static bool may(const struct call *c, enum query_kind kind)
{
	return rights_cover(c->session->rights, event_rows[query_rows[kind].event].right);
}

// *wants as the arguments say.
static bool take(struct call *c, unsigned *wants)
{
	for (int kind = 0; kind < QUERY_COUNT; kind++) {
		const struct query_row *row = &query_rows[kind];
		if (!call_value(c, row->name))
			continue;
		if (!call_bool(c, row->name))
			*wants &= ~(1u << kind);
		else if (may(c, kind))
			*wants |= 1u << kind;
		else
			return call_fail_say(c, ERROR_RIGHT, row->name,
				"Permission denied: %s needs \"%s\"", row->name,
				rights_name(event_rows[row->event].right));
	}
	return true;
}

static bool run(struct call *c)
{
	unsigned wants = c->session->wants;
	struct value_list on = {.arena = c->arena};
	if (!take(c, &wants))
		return false;
	c->session->wants = wants;
	queries_unwanted(c->identity);
	for (int kind = 0; kind < QUERY_COUNT; kind++)
		if (wants & 1u << kind && may(c, kind)) // a reload may have taken the right
			value_push(&on, value_str(query_rows[kind].name));
	call_put_text(c, "status", "success");
	call_put(c, "requests", value_list_array(&on));
	return true;
}

const struct method method_answer_requests = {
	.name = "answer_requests",
	.says = "Says which questions of other MUDs this session answers itself; without "
		"arguments, only tells.  Each comes as an event with a request_id; the first "
		"answer counts, and when none comes in time the daemon answers from presence, "
		"as it does for kinds that no session wants.",
	.args = (const struct arg[]){{"who", NULL, ARG_BOOL, false, 0, 0,
					     "who_request events, answered with who_answer"},
		{"finger", NULL, ARG_BOOL, false, 0, 0,
			"finger_request events, answered with finger_answer"},
		{"locate", NULL, ARG_BOOL, false, 0, 0,
			"locate_request events, answered with locate_answer"},
		{"channel_who", NULL, ARG_BOOL, false, 0, 0,
			"channel_who_request events, answered with channel_who_answer"},
		{"channel_user", NULL, ARG_BOOL, false, 0, 0,
			"channel_user_request events, answered with channel_user_answer"},
		{"channel_filter", NULL, ARG_BOOL, false, 0, 0,
			"channel_filter events of filtered channels this MUD owns, answered with "
			"channel_filter_answer; a line without an answer is not published"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"requests", "array", "names of those that are on"}, {0}},
	.run = run,
};
