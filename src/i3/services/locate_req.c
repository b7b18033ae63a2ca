// SPDX-License-Identifier: MIT
// locate-req: where is this player?  Asked of everybody; only who has him answers.  6: user.
// Reply: 6 mud, 7 visname, 8 idle, 9 status.
#include "i3/service.h"

enum { STATUS_MAX = 1024 }; // bytes: what presence takes, 256 characters

// The MUD says {found, name, idle, status}.
static enum sent answer(struct i3_link *l, const struct packet *p, const struct value *says)
{
	const struct value *found = says ? value_get(says, "found") : NULL;
	const struct value *user = says ? says : user_asked_for(l, p);
	if (!user || (found && !found->b))
		return SENT;
	struct span name = inquiry_name(l, user, "name");
	return answer_send(l, p, "locate-reply",
		(const struct value[]){value_span(our_name(l)),
			value_span(name.n ? name : outgoing_name(l, packet_text(p, 6))),
			value_int(user_number(user, "idle")),
			packet_name(inquiry_text(l, user, "status", STATUS_MAX))},
		4);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	inquiry_hear(l, p, &(struct inquiry_about){QUERY_LOCATE, "user"}, answer);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return outgoing_ask(l, i, &(struct outgoing_question){ANSWER_LOCATE, "locate-req"});
}

const struct service service_locate_req = {
	.type = "locate-req",
	.elements = 7,
	.advertise = "locate",
	.offered = OFFERED(locate),
	.hear = hear,
	.intent = INTENT_LOCATE,
	.submit = submit,
};
