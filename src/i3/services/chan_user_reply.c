// SPDX-License-Identifier: MIT
// chan-user-reply: who is behind a name.  6 user, 7 visname, 8 gender.
#include "i3/person.h"
#include "i3/request.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	struct answer_key key = {ANSWER_CHANNEL_USER, p->originator_mud, packet_text(p, 6)};
	struct value_list params = person_heard(l, p), answer = {.arena = &l->arena};
	uint64_t ms;
	event_publish(l, EVENT_CHANNEL_USER_REPLY, &params);
	if (!request_done(l, &key, &ms))
		return;
	value_pair(&answer, "status", value_str("requested"));
	person_facts(&params, &answer);
	request_answer(l, &key, &answer);
}

const struct service service_chan_user_reply = {
	.type = "chan-user-reply",
	.elements = 9,
	.hear = hear,
};
