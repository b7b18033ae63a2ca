// SPDX-License-Identifier: MIT
// channel-m: a line on a channel.  6 channel, 7 visname, 8 message.  Our own come back from the
// router, and that is when our sessions hear them.
#include "i3/service.h"
#include "i3/talk.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	talk_hear_channel(l, p,
		&(struct talk_line){EVENT_CHANNEL_MESSAGE, packet_text(p, 7), packet_text(p, 8)});
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return talk_submit_channel(l, i, "channel-m", i->text);
}

const struct service service_channel_m = {
	.type = "channel-m",
	.elements = 9,
	.advertise = "channel",
	.offered = OFFERED(channel),
	.hear = hear,
	.intent = INTENT_CHANNEL_MESSAGE,
	.submit = submit,
};
