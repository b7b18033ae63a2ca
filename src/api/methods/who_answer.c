// SPDX-License-Identifier: MIT
#include "api/answer.h"

static bool check_user(struct call *c, size_t i, const struct value *user)
{
	static const struct answer_field fields[] = {{"name", .text = true},
		{"idle", .number = true}, {"level", .number = true}, {"title", .text = true},
		{"extra", .text = true}, {0}};
	char which[32];
	snprintf(which, sizeof which, "users %zu", i);
	if (!answer_check(c, "users", which, user, fields))
		return false;
	const struct value *name = value_get(user, "name");
	if (name && value_text(name).n)
		return true;
	return call_fail_say(c, ERROR_BAD_PARAM, "users", "%s requires a name", which);
}

static bool run(struct call *c)
{
	const struct value *users = call_value(c, "users");
	for (size_t i = 0; i < users->n; i++)
		if (!check_user(c, i, &users->at[i]))
			return false;
	return answer_put(c, QUERY_WHO, users);
}

const struct method method_who_answer = {
	.name = "who_answer",
	.says = "Answers a who_request: who is on.  As many are sent as one packet holds.",
	.right = RIGHT_INFO,
	.args = (const struct arg[]){ANSWER_ARG,
		{"users", NULL, ARG_ARRAY, true, 0, ANSWER_USERS_MAX,
			"{name, idle, level, title, extra}, may be empty; extra is what others "
			"show behind the name, \"Level 12 - title\" when absent"},
		{0}},
	.results = (const struct result_field[]){ANSWER_RESULT, {0}},
	.run = run,
};
