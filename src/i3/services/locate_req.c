// SPDX-License-Identifier: MIT
// locate-req: where is this player?  Asked of everybody; only who has him answers.  6: user.
// Reply: 6 mud, 7 visname, 8 idle, 9 status.
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct presence *known = known_presence(l);
	const struct value *user = known ? presence_find(known, packet_text(p, 6)) : NULL;
	if (!user)
		return;
	struct span status = user_field(user, "status");
	answer_send(l, p, "locate-reply",
		(const struct value[]){value_span(our_name(l)),
			value_span(user_field(user, "name")), value_int(user_number(user, "idle")),
			status.n ? value_span(status) : value_int(0)},
		4);
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
