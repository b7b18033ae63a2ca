// SPDX-License-Identifier: MIT
// The answer goes on as {user_info}, or as {} when there is nobody of that name.
#include "api/answer.h"

static bool run(struct call *c)
{
	static const struct answer_field fields[] = {{"name", .text = true},
		{"title", .text = true}, {"real_name", .text = true}, {"email", .text = true},
		{"login_time", .text = true, .number = true}, {"idle_time", .number = true},
		{"ip_address", .text = true}, {"level", .text = true, .number = true},
		{"extra", .text = true}, {0}};
	static const struct value nothing = {.type = VALUE_MAP};
	const struct value *info = call_value(c, "user_info");
	if (info && !answer_check(c, "user_info", "user_info", info, fields))
		return false;
	struct value pair[] = {value_str("user_info"), info ? *info : nothing};
	struct value answer = value_map(pair, call_bool(c, "found") ? 1 : 0);
	return answer_put(c, QUERY_FINGER, &answer);
}

const struct method method_finger_answer = {
	.name = "finger_answer",
	.says = "Answers a finger_request: what is known of the player.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){ANSWER_ARG,
		{"found", NULL, ARG_BOOL, true, 0, 0, "is there such a player?"},
		{"user_info", NULL, ARG_OBJECT, false, 0, 0,
			"{name, title, real_name, email, login_time, idle_time, ip_address, level, "
			"extra} as in finger_reply; absent members are told as unknown; idle_time "
			"-1 is not on"},
		{0}},
	.results = (const struct result_field[]){ANSWER_RESULT, {0}},
	.run = run,
};
