// SPDX-License-Identifier: MIT
// Channels of type 0, which everybody may hear and use: who listens, who owns them, and fan-out.
// Channels and owners are kept; listening is not, because MUDs join anew after every login.
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "i3/router/irn.h"
#include <stdio.h>
#include <stdlib.h>

#define TABLE_CHANNELS SPAN("router_channels") // name → owner
#define TABLE_IDS      SPAN("router_ids")
#define KEY_CHANNELS   SPAN("chanlist")

enum { // elements after the header
	BODY_CHANNEL = PACKET_HEADER,
	BODY_FLAG, // of channel-listen and channel-add
	BODY_VISNAME = BODY_FLAG,
	BODY_MESSAGE,
	SAY_SIZE,
	BODY_OTHERS = 9, // of channel-t
	BODY_TARGET,
	BODY_ORIGINATOR_VISNAME,
	BODY_TARGET_VISNAME,
	TARGET_SIZE,
};

struct router_channel *router_channel_find(const struct router *r, struct span name)
{
	return map_find(&r->channels, name);
}

// The channel a packet is about; NULL and its sender has been told.
static struct router_channel *channel_of(struct router_link *l, const struct packet *p)
{
	struct router_channel *c = router_channel_find(l->router, packet_text(p, BODY_CHANNEL));
	if (!c)
		router_error(l, "unk-channel", "there is no such channel", p);
	return c;
}

// --- listening ---

static struct router_listen *listen_of(const struct router_link *l, const struct router_channel *c)
{
	list_each(it, &l->listens)
	{
		struct router_listen *n = container_of(it, struct router_listen, of_link);
		if (n->channel == c)
			return n;
	}
	return NULL;
}

static bool join(struct router_link *l, struct router_channel *c, const struct packet *p)
{
	if (l->listening >= ROUTER_LISTENS_MAX) {
		router_error(l, "not-allowed", "you listen to too many channels", p);
		return false;
	}
	struct router_listen *n = mem_zalloc(sizeof *n);
	n->channel = c;
	n->who = l;
	list_append(&c->listens, &n->of_channel);
	list_append(&l->listens, &n->of_link);
	l->listening++;
	return true;
}

static void leave(struct router_listen *n)
{
	if (!n)
		return;
	n->who->listening--;
	list_unlink(&n->of_channel);
	list_unlink(&n->of_link);
	free(n);
}

void router_channels_leave(struct router_link *l)
{
	list_each(it, &l->listens) leave(container_of(it, struct router_listen, of_link));
}

void router_channel_listen(struct router_link *l, struct packet *p)
{
	const struct value *on = value_at(p->all, BODY_FLAG);
	if (p->all->n != BODY_FLAG + 1 || !value_is_str(value_at(p->all, BODY_CHANNEL)) ||
		!value_is_int(on)) {
		router_error(l, "bad-pkt", "channel-listen is a channel and 1 or 0", p);
		return;
	}
	struct router_channel *c = channel_of(l, p);
	if (!c)
		return;
	struct router_listen *n = listen_of(l, c);
	if (!on->i)
		leave(n);
	else if (!n)
		(void)join(l, c, p);
}

// --- speaking ---

bool router_channel_deliver(struct router *r, struct router_channel *c, const struct value *line)
{
	struct router_parcel parcel = {.router = r, .packet = line};
	bool all = true;
	list_each(it, &c->listens) all &=
		router_parcel_to(&parcel, container_of(it, struct router_listen, of_channel)->who);
	router_parcel_fini(&parcel);
	metric_add(METRIC_ROUTER_ROUTED, 1);
	return all;
}

static void fan_out(struct router_link *l, struct router_channel *c, const struct packet *p,
	const struct value *packet)
{
	bool all = router_channel_deliver(l->router, c, packet);
	all &= irn_broadcast(l->router->irn, packet);
	if (!all)
		router_error(l, "bad-pkt", "too large for some of the listeners", p);
}

// The visible name is the user's when there is none.
static void say(struct router_link *l, const struct packet *p, size_t visname)
{
	struct router_channel *c = channel_of(l, p);
	if (!c || !router_has_hops(l, p))
		return;
	if (!listen_of(l, c)) {
		if (!join(l, c, p))
			return;
		router_error(
			l, "warning", "you were not listening to this channel; now you are", p);
	}
	struct value *at = router_readdress(l, p, (struct span){0});
	if (!value_text(&at[visname]).n)
		at[visname] = value_span(p->originator_user);
	struct value packet = value_array(at, p->all->n);
	fan_out(l, c, p, &packet);
}

static bool is_text_or_0(const struct value *v)
{
	return value_is_str(v) || (value_is_int(v) && v->i == 0);
}

static const char *say_fault(const struct packet *p)
{
	const struct value *v = p->all;
	bool good = v->n == SAY_SIZE && p->originator_user.n && !p->target_user.n &&
		    value_is_str(value_at(v, BODY_CHANNEL)) &&
		    is_text_or_0(value_at(v, BODY_VISNAME)) &&
		    value_is_str(value_at(v, BODY_MESSAGE));
	return good ? NULL : "a channel message is a user's: channel, visible name, message";
}

static const char *target_fault(const struct packet *p)
{
	const struct value *v = p->all;
	bool texts = v->n == TARGET_SIZE && p->originator_user.n && !p->target_user.n;
	for (size_t i = BODY_CHANNEL; texts && i < TARGET_SIZE; i++)
		texts = i == BODY_ORIGINATOR_VISNAME ? is_text_or_0(value_at(v, i))
						     : value_is_str(value_at(v, i));
	return texts ? NULL : "channel-t is a user's, with seven strings";
}

const char *router_line_fault(const struct packet *p, size_t *visname)
{
	bool targetted = span_is(p->type, "channel-t");
	*visname = targetted ? BODY_ORIGINATOR_VISNAME : BODY_VISNAME;
	return targetted ? target_fault(p) : say_fault(p);
}

void router_channel_say(struct router_link *l, struct packet *p)
{
	size_t visname;
	const char *why = router_line_fault(p, &visname);
	if (why)
		router_error(l, "bad-pkt", why, p);
	else
		say(l, p, visname);
}

// --- the table ---

void router_channels_changed(struct router *r)
{
	struct buf text = {0};
	r->chanlist_id = router_list_next_id(r->chanlist_id);
	buf_int(&text, r->chanlist_id);
	store_put(r->store, TABLE_IDS, KEY_CHANNELS, buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
	r->channels_told_late = true;
	router_lists_later(r);
}

static void set_owner(struct router_channel *c, struct span owner)
{
	ensure(owner.n <= ROUTER_NAME_MAX);
	memcpy(c->owner, owner.p, owner.n);
	c->owner[owner.n] = '\0';
}

struct router_channel *router_channel_put(struct router *r, struct span name, struct span owner)
{
	struct router_channel *c = mem_zalloc(sizeof *c);
	ensure(name.n <= ROUTER_CHANNEL_MAX);
	memcpy(c->name, name.p, name.n);
	set_owner(c, owner);
	list_init(&c->listens);
	map_put(&r->channels, name, c);
	return c;
}

void router_channel_keep(struct router *r, const struct router_channel *c)
{
	store_put(r->store, TABLE_CHANNELS, span_str(c->name), span_str(c->owner), NULL, NULL);
}

void router_channel_unkeep(struct router *r, const struct router_channel *c)
{
	store_take(r->store, TABLE_CHANNELS, span_str(c->name), NULL, NULL);
}

static void create(struct router *r, struct span name, struct span owner)
{
	router_channel_keep(r, router_channel_put(r, name, owner));
	map_take(&r->gone_channels, name);
	router_channels_changed(r);
}

void router_channel_delete(struct router *r, struct router_channel *c)
{
	struct span name = span_str(c->name);
	list_each(it, &c->listens) leave(container_of(it, struct router_listen, of_channel));
	router_channel_unkeep(r, c);
	map_put(&r->gone_channels, name, r);
	map_take(&r->channels, name);
	free(c);
	router_channels_changed(r);
}

static bool owns(const struct router_channel *c, const struct router_mud *m)
{
	return !c->router[0] && router_mud_is(m, span_str(c->owner));
}

static bool is_good_name(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || strchr("\"':\\", name.p[i]))
			return false;
	return name.n > 0 && name.n <= ROUTER_CHANNEL_MAX;
}

static const char *too_many(const struct router_link *l)
{
	const struct router *r = l->router;
	unsigned own = 0, added = 0, ours = 0;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		own += owns(c, l->mud);
		ours += !c->router[0];
		added += !c->router[0] && strcmp(c->owner, r->name) != 0;
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
	if (c)
		return owns(c, l->mud) ? NULL : "this channel belongs to somebody else";
	if (type != 0)
		return "this router offers channels of type 0 only: open to all but the banned";
	if (!is_good_name(name))
		return "a channel's name has 1 to 80 printable characters, no blanks, quotes or "
		       "colons";
	return too_many(l);
}

void router_channel_add(struct router_link *l, struct packet *p)
{
	struct span name = packet_text(p, BODY_CHANNEL);
	const struct value *type = value_at(p->all, BODY_FLAG);
	if (p->all->n != BODY_FLAG + 1 || !value_is_str(value_at(p->all, BODY_CHANNEL)) ||
		!value_is_int(type)) {
		router_error(l, "bad-pkt", "channel-add is a channel and its type", p);
		return;
	}
	const char *why = why_not_add(l, name, type->i);
	if (why) {
		router_error(l, "not-allowed", why, p);
	} else if (!router_channel_find(l->router, name)) {
		create(l->router, name, router_link_name(l));
		log_info("router_channel_add", log_span("mud", router_link_name(l)),
			log_span("channel", name));
	}
}

void router_channel_remove(struct router_link *l, struct packet *p)
{
	if (p->all->n != BODY_CHANNEL + 1 || !value_is_str(value_at(p->all, BODY_CHANNEL))) {
		router_error(l, "bad-pkt", "channel-remove is a channel", p);
		return;
	}
	struct router_channel *c = channel_of(l, p);
	if (!c)
		return;
	if (!owns(c, l->mud)) {
		router_error(l, "not-allowed", "this channel belongs to somebody else", p);
		return;
	}
	log_info("router_channel_remove", log_span("mud", router_link_name(l)),
		log_str("channel", c->name));
	router_channel_delete(l->router, c);
}

void router_channel_admin(struct router_link *l, struct packet *p)
{
	router_error(l, "not-allowed", "channels of this router have no lists to administer", p);
}

// Whoever gets the name of a deleted MUD shall not get its channels.
void router_channels_orphan(struct router *r, const struct router_mud *m)
{
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		struct router_channel *c = at.value;
		if (!owns(c, m))
			continue;
		set_owner(c, span_str(r->name));
		router_channel_keep(r, c);
		router_channels_changed(r);
	}
}

// --- keeping ---

static void on_channel(void *owner, struct span name, struct span by)
{
	struct router *r = owner;
	if (name.n && name.n <= ROUTER_CHANNEL_MAX && by.n && by.n <= ROUTER_NAME_MAX)
		router_channel_put(r, name, by);
	else
		log_error(
			"router_channel", log_span("channel", name), log_str("why", "unreadable"));
}

static void on_id(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	uint64_t n;
	if (span_eq(key, KEY_CHANNELS) && span_uint(text, INT64_MAX, &n))
		r->chanlist_id = (int64_t)n;
}

// A channel of ours that was removed later, or given another owner, is not made again.
void router_channels_load(struct router *r, const char *const *first)
{
	struct buf why = {0};
	if (!store_scan_now(r->store, TABLE_CHANNELS, on_channel, r, &why) ||
		!store_scan_now(r->store, TABLE_IDS, on_id, r, &why))
		die("the router cannot read its channels: %.*s", (int)why.n, why.p);
	buf_fini(&why);
	if (r->chanlist_id)
		return;
	for (; first && *first && map_count(&r->channels) < ROUTER_CHANNELS_MAX; first++)
		if (is_good_name(span_str(*first)) && !router_channel_find(r, span_str(*first)))
			create(r, span_str(*first), span_str(r->name));
}

void router_channels_free(struct router *r)
{
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at))
		free(at.value);
	map_fini(&r->channels);
	map_fini(&r->gone_channels);
}
