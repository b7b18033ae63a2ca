// SPDX-License-Identifier: MIT
// emoteto: an emote for one player.  6 visname, 7 message with $N for who does it.
#include "i3/service.h"
#include "i3/talk.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	talk_hear(l, p, EVENT_EMOTETO_RECEIVED);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return talk_submit(l, i, "emoteto", talk_emote(l, i->text));
}

const struct service service_emoteto = {
	.type = "emoteto",
	.elements = 8,
	.advertise = "emoteto",
	.offered = OFFERED(emoteto),
	.hear = hear,
	.intent = INTENT_EMOTETO,
	.submit = submit,
};
