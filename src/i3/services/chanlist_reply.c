// SPDX-License-Identifier: MIT
// chanlist-reply: 6 id, 7 mapping of channel to 0 (gone) or ({host mud, type}).  Some routers write
// the type of a fresh channel as an empty array: anything but a number is type 0.
#include "i3/request.h"
#include "i3/service.h"

static bool changed(const struct roster_channel *c, struct span owner, int64_t type)
{
	return !c || c->type != type || !span_is(owner, c->owner);
}

// The list is how a router says that it did what we asked for.
static void settle(struct i3_link *l, enum answer_kind kind, struct span name, const char *status)
{
	struct answer_key key = {.kind = kind, .user = name};
	struct value_list answer = {.arena = &l->arena};
	uint64_t ms;
	if (!request_done(l, &key, &ms))
		return;
	value_pair(&answer, "status", value_str(status));
	request_answer(l, &key, &answer);
}

static void hear_one(struct i3_link *l, struct span name, const struct value *v)
{
	struct roster *r = &l->identity->roster;
	if (!name.n || name.n > CHANNEL_NAME_MAX)
		return;
	if (v->type != VALUE_ARRAY) {
		roster_drop_channel(r, name);
		settle(l, ANSWER_CHANNEL_REMOVE, name, "removed");
		return;
	}
	struct span owner = heard_span(l, value_text(value_at(v, 0)));
	const struct value *type = value_at(v, 1);
	int64_t kind = type->type == VALUE_INT ? type->i : 0;
	if (changed(roster_channel(r, name), owner, kind))
		listens_changed(l, name);
	roster_put_channel(r, name, owner, kind);
	if (span_caseeq(owner, our_name(l)))
		settle(l, ANSWER_CHANNEL_ADD, name, "created");
}

static void hear(struct i3_link *l, const struct packet *p)
{
	const struct value *list = value_at(p->all, 7);
	if (!from_router(l, p) || list->type != VALUE_MAP)
		return;
	for (size_t i = 0; i < list->n; i++)
		hear_one(l, value_text(&list->at[2 * i]), &list->at[2 * i + 1]);
	l->identity->roster.chanlist_id = packet_int(p, 6);
	listens_chanlist(l);
}

const struct service service_chanlist_reply = {
	.type = "chanlist-reply",
	.elements = 8,
	.early = true,
	.hear = hear,
};
