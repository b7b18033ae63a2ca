// SPDX-License-Identifier: MIT
// channel-e: an emote on a channel.  6 channel, 7 visname, 8 message with $N for who does it.
#include "i3/service.h"
#include "i3/talk.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	talk_hear_channel(l, p,
		&(struct talk_line){EVENT_CHANNEL_EMOTE, packet_text(p, 7), packet_text(p, 8)});
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	return talk_submit_channel(l, i, "channel-e", talk_emote(l, i->text));
}

const struct service service_channel_e = {
	.type = "channel-e",
	.elements = 9,
	.offered = OFFERED(channel),
	.hear = hear,
	.intent = INTENT_CHANNEL_EMOTE,
	.submit = submit,
};
