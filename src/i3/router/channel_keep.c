// SPDX-License-Identifier: MIT
// Channels in the store: ({owner, type, names, used, added}) as LPC text under the channel's name.
// A value without that form is of the first version, an owner and nothing more, and its channel of
// type 0.  Who listens is not kept, because MUDs join anew after every login.
#include "base/clock.h"
#include "base/log.h"
#include "i3/router/router_priv.h"
#include "proto/lpc.h"

#define TABLE_CHANNELS SPAN("router_channels")
#define TABLE_IDS      SPAN("router_ids")
#define KEY_CHANNELS   SPAN("chanlist")

enum { KEPT_OWNER, KEPT_TYPE, KEPT_NAMES, KEPT_USED, KEPT_ADDED, KEPT_SIZE };

// Those of peers are kept elsewhere, see irn_chan.c.
void router_channel_keep(struct router *r, struct router_channel *c)
{
	struct value names[ROUTER_CHANNEL_NAMES_MAX];
	if (c->router[0])
		return;
	ensure(c->names.n <= countof(names));
	for (size_t i = 0; i < c->names.n; i++)
		names[i] = value_str(c->names.at[i]);
	const struct value kept[KEPT_SIZE] = {
		[KEPT_OWNER] = value_str(c->owner),
		[KEPT_TYPE] = value_int(c->type),
		[KEPT_NAMES] = value_array(names, c->names.n),
		[KEPT_USED] = value_int((int64_t)c->used_s),
		[KEPT_ADDED] = value_int(c->added),
	};
	struct value all = value_array(kept, countof(kept));
	struct buf text = {0};
	lpc_put(&text, &all);
	store_put(r->store, TABLE_CHANNELS, span_str(c->name), buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
	c->kept_s = c->used_s;
}

void router_channel_unkeep(struct router *r, const struct router_channel *c)
{
	store_take(r->store, TABLE_CHANNELS, span_str(c->name), NULL, NULL);
}

void router_channels_keep_id(struct router *r)
{
	struct buf text = {0};
	buf_int(&text, r->chanlist_id);
	store_put(r->store, TABLE_IDS, KEY_CHANNELS, buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

// --- reading ---

static bool is_owner(struct span name) // a MUD, or a router
{
	if (span_starts(name, SPAN("*")) && name.n <= ROUTER_NAME_MAX)
		span_take(&name, 1);
	return router_name_is_good(name);
}

static bool are_names(const struct value *v)
{
	for (size_t i = 0; v->type == VALUE_ARRAY && i < v->n; i++)
		if (!router_name_is_good(value_text(&v->at[i])))
			return false;
	return v->type == VALUE_ARRAY && v->n <= ROUTER_CHANNEL_NAMES_MAX;
}

static bool is_kept(const struct value *v)
{
	const struct value *type = value_at(v, KEPT_TYPE), *used = value_at(v, KEPT_USED);
	return v->type == VALUE_ARRAY && v->n >= KEPT_SIZE &&
	       is_owner(value_text(value_at(v, KEPT_OWNER))) && value_is_int(type) &&
	       type->i >= ROUTER_CHANNEL_OPEN && type->i <= ROUTER_CHANNEL_FILTERED &&
	       are_names(value_at(v, KEPT_NAMES)) && value_is_int(used) && used->i >= 0;
}

static void load(struct router *r, struct span name, const struct value *v)
{
	struct router_channel *c = router_channel_put(r, name, value_text(value_at(v, KEPT_OWNER)));
	const struct value *names = value_at(v, KEPT_NAMES), *added = value_at(v, KEPT_ADDED);
	c->type = (enum router_channel_type)value_at(v, KEPT_TYPE)->i;
	c->used_s = c->kept_s = (uint64_t)value_at(v, KEPT_USED)->i;
	c->added = value_is_int(added) && added->i;
	for (size_t i = 0; i < names->n; i++)
		router_names_add(&c->names, value_text(&names->at[i]));
}

static void on_channel(void *owner, struct span name, struct span text)
{
	struct router *r = owner;
	struct arena arena = {0};
	struct lpc_error error;
	struct value v = value_int(0);
	struct span in = text;
	bool is_new = span_starts(text, SPAN("({\"")); // a name has no quotes
	bool good = router_channel_name_is_good(name) && router_kept_is_text(text);
	if (good && is_new && lpc_read(&arena, &in, &v, &error) && is_kept(&v))
		load(r, name, &v);
	else if (good && !is_new && is_owner(text))
		router_channel_put(r, name, text);
	else
		log_error(
			"router_channel", log_span("channel", name), log_str("why", "unreadable"));
	arena_fini(&arena);
}

static void on_id(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	uint64_t n;
	if (span_eq(key, KEY_CHANNELS) && span_uint(text, ROUTER_ID_MAX, &n))
		r->chanlist_id = (int64_t)n;
}

// A channel of ours that was removed later, or given another owner, is not made again.
void router_channels_load(struct router *r, const char *const *first)
{
	r->channels_loaded_ms = clock_ms();
	store_load(r->store, TABLE_CHANNELS, on_channel, r, "the router's chanlist");
	store_load(r->store, TABLE_IDS, on_id, r, "the id of the router's chanlist");
	if (r->chanlist_id)
		return;
	struct span us = span_str(r->name);
	for (; first && *first && map_count(&r->channels) < ROUTER_CHANNELS_MAX; first++)
		if (router_channel_name_is_good(span_str(*first)) &&
			!router_channel_find(r, span_str(*first)))
			router_channel_create(r, router_channel_put(r, span_str(*first), us));
}
