// SPDX-License-Identifier: MIT
// mudlist and chanlist-reply: at login, then what changed, told together a moment after it changed.
// A mudlist is a delta, at login to what the MUD has by the id it shows, if that was ever ours and
// no deletion since is forgotten; in packets small enough for everybody; all but the last carry the
// id the receiver has already, so that one that was cut off asks again.  A chanlist-reply is the
// complete list, because some take it for the whole truth, with a 0 for what was just removed; so it
// is not told as often as one MUD can change it.
// An empty mapping is never sent.
#include "base/clock.h"
#include "i3/router/irn.h"
#include "proto/lpc.h"

int64_t router_list_next_id(int64_t old)
{
	int64_t now = (int64_t)(clock_wall_us() / 1000000);
	return old + 1 > now ? old + 1 : now;
}

size_t router_text_bytes(struct router *r, const struct value *v)
{
	buf_clear(&r->text);
	lpc_put(&r->text, v);
	return r->text.failed ? SIZE_MAX : r->text.n;
}

// --- sending a list in pieces ---

// Pairs of a mapping and how long each is as text.
struct entries {
	struct value_list pairs;
	uint32_t *bytes;
	size_t n;
};

static struct entries entries_for(struct router *r, size_t most)
{
	struct entries e = {.pairs = {.arena = &r->arena}};
	e.bytes = arena_alloc(&r->arena, most * sizeof *e.bytes + 1);
	return e;
}

static void add_entry(struct router *r, struct entries *e, const char *key, struct value v)
{
	struct value pair[] = {value_str(key), v};
	struct value as_map = value_map(pair, 1);
	e->bytes[e->n++] = (uint32_t)router_text_bytes(r, &as_map);
	value_pair(&e->pairs, key, v);
}

struct piece {
	size_t from, n;
};

// The next run of entries that fits, without the receiver's own.
static struct piece next_piece(const struct entries *e, size_t from, struct span own)
{
	struct piece p = {.from = from};
	size_t bytes = 0;
	for (size_t i = from; i < e->n; i++) {
		bool is_own = own.n && span_eq(own, value_text(&e->pairs.at[2 * i]));
		if (is_own && p.n == 0) {
			p.from = i + 1;
			continue;
		}
		bytes += e->bytes[i];
		if (is_own || (p.n && bytes > ROUTER_LIST_BYTES))
			break;
		p.n++;
	}
	return p;
}

static void send_piece(struct router_link *l, const char *type, const struct entries *e,
	struct piece p, int64_t id)
{
	struct value body[] = {value_int(id), value_map(e->pairs.at + 2 * p.from, p.n)};
	router_send(l, type, body, countof(body));
}

static void send_entries(struct router_link *l, const char *type, const struct entries *e,
	struct span own, int64_t id)
{
	bool is_muds = span_is(span_str(type), "mudlist");
	int64_t *has = is_muds ? &l->mudlist_id : &l->chanlist_id;
	struct piece p = next_piece(e, 0, own);
	while (p.n) {
		struct piece next = next_piece(e, p.from + p.n, own);
		send_piece(l, type, e, p, next.n ? *has : id);
		if (!next.n)
			*has = id;
		p = next;
	}
}

// --- MUDs ---

static struct entries mud_entries(struct router *r, bool old_layout, int64_t since_id)
{
	struct entries e = entries_for(r, map_count(&r->muds));
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		const struct router_mud *m = at.value;
		if (m->changed_id > since_id)
			add_entry(r, &e, m->name, router_mud_record(r, m, old_layout));
	}
	return e;
}

static bool is_known_id(const struct router *r, int64_t id)
{
	return id > 0 && id >= r->mudlist_floor_id && id <= r->mudlist_id;
}

// Who has a list has itself on it; that it is up now is no news to it.
void router_list_muds(struct router_link *l)
{
	enum { ALL = -1 };
	struct router *r = l->router;
	bool known = is_known_id(r, l->mudlist_id);
	struct entries e = mud_entries(r, l->mud->old_layout, known ? l->mudlist_id : ALL);
	send_entries(
		l, "mudlist", &e, known ? router_link_name(l) : (struct span){0}, r->mudlist_id);
}

static void tell_muds(struct router *r)
{
	int64_t since = r->mudlist_told_id;
	struct entries e[2] = {mud_entries(r, false, since), mud_entries(r, true, since)};
	list_each(it, &r->links)
	{
		struct router_link *l = container_of(it, struct router_link, link);
		if (l->state == LINK_UP)
			send_entries(l, "mudlist", &e[l->mud->old_layout], router_link_name(l),
				r->mudlist_id);
	}
	r->mudlist_told_id = r->mudlist_id;
}

// --- channels ---

static struct value channel_value(struct router *r, const struct router_channel *c)
{
	struct value pair[] = {value_str(c->owner), value_int(c->type)};
	return value_array(arena_copy(&r->arena, pair, sizeof pair), countof(pair));
}

static struct entries channel_entries(struct router *r, bool tombstones)
{
	struct entries e = entries_for(r, map_count(&r->channels) + map_count(&r->gone_channels));
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		add_entry(r, &e, c->name, channel_value(r, c));
	}
	if (!tombstones)
		return e;
	for (struct map_at at = map_first(&r->gone_channels); at.value; at = map_next(at))
		add_entry(r, &e, at.key.p, value_int(0)); // the map's keys are terminated
	return e;
}

void router_list_channels(struct router_link *l)
{
	struct entries e = channel_entries(l->router, false);
	send_entries(l, "chanlist-reply", &e, (struct span){0}, l->router->chanlist_id);
}

static bool contains(struct span text, struct span word)
{
	return text.n && memmem(text.p, text.n, word.p, word.n) != NULL;
}

// Lima would list a channel whose value is 0.
static bool takes_tombstones(const struct router_mud *m)
{
	return !contains(value_text(&m->record[RECORD_DRIVER - 2]), SPAN("Lima")) &&
	       !contains(value_text(&m->record[RECORD_DRIVER - 1]), SPAN("Lima"));
}

static void tell_channels(struct router *r)
{
	struct entries with = channel_entries(r, true), without = channel_entries(r, false);
	list_each(it, &r->links)
	{
		struct router_link *l = container_of(it, struct router_link, link);
		if (l->state == LINK_UP && router_mud_serves(l->mud, "channel"))
			send_entries(l, "chanlist-reply",
				takes_tombstones(l->mud) ? &with : &without, (struct span){0},
				r->chanlist_id);
	}
	r->channels_told_late = false;
	map_fini(&r->gone_channels);
}

// --- together ---

void router_lists_later(struct router *r)
{
	if (!uv_is_active((uv_handle_t *)&r->tell_timer.uv))
		timer_start(&r->tell_timer, ROUTER_DEBOUNCE_MS);
}

void router_lists_tell(struct router *r)
{
	irn_tell(r->irn);
	if (r->mudlist_told_id != r->mudlist_id && limit_take(&r->mud_lists, clock_ms()) == 0)
		tell_muds(r);
	if (r->channels_told_late && limit_take(&r->channel_lists, clock_ms()) == 0)
		tell_channels(r);
	if (r->mudlist_told_id != r->mudlist_id || r->channels_told_late)
		router_lists_later(r);
}
