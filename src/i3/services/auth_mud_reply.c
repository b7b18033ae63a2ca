// SPDX-License-Identifier: MIT
// auth-mud-reply: 6 the key for one connection to the sender's out-of-band port, good for ten minutes.
// What nobody asked for is dropped.
#include "i3/oob/oob.h"
#include "i3/request.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	struct answer_key key = {.kind = ANSWER_AUTH, .mud = p->originator_mud};
	struct value session_key = value_int(heard_int(value_at(p->all, 6)));
	struct value_list params = {.arena = &l->arena}, answer = {.arena = &l->arena};
	uint64_t ms;
	oob_take_key(l->i3->oob, l, p->originator_mud, session_key.i);
	if (!request_done(l, &key, &ms))
		return;
	event_name(l, &params, "from_mud", p->originator_mud);
	value_pair(&params, "session_key", session_key);
	event_publish(l, EVENT_AUTH_REPLY, &params);
	value_pair(&answer, "status", value_str("granted"));
	value_pair(&answer, "session_key", session_key);
	request_answer(l, &key, &answer);
}

const struct service service_auth_mud_reply = {
	.type = "auth-mud-reply",
	.elements = 7,
	.hear = hear,
};
