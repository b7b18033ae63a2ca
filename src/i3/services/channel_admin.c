// SPDX-License-Identifier: MIT
// channel-admin: changes the list of a channel of ours.  6 channel, 7 MUDs to put on it, 8 MUDs to
// take off.  What the list means depends on the channel's type: the banned of type 0, the admitted
// of the others.
#include "i3/request.h"
#include "i3/service.h"

// False: a name that is none.
static bool add(struct i3_link *l, struct value_list *to, const struct value *names)
{
	for (size_t i = 0; names && i < names->n; i++) {
		struct span name = text_clean_name(&l->arena, value_text(&names->at[i]));
		if (!name.n || name.n > TEXT_MUD_MAX)
			return false;
		value_push(to, value_span(outgoing_mud(l, name)));
	}
	return true;
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	const struct roster_channel *c = roster_channel(&l->identity->roster, i->channel);
	struct value_list on = {.arena = &l->arena}, off = {.arena = &l->arena};
	bool of_banned = c && c->type == 0;
	if (!c || !add(l, &on, of_banned ? i->ban : i->admit) ||
		!add(l, &off, of_banned ? i->admit : i->ban) || !add(l, &off, i->remove))
		return SENT_TOO_BIG;
	return request_channel(l, ANSWER_CHANNEL_ADMIN, i,
		&(struct outgoing){.type = "channel-admin",
			.body = {[1] = value_list_array(&on), [2] = value_list_array(&off)},
			.n = 3});
}

const struct service service_channel_admin = {
	.type = "channel-admin",
	.elements = 9,
	.intent = INTENT_CHANNEL_ADMIN,
	.submit = submit,
};
