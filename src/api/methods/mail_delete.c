// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct exchange_wish w = {
		.verb = EXCHANGE_MAIL_DELETE, .number = call_int_or(c, "mail_id", 0)};
	return call_exchange(c, &w, call_put_exchange, 0);
}

const struct method method_mail_delete = {
	.name = "mail_delete",
	.says = "Deletes a received mail, once it has reached its players.",
	.right = RIGHT_TELL,
	.args =
		(const struct arg[]){
			{"mail_id", NULL, ARG_INT, true, 1, INT64_MAX, "as in mail_list"}, {0}},
	.results =
		(const struct result_field[]){{"status", "string", "\"deleted\" or \"not_found\""},
			{"mail_id", "integer", "the mail"}, {0}},
	.run = run,
};
