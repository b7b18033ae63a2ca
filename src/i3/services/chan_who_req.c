// SPDX-License-Identifier: MIT
// chan-who-req: who listens to a channel on one MUD?  6: channel.  Reply: 6 channel, 7 array of
// visnames.  Which of our players do only our MUD knows; while it does not say, and listens,
// everybody it has named counts.
#include "i3/service.h"

struct names {
	struct value_list list;
	size_t bytes; // as text, every letter escaped
};

static bool add(struct names *names, struct span name)
{
	names->bytes += 2 * name.n + 4;
	if (names->bytes >= ANSWER_LIST_MAX)
		return false;
	value_push(&names->list, value_span(name));
	return true;
}

static void add_said(struct i3_link *l, struct names *names, const struct value *users)
{
	bool room = true;
	for (size_t i = 0; i < users->n && room; i++)
		room = add(names, outgoing_name(l, value_text(&users->at[i])));
}

static void add_present(struct i3_link *l, struct names *names, struct span channel)
{
	const struct channel *c = channel_find(l->identity, channel);
	const struct presence *known = known_presence(l);
	bool room = c && c->n_members && known;
	for (struct map_at at = map_first(&l->identity->presence.users); at.value && room;
		at = map_next(at))
		room = add(names, user_field(presence_facts(at), "name"));
}

static enum sent answer(struct i3_link *l, const struct packet *p, const struct value *users)
{
	struct names names = {.list.arena = &l->arena};
	if (users)
		add_said(l, &names, users);
	else
		add_present(l, &names, packet_text(p, 6));
	return answer_send(l, p, "chan-who-reply",
		(const struct value[]){
			value_span(packet_text(p, 6)), value_list_array(&names.list)},
		2);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n)
		inquiry_hear(l, p, &(struct inquiry_about){QUERY_CHANNEL_WHO, "channel"}, answer);
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
