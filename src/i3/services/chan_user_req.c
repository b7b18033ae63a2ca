// SPDX-License-Identifier: MIT
// chan-user-req: who is behind a name seen on a channel?  6: user.
// Reply: 6 user, 7 visname, 8 gender (0 male, 1 female, 2 neuter).
#include "i3/service.h"

enum { GENDER_NEUTER = 2 }; // presence does not tell

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct value *user = user_asked_for(l, p);
	if (!user)
		return;
	answer_send(l, p, "chan-user-reply",
		(const struct value[]){value_span(packet_text(p, 6)),
			value_span(user_field(user, "name")), value_int(GENDER_NEUTER)},
		3);
}

const struct service service_chan_user_req = {
	.type = "chan-user-req",
	.elements = 7,
	.offered = OFFERED(channel),
	.hear = hear,
};
