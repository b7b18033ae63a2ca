// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct exchange_wish w = {.verb = EXCHANGE_MAIL_LIST,
		.number = call_int_or(c, "after", 0),
		.limit = call_int_or(c, "limit", 0)};
	return call_exchange(c, &w, call_put_exchange, 0);
}

const struct method method_mail_list = {
	.name = "mail_list",
	.says = "Mail that other MUDs sent to players of this one, oldest first.",
	.right = RIGHT_TELL,
	.args =
		(const struct arg[]){
			{"after", NULL, ARG_INT, false, 0, INT64_MAX,
				"only those behind this mail_id: next of the page before"},
			{"limit", NULL, ARG_INT, false, 1, 100, "at most so many; 20 by default"},
			{0}},
	.results =
		(const struct result_field[]){{"mails", "array",
						      "{mail_id, from_mud, from_user, users, to, "
						      "cc, subject, message, sent_at}"},
			{"count", "integer", "how many these are"},
			{"next", "integer", "when there are more: after of the next page"}, {0}},
	.run = run,
};
