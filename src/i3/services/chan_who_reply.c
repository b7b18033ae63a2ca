// SPDX-License-Identifier: MIT
// chan-who-reply: 6 channel, 7 array of visnames.
#include "i3/service.h"

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct value *names = value_at(p->all, 7);
	struct value_list users = {.arena = &l->arena};
	size_t n = names->type == VALUE_ARRAY ? min_size(names->n, HEARD_USERS_MAX) : 0, bytes = 0;
	for (size_t i = 0; i < n && bytes < HEARD_USERS_BYTES; i++) {
		struct span name = heard_span(l, value_text(&names->at[i]));
		if (!value_is_str(&names->at[i]))
			continue;
		bytes += name.n;
		value_push(&users, value_span(name));
	}
	struct value all = value_list_array(&users);
	struct value_list params = event_new(l, p);
	event_text(l, &params, "channel", packet_text(p, 6));
	value_pair(&params, "users", all);
	event_publish(l, EVENT_CHANNEL_WHO_REPLY, &params);
	answers_put(&l->identity->answers,
		&(struct answer_key){ANSWER_CHANNEL, p->originator_mud, packet_text(p, 6)}, &all,
		clock_ms());
}

const struct service service_chan_who_reply = {
	.type = "chan-who-reply",
	.elements = 8,
	.hear = hear,
};
