// SPDX-License-Identifier: MIT
// ping-req: are you there?  A reply with a number in it, as others send.
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n)
		answer_send(l, p, "ping-reply", (const struct value[]){value_int(1)}, 1);
}

const struct service service_ping_req = {
	.type = "ping-req",
	.elements = PACKET_HEADER,
	.hear = hear,
};
