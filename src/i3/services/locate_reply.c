// SPDX-License-Identifier: MIT
// locate-reply: 6 mud, 7 visname, 8 idle, 9 status; older protocols end after 7.  Several MUDs may
// answer one question; what nobody asked is dropped.
#include "i3/service.h"

enum { LOCATIONS_MAX = 64 };

static void remember(struct i3_link *l, const struct answer_key *key, struct value found)
{
	struct answers *a = &l->identity->answers;
	const struct value *had = answers_find(a, key, clock_ms());
	struct value_list all = {.arena = &l->arena};
	for (size_t i = 0; had && i < had->n && i < LOCATIONS_MAX; i++)
		value_push(&all, had->at[i]);
	value_push(&all, found);
	struct value locations = value_list_array(&all);
	struct value copy = value_copy(&l->arena, &locations); // the old answer dies in put
	answers_put(a, key, &copy, clock_ms());
}

static void hear(struct i3_link *l, const struct packet *p)
{
	struct buf user = {0};
	struct answer_key key = {.kind = ANSWER_LOCATE, .user = packet_text(p, 7)};
	if (!asked_take(&l->asked, &(struct asked_by){key, p->target_user}, clock_ms(), &user))
		return;
	struct value mud = value_span(heard_text(l, p, 6)), who = value_span(heard_text(l, p, 7));
	struct value idle = value_int(heard_int(value_at(p->all, 8)));
	struct value status = value_span(heard_text(l, p, 9));
	struct value_list params = event_new(l, p);
	value_pair(&params, "located_mud", mud);
	value_pair(&params, "located_user", who);
	value_pair(&params, "idle", idle);
	value_pair(&params, "status", status);
	event_publish(l, EVENT_LOCATE_REPLY, &params);
	struct value_list found = {.arena = &l->arena};
	value_pair(&found, "name", who);
	value_pair(&found, "mud", mud);
	value_pair(&found, "user", who);
	value_pair(&found, "idle", idle);
	value_pair(&found, "status", status);
	key.user = buf_bytes(&user);
	remember(l, &key, value_list_map(&found));
	buf_fini(&user);
}

const struct service service_locate_reply = {
	.type = "locate-reply",
	.elements = 8,
	.hear = hear,
};
