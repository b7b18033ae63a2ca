// SPDX-License-Identifier: MIT
// chan-user-req: who is behind a name seen on a channel?  6: user.
// Reply: 6 user, 7 visname, 8 gender (0 male, 1 female, 2 neuter).
#include "i3/request.h"
#include "i3/service.h"

// The MUD says {found, visname, gender}; presence knows no gender.
static enum sent answer(struct i3_link *l, const struct packet *p, const struct value *says)
{
	const struct value *found = says ? value_get(says, "found") : NULL;
	const struct value *gender = says ? value_get(says, "gender") : NULL;
	const struct value *user = says ? says : user_asked_for(l, p);
	if (!user || (found && !found->b))
		return answer_absent(l, p);
	struct span name = inquiry_name(l, user, says ? "visname" : "name");
	return answer_send(l, p, "chan-user-reply",
		(const struct value[]){value_span(packet_text(p, 6)),
			value_span(name.n ? name : outgoing_name(l, packet_text(p, 6))),
			gender && value_is_int(gender) ? *gender : value_int(PERSON_NEUTER)},
		3);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n)
		inquiry_hear(l, p, &(struct inquiry_about){QUERY_CHANNEL_USER, "user"}, answer);
}

// The packet has no place for who asks.
static enum sent submit(struct i3_link *l, const struct intent *i)
{
	struct span user = i->target_user;
	if (!i->target_mud.n || !outgoing_fits(l, &user, TEXT_USER_MAX))
		return SENT_TOO_BIG;
	user = text_lower(&l->arena, user);
	return request_send(l, &(struct answer_key){ANSWER_CHANNEL_USER, i->target_mud, user},
		&(struct outgoing){.type = "chan-user-req",
			.mud = i->target_mud,
			.body = {value_span(user)},
			.n = 1});
}

const struct service service_chan_user_req = {
	.type = "chan-user-req",
	.elements = 7,
	.offered = OFFERED(channel),
	.hear = hear,
	.intent = INTENT_CHANNEL_USER,
	.submit = submit,
};
