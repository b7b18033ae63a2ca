// SPDX-License-Identifier: MIT
// Channels that peers tell of.
//
// A name of ours stays ours whatever a peer says: both are one channel, because lines go by name.
// A channel belongs where its owner is: it follows a MUD that moves to another router.
#include "base/clock.h"
#include "base/log.h"
#include "i3/router/irn.h"
#include "proto/lpc.h"
#include <strings.h>

#define TABLE_CHANNELS SPAN("irn_channels") // name → ({router, type, owner, list})

enum { BODY_ID = PACKET_HEADER, BODY_LISTS, DELTA_SIZE };

// --- keeping those of others: a name stays in the list while its router is away ---

static void keep(struct router *r, const struct router_channel *c)
{
	struct value v = irn_channel_value(r, c);
	struct value all[IRN_SIZE + 1] = {value_str(c->router)};
	struct buf text = {0};
	memcpy(all + 1, v.at, IRN_SIZE * sizeof *all);
	struct value kept = value_array(all, countof(all));
	lpc_put(&text, &kept);
	store_put(r->store, TABLE_CHANNELS, span_str(c->name), buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

static void unkeep(struct router *r, const struct router_channel *c)
{
	store_take(r->store, TABLE_CHANNELS, span_str(c->name), NULL, NULL);
}

// --- in ---

struct claim {
	const struct irn_peer *peer;
	struct span name, owner;
	int64_t type;
	const struct value *names; // perhaps no array at all
};

// Names are taken as they are, as long as they can be shown and told apart.
static bool is_good_name(struct span name)
{
	return name.n > 0 && name.n <= ROUTER_CHANNEL_MAX && span_eq(name, span_trim(name)) &&
	       !span_has_controls(name) && !router_name_has_unseen(name);
}

static bool is_good_owner(struct span owner)
{
	return owner.n > 0 && owner.n <= ROUTER_NAME_MAX && (unsigned char)owner.p[0] > ' ';
}

// Dead Souls has an empty array for the type of a channel just made.
static bool read_claim(struct claim *c, const struct value *v)
{
	const struct value *type = value_at(v, IRN_TYPE);
	c->owner = value_text(value_at(v, IRN_OWNER));
	c->type = value_is_int(type) ? type->i : ROUTER_CHANNEL_OPEN;
	c->names = value_at(v, IRN_LIST);
	return v->type == VALUE_ARRAY && v->n > IRN_OWNER && is_good_owner(c->owner) &&
	       c->type >= ROUTER_CHANNEL_OPEN && c->type <= ROUTER_CHANNEL_FILTERED;
}

static bool is_at_home(const struct router *r, const char *router, struct span owner)
{
	const struct router_mud *m = router_mud_find(r, owner);
	return span_caseeq(owner, span_str(router)) ||
	       (m && span_caseeq(span_str(m->router), span_str(router)));
}

// Against another peer's channel of the name: the owner's home decides, then the lesser name.
static bool is_stronger(
	const struct router *r, const struct claim *claim, const struct router_channel *c)
{
	bool home = is_at_home(r, claim->peer->name, claim->owner);
	bool was_home = is_at_home(r, c->router, span_str(c->owner));
	return home != was_home ? home : strcasecmp(claim->peer->name, c->router) < 0;
}

static bool has_room(const struct router *r, const struct irn_peer *p)
{
	size_t of_peer = 0, of_all = 0;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		of_peer += irn_channel_is_of(c, p);
		of_all += c->router[0] != '\0';
	}
	return of_peer < IRN_CHANNELS_MAX && of_all < IRN_CHANNELS_ALL_MAX;
}

static void fill_names(struct router_channel *c, const struct value *names)
{
	router_names_fini(&c->names);
	for (size_t i = 0; names->type == VALUE_ARRAY && i < names->n; i++)
		if (router_name_is_good(value_text(&names->at[i])) &&
			c->names.n < ROUTER_CHANNEL_NAMES_MAX)
			router_names_add(&c->names, value_text(&names->at[i]));
}

static void fill(struct router_channel *c, const struct claim *claim)
{
	memcpy(c->owner, claim->owner.p, claim->owner.n);
	c->owner[claim->owner.n] = '\0';
	c->type = (enum router_channel_type)claim->type;
	c->added = false; // it ages where its owner is
	fill_names(c, claim->names);
	router_filter_clear(c, CLOCK_NEVER);
	router_channel_sift(c);
}

// What was there may be of another peer, or of this one and the same but for its list.
static void take_claim(struct irn_link *l, const struct claim *claim)
{
	struct router *r = l->peer->irn->router;
	struct router_channel *c = router_channel_find(r, claim->name);
	if (c && (!c->router[0] || (!irn_channel_is_of(c, l->peer) && !is_stronger(r, claim, c))))
		return;
	if (!c && !has_room(r, l->peer)) {
		irn_dropped(l, "it tells of too many channels", claim->name);
		return;
	}
	bool shown = c && span_is(claim->owner, c->owner) && c->type == claim->type;
	if (!c)
		c = router_channel_put(r, claim->name, claim->owner);
	map_take(&r->gone_channels, claim->name);
	memcpy(c->router, l->peer->name, sizeof c->router);
	c->claimed_ms = clock_ms();
	fill(c, claim);
	keep(r, c);
	if (!shown)
		router_channels_changed(r);
}

static void drop(struct router *r, struct router_channel *c)
{
	unkeep(r, c);
	router_channel_delete(r, c);
}

static void take_one(struct irn_link *l, struct span name, const struct value *v)
{
	struct router *r = l->peer->irn->router;
	struct claim claim = {.peer = l->peer, .name = name};
	struct router_channel *c = router_channel_find(r, name);
	if (value_is_int(v) && c && irn_channel_is_of(c, l->peer))
		drop(r, c);
	else if (!value_is_int(v) && is_good_name(name) && read_claim(&claim, v))
		take_claim(l, &claim);
	else if (!value_is_int(v))
		irn_dropped(l, "not a channel", name);
}

void irn_channels_take(struct irn_link *l, const struct packet *p)
{
	const struct value *lists = value_at(p->all, BODY_LISTS);
	const struct value *all = lists->type == VALUE_MAP ? value_get(lists, "channels") : NULL;
	if (p->all->n < DELTA_SIZE || !all || all->type != VALUE_MAP || all->n > IRN_DELTA_MAX) {
		irn_dropped(l, "a chanlist is an id and a mapping with channels", p->type);
		return;
	}
	for (size_t i = 0; i < all->n; i++)
		take_one(l, value_text(&all->at[2 * i]), &all->at[2 * i + 1]);
}

// --- peers and owners that go ---

void irn_channels_forget(struct irn_peer *p, uint64_t before_ms)
{
	struct router *r = p->irn->router;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		struct router_channel *c = at.value;
		if (irn_channel_is_of(c, p) && c->claimed_ms < before_ms)
			drop(r, c);
	}
}

static void move(struct router *r, struct router_channel *c, const char *router)
{
	log_info("irn_channel", log_str("channel", c->name), log_str("owner", c->owner),
		log_str("router", *router ? router : r->name));
	memcpy(c->router, router, sizeof c->router);
	c->added = !*router;
	router_filter_clear(c, CLOCK_NEVER);
	if (*router) {
		router_channel_unkeep(r, c);
		keep(r, c);
	} else {
		unkeep(r, c);
		router_channel_keep(r, c);
	}
	router_channels_changed(r);
}

// Of what peers say a MUD of ours owns, no more becomes ours than it could have added itself.
static bool has_room_here(const struct router *r, const struct router_mud *m)
{
	size_t own = 0, added = 0;
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		own += !c->router[0] && router_mud_is(m, span_str(c->owner));
		added += c->added;
	}
	return own < ROUTER_CHANNELS_PER_MUD && added < ROUTER_CHANNELS_ADDED_MAX;
}

void irn_channels_follow(struct router *r, const struct router_mud *m)
{
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		struct router_channel *c = at.value;
		if (!router_mud_is(m, span_str(c->owner)) || strcmp(c->router, m->router) == 0)
			continue;
		if (m->router[0] || has_room_here(r, m))
			move(r, c, m->router);
	}
}

// --- life ---

static void on_kept(void *owner, struct span name, struct span text)
{
	struct irn *irn = owner;
	struct router *r = irn->router;
	struct arena arena = {0};
	struct lpc_error error;
	struct value v;
	struct claim claim = {.name = name};
	bool good = lpc_read(&arena, &text, &v, &error) && v.type == VALUE_ARRAY && v.n > 1;
	struct value rest = value_array(good ? v.at + 1 : NULL, good ? v.n - 1 : 0);
	if (good && is_good_name(name) && read_claim(&claim, &rest) &&
		!router_channel_find(r, name)) {
		struct router_channel *c = router_channel_put(r, name, claim.owner);
		struct span router = value_text(&v.at[0]);
		memcpy(c->router, router.p ? router.p : "",
			min_size(router.n, sizeof c->router - 1));
		fill(c, &claim);
	}
	arena_fini(&arena);
}

// Those of routers that are no peers any more are not for us to keep.
void irn_channels_load(struct irn *irn)
{
	struct router *r = irn->router;
	store_load(r->store, TABLE_CHANNELS, on_kept, irn, "the list of the peers' channels");
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		struct router_channel *c = at.value;
		if (c->router[0] && !irn_peer_find(irn, span_str(c->router)))
			drop(r, c);
	}
}
