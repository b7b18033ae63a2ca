// SPDX-License-Identifier: MIT
// chan-adminlist-reply: 6 channel, 7 array of the MUDs on its list.
#include "i3/request.h"
#include "i3/service.h"

static struct value muds_of(struct i3_link *l, const struct value *names)
{
	struct value_list muds = {.arena = &l->arena};
	size_t n = names->type == VALUE_ARRAY ? min_size(names->n, HEARD_USERS_MAX) : 0, bytes = 0;
	for (size_t i = 0; i < n && bytes < HEARD_USERS_BYTES; i++) {
		struct span name = heard_name(l, value_text(&names->at[i]));
		if (!name.n)
			continue;
		bytes += name.n;
		value_push(&muds, value_span(name));
	}
	return value_list_array(&muds);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	struct answer_key key = {.kind = ANSWER_CHANNEL_ADMINS, .user = packet_text(p, 6)};
	struct value muds = muds_of(l, value_at(p->all, 7));
	struct value_list params = {.arena = &l->arena}, answer = {.arena = &l->arena};
	uint64_t ms;
	if (!from_router(l, p))
		return;
	event_name(l, &params, "channel", packet_text(p, 6));
	value_pair(&params, "muds", muds);
	event_publish(l, EVENT_CHANNEL_ADMIN_LIST, &params);
	if (!request_done(l, &key, &ms))
		return;
	value_pair(&answer, "status", value_str("success"));
	value_pair(&answer, "muds", muds);
	request_answer(l, &key, &answer);
}

const struct service service_chan_adminlist_reply = {
	.type = "chan-adminlist-reply",
	.elements = 8,
	.offered = OFFERED(channel),
	.hear = hear,
};
