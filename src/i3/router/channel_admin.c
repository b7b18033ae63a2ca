// SPDX-License-Identifier: MIT
// What MUDs do with channels of their own: add them, change their type and their list, remove them.
// Success is not answered; a change of type, like a channel added or removed, is told everybody, a
// change of the list nobody.
#include "base/log.h"
#include "i3/router/irn.h"

static bool owns(const struct router_link *l, const struct router_channel *c)
{
	return !c->router[0] && router_channel_owns(c, router_link_name(l));
}

// The channel of a packet when its sender owns it; else it has been told.
static struct router_channel *own_channel(struct router_link *l, const struct packet *p)
{
	struct router_channel *c = router_channel_of(l, p);
	if (!c || owns(l, c))
		return c;
	router_error(l, "not-allowed", "this channel belongs to somebody else", p);
	return NULL;
}

// --- adding and removing ---

static const char *too_many(const struct router_link *l)
{
	const struct router *r = l->router;
	unsigned own = 0, added = 0, ours = 0;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		own += owns(l, c);
		added += c->added;
		ours += !c->router[0];
	}
	if (own >= ROUTER_CHANNELS_PER_MUD)
		return "you own too many channels";
	if (added >= ROUTER_CHANNELS_ADDED_MAX || ours >= ROUTER_CHANNELS_MAX)
		return "there are too many channels";
	return NULL;
}

static const char *why_not_add(const struct router_link *l, struct span name, int64_t type)
{
	const struct router_channel *c = router_channel_find(l->router, name);
	if (c && !owns(l, c))
		return "this channel belongs to somebody else";
	if (type < ROUTER_CHANNEL_OPEN || type > ROUTER_CHANNEL_FILTERED)
		return "the type of a channel is 0 (banning), 1 (admitting) or 2 (filtered)";
	if (c)
		return NULL;
	if (!router_channel_name_is_good(name))
		return "a channel's name has 1 to 80 printable characters, no blanks, quotes or "
		       "colons";
	return too_many(l);
}

static void add_or_retype(struct router_link *l, struct span name, enum router_channel_type type)
{
	struct router *r = l->router;
	struct router_channel *c = router_channel_find(r, name);
	if (c && c->type == type)
		return;
	log_info(c ? "router_channel_type" : "router_channel_add",
		log_span("mud", router_link_name(l)), log_span("channel", name),
		log_int("type", type));
	if (c) {
		router_channel_retype(r, c, type);
		return;
	}
	c = router_channel_put(r, name, router_link_name(l));
	c->type = type;
	router_channel_create(r, c);
}

void router_channel_add(struct router_link *l, struct packet *p)
{
	struct span name = packet_text(p, CHANNEL_NAME);
	const struct value *type = value_at(p->all, CHANNEL_FLAG);
	if (p->all->n != CHANNEL_SIZE_FLAG || !value_is_str(value_at(p->all, CHANNEL_NAME)) ||
		!value_is_int(type)) {
		router_error(l, "bad-pkt", "channel-add is a channel and its type", p);
		return;
	}
	const char *why = why_not_add(l, name, type->i);
	if (why)
		router_error(l, "not-allowed", why, p);
	else
		add_or_retype(l, name, (enum router_channel_type)type->i);
}

static bool is_channel_alone(const struct packet *p)
{
	return p->all->n == CHANNEL_NAME + 1 && value_is_str(value_at(p->all, CHANNEL_NAME));
}

void router_channel_remove(struct router_link *l, struct packet *p)
{
	if (!is_channel_alone(p)) {
		router_error(l, "bad-pkt", "channel-remove is a channel", p);
		return;
	}
	struct router_channel *c = own_channel(l, p);
	if (!c)
		return;
	log_info("router_channel_remove", log_span("mud", router_link_name(l)),
		log_str("channel", c->name));
	router_channel_delete(l->router, c);
}

// --- the list ---

static bool are_names(const struct value *v)
{
	for (size_t i = 0; v->type == VALUE_ARRAY && i < v->n; i++)
		if (!router_name_is_good(value_text(&v->at[i])))
			return false;
	return v->type == VALUE_ARRAY;
}

// What is in both arrays is off the list.
static void edit(struct router_names *names, const struct value *add, const struct value *take)
{
	for (size_t i = 0; i < add->n; i++)
		router_names_add(names, value_text(&add->at[i]));
	for (size_t i = 0; i < take->n; i++)
		router_names_take(names, value_text(&take->at[i]));
}

static void take_list(struct router *r, struct router_channel *c, struct router_names *names)
{
	router_names_fini(&c->names);
	c->names = *names;
	router_channel_sift(c);
	router_channel_keep(r, c);
	irn_channels_later(r->irn);
}

void router_channel_admin(struct router_link *l, struct packet *p)
{
	const struct value *add = value_at(p->all, CHANNEL_ADD);
	const struct value *take = value_at(p->all, CHANNEL_TAKE);
	if (p->all->n != CHANNEL_SIZE_ADMIN || !value_is_str(value_at(p->all, CHANNEL_NAME)) ||
		!are_names(add) || !are_names(take)) {
		router_error(l, "bad-pkt",
			"channel-admin is a channel and two arrays of names: to add, to remove", p);
		return;
	}
	struct router_channel *c = own_channel(l, p);
	if (!c)
		return;
	struct router_names names = {0};
	bool fits = add->n <= ROUTER_CHANNEL_NAMES_MAX && take->n <= ROUTER_CHANNEL_NAMES_MAX;
	if (fits) {
		router_names_copy(&names, &c->names);
		edit(&names, add, take);
		fits = names.n <= ROUTER_CHANNEL_NAMES_MAX;
	}
	if (fits) {
		take_list(l->router, c, &names);
		return;
	}
	router_names_fini(&names);
	router_error(l, "not-allowed", "the list of a channel has 128 names at most", p);
}

void router_channel_adminlist(struct router_link *l, struct packet *p)
{
	if (!is_channel_alone(p)) {
		router_error(l, "bad-pkt", "chan-adminlist is a channel", p);
		return;
	}
	struct router_channel *c = own_channel(l, p);
	if (!c)
		return;
	struct value names[ROUTER_CHANNEL_NAMES_MAX];
	for (size_t i = 0; i < c->names.n; i++)
		names[i] = value_str(c->names.at[i]);
	struct value body[] = {value_str(c->name), value_array(names, c->names.n)};
	if (!router_send_to(l, p->originator_user, "chan-adminlist-reply", body, countof(body)))
		router_error(l, "bad-pkt", "the list is too large for your MUD", p);
}
