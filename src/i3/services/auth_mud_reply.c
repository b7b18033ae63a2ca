// SPDX-License-Identifier: MIT
// auth-mud-reply: 6 the key to an out-of-band link.
#include "i3/oob/oob.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	oob_take_key(l->i3->oob, l, p->originator_mud, packet_int(p, 6));
}

const struct service service_auth_mud_reply = {
	.type = "auth-mud-reply",
	.elements = 7,
	.hear = hear,
};
