// SPDX-License-Identifier: MIT
// tell: one player speaks to another.  6 visname, 7 message.
#include "i3/service.h"
#include "i3/talk.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	talk_hear(l, p, EVENT_TELL_RECEIVED);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return talk_submit(l, i, "tell", i->text);
}

const struct service service_tell = {
	.type = "tell",
	.elements = 8,
	.advertise = "tell",
	.offered = OFFERED(tell),
	.hear = hear,
	.intent = INTENT_TELL,
	.submit = submit,
};
