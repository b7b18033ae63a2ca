// SPDX-License-Identifier: MIT
// who-req: who is on?  Reply: 6 array of ({visname, idle, extra}).
#include "i3/service.h"
#include "proto/lpc.h"

enum { TITLE_MAX = 1024 }; // bytes: what presence takes, 256 characters

struct who {
	struct value_list list;
	struct buf text; // of what is in it: as much as one packet holds
};

// "Level 12 - the Builder" is what others send, and read.
static struct value extra_of(struct i3_link *l, const struct value *user)
{
	struct buf text = {0};
	struct span extra = inquiry_text(l, user, "extra", TITLE_MAX);
	struct span title = inquiry_text(l, user, "title", TITLE_MAX);
	if (extra.n)
		return value_span(extra);
	buf_printf(&text, "Level %lld - %.*s", (long long)user_number(user, "level"), (int)title.n,
		title.p);
	struct value v = value_span(arena_span(&l->arena, buf_bytes(&text)));
	buf_fini(&text);
	return v;
}

static bool add(struct i3_link *l, struct who *who, const struct value *user)
{
	struct value_list one = {.arena = &l->arena};
	value_push(&one, value_span(inquiry_name(l, user, "name")));
	value_push(&one, value_int(user_number(user, "idle")));
	value_push(&one, extra_of(l, user));
	struct value entry = value_list_array(&one);
	lpc_put(&who->text, &entry);
	if (!who->text.failed)
		value_push(&who->list, entry);
	return !who->text.failed;
}

static enum sent answer(struct i3_link *l, const struct packet *p, const struct value *users)
{
	const struct presence *known = users ? NULL : known_presence(l);
	struct who who = {.list.arena = &l->arena, .text.max = ANSWER_LIST_MAX};
	bool room = true;
	for (size_t i = 0; users && i < users->n && room; i++)
		room = add(l, &who, &users->at[i]);
	struct map_at at = known ? map_first(&known->users) : (struct map_at){0};
	for (; at.value && room; at = map_next(at))
		room = add(l, &who, presence_facts(at));
	buf_fini(&who.text);
	return answer_send(
		l, p, "who-reply", (const struct value[]){value_list_array(&who.list)}, 1);
}

static void hear(struct i3_link *l, const struct packet *p)
{
	if (p->target_mud.n)
		inquiry_hear(l, p, &(struct inquiry_about){QUERY_WHO, NULL}, answer);
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
