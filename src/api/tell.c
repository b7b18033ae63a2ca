// SPDX-License-Identifier: MIT
// What becomes of a tell.  Nobody on the network says that one has arrived: silence is all there is
// to hope for, so what was not refused in time is "delivered?", with the question mark.
#include "api/api.h"
#include "base/clock.h"

static void fill(struct call *c, const struct value *refusal)
{
	call_put_reply(c, call_refusal(c, refusal), c->waited ? "delivered?" : "sent");
	call_put(c, "message_id", value_span(c->message_id));
}

bool call_tell(struct call *c, enum intent_kind kind, const char *text)
{
	struct span from = call_text_or(c, "from_user", SPAN("Someone"));
	struct intent i = {.kind = kind,
		.from_user = from,
		.visname = from,
		.target_mud = call_text(c, "target_mud"),
		.target_user = call_text(c, "target_user"),
		.text = text ? call_text(c, text) : (struct span){0}};
	call_name_message(c, c->method->name, i.target_mud);
	i.message_id = c->message_id;
	struct answer_key key = {.kind = ANSWER_TELL, .user = c->message_id};
	if (!call_submit(c, &i))
		return false;
	// The router in this process refuses at once; who does not wait is told by the event.
	const struct value *refusal =
		call_int_or(c, "wait", 0) > 0
			? answers_find(&c->identity->answers, &key, clock_ms())
			: NULL;
	if (refusal || !call_wait(c, &key, fill, call_int_or(c, "wait", 0)))
		fill(c, refusal);
	return true;
}
