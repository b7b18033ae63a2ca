// SPDX-License-Identifier: MIT
// who-req: who is on?
#include "i3/service.h"
#include "proto/lpc.h"

static struct value entry(struct i3_link *l, const struct value *user)
{
	struct buf text = {0};
	struct span title = user_field(user, "title");
	buf_printf(&text, "Level %lld - %.*s", (long long)user_number(user, "level"), (int)title.n,
		title.p);
	struct value_list one = {.arena = &l->arena};
	value_push(&one, value_span(user_field(user, "name")));
	value_push(&one, value_int(user_number(user, "idle")));
	value_push(&one, value_span(arena_span(&l->arena, buf_bytes(&text))));
	buf_fini(&text);
	return value_list_array(&one);
}

// As many as one packet holds.
static void hear(struct i3_link *l, const struct packet *p)
{
	const struct presence *known = known_presence(l);
	struct value_list who = {.arena = &l->arena};
	struct buf text = {.max = ANSWER_LIST_MAX};
	if (!p->target_mud.n)
		return;
	for (size_t i = 0; known && i < known->users.n; i++) {
		struct value one = entry(l, &known->users.at[i]);
		lpc_put(&text, &one);
		if (text.failed)
			break;
		value_push(&who, one);
	}
	buf_fini(&text);
	answer_send(l, p, "who-reply", (const struct value[]){value_list_array(&who)}, 1);
}

static enum sent submit(struct i3_link *l, const struct intent *i)
{
	if (!i->target_mud.n)
		return SENT_TOO_BIG;
	return outgoing_send(
		l, &(struct outgoing){
			   .type = "who-req", .from_user = i->from_user, .mud = i->target_mud});
}

const struct service service_who_req = {
	.type = "who-req",
	.elements = PACKET_HEADER,
	.advertise = "who",
	.offered = OFFERED(who),
	.hear = hear,
	.intent = INTENT_WHO,
	.submit = submit,
};
