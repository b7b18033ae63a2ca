// SPDX-License-Identifier: MIT
// The MUDs the router knows, their passwords above all, and how they are kept: one store record
// each, as LPC text, under the name in lower case, because two names that differ only in case are
// the same MUD.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/router/router_priv.h"
#include "proto/lpc.h"
#include <stdio.h>
#include <stdlib.h>

#define TABLE_MUDS SPAN("router_muds")
#define TABLE_IDS  SPAN("router_ids")
#define KEY_MUDS   SPAN("mudlist")

enum { AGE_MS = 3600000 }; // how often deletions are looked for

enum { // elements of a kept record
	KEPT_NAME,
	KEPT_PASSWORD,
	KEPT_ADDRESS,
	KEPT_PROTOCOL,
	KEPT_OLD_LAYOUT,
	KEPT_STATE,
	KEPT_SINCE,
	KEPT_RECORD,
	KEPT_ROUTER,
	KEPT_SIZE,
	KEPT_SIZE_1 = KEPT_ROUTER, // before there were peers
};

struct folded {
	char at[ROUTER_NAME_MAX];
	struct span span;
};

static struct span fold(struct folded *f, struct span name)
{
	f->span = span_of(f->at, min_size(name.n, sizeof f->at));
	for (size_t i = 0; i < f->span.n; i++)
		f->at[i] = ascii_lower(name.p[i]);
	return f->span;
}

static uint64_t now_s(void)
{
	return clock_wall_us() / 1000000;
}

// --- finding ---

static struct router_mud *any_mud(const struct router *r, struct span name)
{
	struct folded f;
	return name.n > ROUTER_NAME_MAX ? NULL : map_find(&r->muds, fold(&f, name));
}

struct router_mud *router_mud_find(const struct router *r, struct span name)
{
	struct router_mud *m = any_mud(r, name);
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
	struct folded f;
	fold(&f, span_str(m->name));
	store_take(r->store, TABLE_MUDS, f.span, NULL, NULL);
	map_take(&r->muds, f.span);
	free_mud(m);
}

static bool make_room(struct router *r)
{
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at)) {
		struct router_mud *m = at.value;
		if (m->state == ROUTER_MUD_DELETED && !m->told_late) {
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
	m->address[0] = '\0';
}

static struct router_mud *put_mud(struct router *r, struct span name)
{
	struct folded f;
	struct router_mud *m = mem_zalloc(sizeof *m);
	memcpy(m->name, name.p, name.n);
	map_put(&r->muds, fold(&f, name), m);
	return m;
}

// A name that was deleted is as good as a new one.
struct router_mud *router_mud_new(struct router *r, struct span name)
{
	struct router_mud *m = any_mud(r, name);
	if (m) {
		memcpy(m->name, name.p, name.n); // perhaps in another case
		return m;
	}
	if (map_count(&r->muds) >= ROUTER_MUDS_MAX && !make_room(r))
		return NULL;
	return put_mud(r, name);
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
	m->told_late = true;
	r->muds_told_late = true;
	r->mudlist_id = router_list_next_id(r->mudlist_id);
	router_lists_later(r);
}

static void erase(struct router *r, struct router_mud *m)
{
	log_info("router_delete", log_str("mud", m->name));
	if (!m->router[0])
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

// --- keeping ---

static void save_id(struct router *r)
{
	struct buf text = {0};
	buf_int(&text, r->mudlist_id);
	store_put(r->store, TABLE_IDS, KEY_MUDS, buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

void router_mud_save(
	struct router *r, const struct router_mud *m, store_done *done, struct router_link *owner)
{
	struct folded f;
	const struct value kept[KEPT_SIZE] = {
		[KEPT_NAME] = value_str(m->name),
		[KEPT_PASSWORD] = value_int(m->password),
		[KEPT_ADDRESS] = value_str(m->address),
		[KEPT_PROTOCOL] = value_int(m->protocol),
		[KEPT_OLD_LAYOUT] = value_int(m->old_layout),
		[KEPT_STATE] = value_int(m->state),
		[KEPT_SINCE] = value_int((int64_t)m->since_s),
		[KEPT_RECORD] = value_array(m->record, RECORD_SIZE),
		[KEPT_ROUTER] = value_str(m->router),
	};
	struct value all = value_array(kept, countof(kept));
	struct buf text = {0};
	lpc_put(&text, &all);
	save_id(r);
	store_put(r->store, TABLE_MUDS, fold(&f, span_str(m->name)), buf_bytes(&text), done, owner);
	buf_fini(&text);
}

static bool is_kept(const struct value *v)
{
	struct span name = value_text(value_at(v, KEPT_NAME));
	const struct value *record = value_at(v, KEPT_RECORD);
	return v->type == VALUE_ARRAY && (v->n == KEPT_SIZE || v->n == KEPT_SIZE_1) && name.n &&
	       name.n <= ROUTER_NAME_MAX && record->type == VALUE_ARRAY && record->n == RECORD_SIZE;
}

static int64_t int_at(const struct value *v, size_t i)
{
	const struct value *at = value_at(v, i);
	return value_is_int(at) ? at->i : 0;
}

// After our own restart nobody is down before it had the time to come back.
static void load_mud(struct router *r, const struct value *v)
{
	struct router_mud *m = put_mud(r, value_text(value_at(v, KEPT_NAME)));
	struct span address = value_text(value_at(v, KEPT_ADDRESS));
	struct span router = value_text(value_at(v, KEPT_ROUTER));
	m->password = (int32_t)int_at(v, KEPT_PASSWORD);
	memcpy(m->address, address.p ? address.p : "", min_size(address.n, sizeof m->address - 1));
	memcpy(m->router, router.p ? router.p : "", min_size(router.n, sizeof m->router - 1));
	m->protocol = (int8_t)int_at(v, KEPT_PROTOCOL);
	m->old_layout = int_at(v, KEPT_OLD_LAYOUT) != 0;
	m->state = int_at(v, KEPT_STATE);
	m->since_s = (uint64_t)int_at(v, KEPT_SINCE);
	m->grace_until_ms = clock_ms() + ROUTER_RESTART_GRACE_MS;
	router_mud_fill(m, value_at(v, KEPT_RECORD)->at);
}

static void on_mud(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	struct arena arena = {0};
	struct lpc_error error;
	struct value v;
	if (lpc_read(&arena, &text, &v, &error) && is_kept(&v) &&
		!any_mud(r, value_text(value_at(&v, KEPT_NAME))))
		load_mud(r, &v);
	else
		log_error("router_record", log_span("mud", key), log_str("why", "unreadable"));
	arena_fini(&arena);
}

static void on_id(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	uint64_t n;
	if (span_eq(key, KEY_MUDS) && span_uint(text, INT64_MAX, &n))
		r->mudlist_id = (int64_t)n;
}

void router_muds_load(struct router *r)
{
	struct buf why = {0};
	if (!store_scan_now(r->store, TABLE_MUDS, on_mud, r, &why) ||
		!store_scan_now(r->store, TABLE_IDS, on_id, r, &why))
		die("the router cannot read its MUDs: %.*s", (int)why.n, why.p);
	buf_fini(&why);
}

void router_muds_free(struct router *r)
{
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at))
		free_mud(at.value);
	map_fini(&r->muds);
}
