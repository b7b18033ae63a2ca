// SPDX-License-Identifier: MIT
// auth-mud-req: asks for a key to an out-of-band link.  Sent to oneself it is the customary proof
// that the router is alive.
#include "i3/oob/oob.h"
#include "i3/request.h"
#include "i3/service.h"

static void give(struct i3_link *l, const struct packet *p)
{
	int64_t key = oob_give_key(l->i3->oob, l, p->originator_mud);
	if (key)
		answer_send(l, p, "auth-mud-reply", (const struct value[]){value_int(key)}, 1);
	else
		answer_error(l, p, "not-imp", "there are no out-of-band services here");
}

static void hear(struct i3_link *l, const struct packet *p)
{
	if (span_caseeq(p->originator_mud, our_name(l)))
		alive_looped(l);
	else if (p->target_mud.n)
		give(l, p);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	if (!i->target_mud.n)
		return SENT_TOO_BIG;
	return request_send(l, &(struct answer_key){.kind = ANSWER_AUTH, .mud = i->target_mud},
		&(struct outgoing){.type = "auth-mud-req", .mud = i->target_mud});
}

const struct service service_auth_mud_req = {
	.type = "auth-mud-req",
	.elements = PACKET_HEADER,
	.hear = hear,
	.intent = INTENT_AUTH,
	.submit = submit,
};
