// SPDX-License-Identifier: MIT
// The table of channels, and the law of their three types:
//
//	                      listens and speaks           its list
//	0 selectively banned    everybody not listed         the banned MUDs
//	1 selectively admitted  its owner and the listed     the admitted ones
//	2 filtered, admitted    the same, but what others    the admitted ones
//	                        say goes by way of its owner
//
// The owner may always listen and speak.  What MUDs added and nobody uses for a month is deleted.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/router/router_priv.h"
#include <stdlib.h>

enum { KEEP_USED_S = 86400 }; // so exactly the store knows when a channel was used

static uint64_t now_s(void)
{
	return clock_wall_us() / 1000000;
}

// --- law ---

bool router_channel_name_is_good(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] > '~' || strchr("\"':\\", name.p[i]))
			return false;
	return name.n > 0 && name.n <= ROUTER_CHANNEL_MAX;
}

struct router_channel *router_channel_find(const struct router *r, struct span name)
{
	return map_find(&r->channels, name);
}

struct router_channel *router_channel_of(struct router_link *l, const struct packet *p)
{
	struct router_channel *c = router_channel_find(l->router, packet_text(p, CHANNEL_NAME));
	if (!c)
		router_error(l, "unk-channel", "there is no such channel", p);
	return c;
}

bool router_channel_owns(const struct router_channel *c, struct span mud)
{
	return span_caseeq(span_str(c->owner), mud);
}

bool router_channel_admits(const struct router_channel *c, struct span mud)
{
	bool listed = router_names_have(&c->names, mud);
	return router_channel_owns(c, mud) || listed != (c->type == ROUTER_CHANNEL_OPEN);
}

// --- changes ---

void router_channels_changed(struct router *r)
{
	r->chanlist_id = router_list_next_id(r->chanlist_id);
	router_channels_keep_id(r);
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
	c->added = !span_is(owner, r->name);
	list_init(&c->listens);
	list_init(&c->filtering);
	map_put(&r->channels, name, c);
	router_channel_used(c);
	return c;
}

void router_channel_create(struct router *r, struct router_channel *c)
{
	map_take(&r->gone_channels, span_str(c->name));
	router_channel_keep(r, c);
	router_channels_changed(r);
}

static void free_channel(struct router_channel *c)
{
	router_filter_clear(c, CLOCK_NEVER);
	router_names_fini(&c->names);
	free(c);
}

void router_channel_delete(struct router *r, struct router_channel *c)
{
	struct span name = span_str(c->name);
	router_channel_empty(c);
	router_channel_unkeep(r, c);
	if (map_count(&r->gone_channels) >= ROUTER_CHANNELS_MAX)
		map_take(&r->gone_channels, map_first(&r->gone_channels).key);
	map_put(&r->gone_channels, name, r);
	map_take(&r->channels, name);
	free_channel(c);
	router_channels_changed(r);
}

// The banned of before are not the admitted of now, nor the other way round.
void router_channel_retype(
	struct router *r, struct router_channel *c, enum router_channel_type type)
{
	bool flips = (c->type == ROUTER_CHANNEL_OPEN) != (type == ROUTER_CHANNEL_OPEN);
	if (flips)
		router_names_fini(&c->names);
	router_filter_clear(c, CLOCK_NEVER);
	c->type = type;
	router_channel_sift(c);
	router_channel_keep(r, c);
	router_channels_changed(r);
}

// Whoever gets the name of a deleted MUD shall not get its channels, nor be admitted where it was.
void router_channels_orphan(struct router *r, const struct router_mud *m)
{
	struct span name = span_str(m->name);
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		struct router_channel *c = at.value;
		if (c->router[0])
			continue;
		bool owned = router_channel_owns(c, name);
		bool admitted =
			c->type != ROUTER_CHANNEL_OPEN && router_names_have(&c->names, name);
		if (owned)
			set_owner(c, span_str(r->name));
		if (admitted)
			router_names_take(&c->names, name);
		if (owned || admitted)
			router_channel_keep(r, c);
		if (owned)
			router_channels_changed(r);
	}
}

// --- ageing ---

void router_channel_used(struct router_channel *c)
{
	if (now_s() > c->used_s)
		c->used_s = now_s();
}

// After our own restart nobody listens before it had the time to come back.
static bool is_unused(const struct router *r, const struct router_channel *c)
{
	return c->added && clock_ms() - r->channels_loaded_ms >= ROUTER_RESTART_GRACE_MS &&
	       now_s() > c->used_s + ROUTER_CHANNEL_UNUSED_MAX_S;
}

static void age(struct router *r, struct router_channel *c)
{
	if (!list_empty(&c->listens))
		router_channel_used(c);
	if (is_unused(r, c)) {
		log_info("router_channel_unused", log_str("channel", c->name));
		router_channel_delete(r, c);
		return;
	}
	if (c->used_s - c->kept_s >= KEEP_USED_S)
		router_channel_keep(r, c);
	router_filter_clear(c, clock_ms());
	if (!list_empty(&c->filtering)) // soon enough: a line that is late is not taken anyway
		router_muds_arm(r, clock_ms() + ROUTER_FILTER_MS);
}

void router_channels_age(struct router *r)
{
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at))
		age(r, at.value);
}

void router_channels_free(struct router *r)
{
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at))
		free_channel(at.value);
	map_fini(&r->channels);
	map_fini(&r->gone_channels);
}
