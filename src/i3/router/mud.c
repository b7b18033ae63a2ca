// SPDX-License-Identifier: MIT
// The MUDs the router knows, and what becomes of those that are gone.  The table is by names in lower
// case, because two names that differ only in case are the same MUD.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/router/router_priv.h"
#include <stdio.h>
#include <stdlib.h>

enum { AGE_MS = 3600000 }; // how often deletions are looked for

struct span router_mud_key(struct router_key *key, struct span name)
{
	key->span = span_of(key->at, min_size(name.n, sizeof key->at));
	for (size_t i = 0; i < key->span.n; i++)
		key->at[i] = ascii_lower(name.p[i]);
	return key->span;
}

static uint64_t now_s(void)
{
	return clock_wall_us() / 1000000;
}

// --- finding ---

struct router_mud *router_mud_any(const struct router *r, struct span name)
{
	struct router_key key;
	return name.n > ROUTER_NAME_MAX ? NULL : map_find(&r->muds, router_mud_key(&key, name));
}

struct router_mud *router_mud_find(const struct router *r, struct span name)
{
	struct router_mud *m = router_mud_any(r, name);
	return m && m->state != ROUTER_MUD_DELETED ? m : NULL;
}

bool router_mud_is(const struct router_mud *m, struct span name)
{
	return span_caseeq(span_str(m->name), name);
}

bool router_mud_serves(const struct router_mud *m, const char *service)
{
	const struct value *v = value_get(&m->record[RECORD_SERVICES], service);
	return v && !(value_is_int(v) && v->i == 0);
}

// --- making and unmaking ---

static void free_mud(struct router_mud *m)
{
	arena_fini(&m->arena);
	free(m);
}

static void forget(struct router *r, struct router_mud *m)
{
	struct router_key key;
	if (m->changed_id > r->mudlist_floor_id)
		r->mudlist_floor_id = m->changed_id;
	router_mud_unsave(r, m);
	map_take(&r->muds, router_mud_key(&key, span_str(m->name)));
	free_mud(m);
}

bool router_mud_make_room(struct router *r)
{
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->state == ROUTER_MUD_DELETED && m->changed_id <= r->mudlist_told_id) {
			forget(r, m);
			return true;
		}
	}
	return false;
}

static void clear(struct router_mud *m)
{
	struct value record[RECORD_SIZE] = {0};
	for (size_t i = 0; i < RECORD_SIZE; i++)
		record[i] = value_int(0);
	router_mud_fill(m, record);
	m->password = 0;
	m->address[0] = m->home[0] = '\0';
}

struct router_mud *router_mud_put(struct router *r, struct span name)
{
	struct router_key key;
	struct router_mud *m = mem_zalloc(sizeof *m);
	memcpy(m->name, name.p, name.n);
	map_put(&r->muds, router_mud_key(&key, name), m);
	return m;
}

// A name that was deleted is as good as a new one.
struct router_mud *router_mud_new(struct router *r, struct span name)
{
	struct router_mud *m = router_mud_any(r, name);
	if (m) {
		memcpy(m->name, name.p, name.n); // perhaps in another case
		return m;
	}
	if (map_count(&r->muds) >= ROUTER_MUDS_MAX && !router_mud_make_room(r))
		return NULL;
	return router_mud_put(r, name);
}

void router_mud_fill(struct router_mud *m, const struct value record[RECORD_SIZE])
{
	struct arena arena = {0};
	for (size_t i = 0; i < RECORD_SIZE; i++)
		m->record[i] = value_copy(&arena, &record[i]);
	arena_fini(&m->arena);
	m->arena = arena;
}

// As it stands in a mudlist; in the router's arena.
struct value router_mud_record(struct router *r, const struct router_mud *m, bool old_layout)
{
	if (m->state == ROUTER_MUD_DELETED)
		return value_int(0);
	struct value *at = arena_copy(&r->arena, m->record, sizeof m->record);
	at[RECORD_STATE] = value_int(m->state);
	at[RECORD_ADDRESS] = value_str(m->address[0] && strcmp(m->address, "unix") != 0
					       ? m->address
					       : r->host); // it is where we are
	if (!old_layout)
		return value_array(at, RECORD_SIZE);
	at[RECORD_EMAIL] = at[RECORD_SERVICES];
	return value_array(at, RECORD_SIZE_OLD);
}

// --- changes ---

void router_mud_changed(struct router *r, struct router_mud *m)
{
	r->mudlist_id = m->changed_id = router_list_next_id(r->mudlist_id);
	router_lists_later(r);
}

static void erase(struct router *r, struct router_mud *m)
{
	// Of a peer's MUDs there is no end.
	LOG_AT(m->router[0] ? LOG_DEBUG : LOG_INFO, "router_delete", log_str("mud", m->name));
	router_channels_orphan(r, m);
	clear(m);
}

void router_mud_down(struct router *r, struct router_mud *m, int64_t state)
{
	m->state = state;
	m->since_s = now_s();
	if (state == ROUTER_MUD_DELETED)
		erase(r, m);
	router_mud_changed(r, m);
	router_mud_save(r, m, NULL, NULL);
}

static void age(struct router *r, struct router_mud *m, uint64_t *next_ms)
{
	uint64_t spent_s = now_s() > m->since_s ? now_s() - m->since_s : 0;
	if (m->link)
		return;
	if (m->state == ROUTER_MUD_UP && m->grace_until_ms <= clock_ms())
		router_mud_down(r, m, ROUTER_MUD_DOWN);
	else if (m->state == ROUTER_MUD_UP && m->grace_until_ms < *next_ms)
		*next_ms = m->grace_until_ms;
	else if (m->state >= ROUTER_MUD_DOWN && spent_s > ROUTER_DOWN_MAX_S)
		router_mud_down(r, m, ROUTER_MUD_DELETED);
	else if (m->state == ROUTER_MUD_DELETED && spent_s > ROUTER_TOMBSTONE_MAX_S)
		forget(r, m);
}

void router_muds_age(struct router *r)
{
	uint64_t next_ms = clock_ms() + AGE_MS;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at))
		age(r, at.value, &next_ms);
	r->age_ms = CLOCK_NEVER;
	router_muds_arm(r, next_ms);
}

void router_muds_arm(struct router *r, uint64_t at_ms)
{
	if (at_ms >= r->age_ms)
		return;
	r->age_ms = at_ms;
	timer_start(&r->age_timer, at_ms > clock_ms() ? at_ms - clock_ms() : 0);
}

void router_muds_free(struct router *r)
{
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at))
		free_mud(at.value);
	map_fini(&r->muds);
}
