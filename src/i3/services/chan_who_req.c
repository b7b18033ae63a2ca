// SPDX-License-Identifier: MIT
// chan-who-req: who listens to a channel on one MUD?  6: channel.  Which of our players do only our
// MUD knows, so while it listens everybody it has named counts.
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct channel *c = channel_find(l->identity, packet_text(p, 6));
	const struct presence *known = known_presence(l);
	struct value_list names = {.arena = &l->arena};
	size_t bytes = 0;
	if (!p->target_mud.n)
		return;
	for (size_t i = 0; c && c->n_members && known && i < known->users.n; i++) {
		struct span name = user_field(&known->users.at[i], "name");
		bytes += 2 * name.n + 4;
		if (bytes < ANSWER_LIST_MAX)
			value_push(&names, value_span(name));
	}
	answer_send(l, p, "chan-who-reply",
		(const struct value[]){value_span(packet_text(p, 6)), value_list_array(&names)}, 2);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	struct span channel = i->channel;
	if (!outgoing_fits(l, &channel, CHANNEL_NAME_MAX) || !i->target_mud.n)
		return SENT_TOO_BIG;
	return outgoing_send(l, &(struct outgoing){.type = "chan-who-req",
					.from_user = i->from_user,
					.mud = i->target_mud,
					.body = {value_span(channel)},
					.n = 1});
}

const struct service service_chan_who_req = {
	.type = "chan-who-req",
	.elements = 7,
	.offered = OFFERED(channel),
	.hear = hear,
	.intent = INTENT_CHANNEL_WHO,
	.submit = submit,
};
