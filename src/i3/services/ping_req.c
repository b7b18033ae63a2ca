// SPDX-License-Identifier: MIT
// ping-req: are you there?  A reply with a number in it, as others send.
#include "i3/request.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n)
		answer_send(l, p, "ping-reply", (const struct value[]){value_int(1)}, 1);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	if (!i->target_mud.n)
		return SENT_TOO_BIG;
	return request_send(l, &(struct answer_key){.kind = ANSWER_PING, .mud = i->target_mud},
		&(struct outgoing){.type = "ping-req", .mud = i->target_mud});
}

const struct service service_ping_req = {
	.type = "ping-req",
	.elements = PACKET_HEADER,
	.hear = hear,
	.intent = INTENT_PING,
	.submit = submit,
};
