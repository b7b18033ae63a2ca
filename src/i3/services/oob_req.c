// SPDX-License-Identifier: MIT
// oob-req: a MUD that cannot ask for keys announces an out-of-band link without one.
#include "i3/oob/oob.h"
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n && !oob_expect(l->i3->oob, l, p->originator_mud))
		answer_error(l, p, "not-imp", "there are no out-of-band services here");
}

const struct service service_oob_req = {
	.type = "oob-req",
	.elements = PACKET_HEADER,
	.hear = hear,
};
