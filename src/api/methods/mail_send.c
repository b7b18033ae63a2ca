// SPDX-License-Identifier: MIT
#include "api/api.h"

static void fill(struct call *c, const struct value *answer)
{
	if (answer) {
		call_put_exchange(c, answer);
		return;
	}
	call_put(c, "mail_id", value_int(c->number));
	call_put_text(c, "status", "accepted");
}

static bool run(struct call *c)
{
	struct exchange_wish w = {.verb = EXCHANGE_MAIL_SEND,
		.from_user = call_text(c, "from_user"),
		.to = call_value(c, "to"),
		.cc = call_value(c, "cc"),
		.subject = call_text(c, "subject"),
		.text = call_text(c, "message")};
	return call_exchange(c, &w, fill, 0);
}

const struct method method_mail_send = {
	.name = "mail_send",
	.says = "Sends mail to players of other MUDs.  It is kept until their MUD has taken it, "
		"for "
		"three days at most; a mail_status event per MUD says what became of it.",
	.right = RIGHT_TELL,
	.args = (const struct arg[]){{"to", NULL, ARG_ARRAY, true, 0, 100,
					     "recipients: \"user@mud\" or {mud, user}; with cc 100 "
					     "at 20 MUDs"},
		{"cc", NULL, ARG_ARRAY, false, 0, 100, "more of them"},
		{"subject", NULL, ARG_TEXT, false, 0, 256, "what it is about"},
		{"message", NULL, ARG_TEXT, true, 1, 65536, "the text"},
		{"from_user", NULL, ARG_TEXT, true, 1, 64, "who writes"}, {0}},
	.results =
		(const struct result_field[]){{"status", "string",
						      "\"queued\": it is in the store; "
						      "\"accepted\", in a batch: on its way there; "
						      "\"failed\": the store did not keep it"},
			{"mail_id", "integer", "its number, as in mail_status"},
			{"error_message", "string", "when it failed"}, {0}},
	.run = run,
};
