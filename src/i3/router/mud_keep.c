// SPDX-License-Identifier: MIT
// MUDs in the store: a record each, as LPC text, under the name in lower case; and the ids of the
// mudlist.  Records of the first version end before the id of their last change.
#include "base/clock.h"
#include "base/log.h"
#include "i3/router/router_priv.h"
#include "proto/lpc.h"

#define TABLE_MUDS SPAN("router_muds")
#define TABLE_IDS  SPAN("router_ids")
#define KEY_MUDS   SPAN("mudlist")
#define KEY_FLOOR  SPAN("mudlist_floor")

enum { // elements of a kept record
	KEPT_NAME,
	KEPT_PASSWORD,
	KEPT_ADDRESS,
	KEPT_PROTOCOL,
	KEPT_OLD_LAYOUT,
	KEPT_STATE,
	KEPT_SINCE,
	KEPT_RECORD,
	KEPT_SIZE_FIRST,
	KEPT_CHANGED = KEPT_SIZE_FIRST,
	KEPT_ROUTER,
	KEPT_HOME,
	KEPT_SIZE,
};

static void save_id(struct router *r, struct span key, int64_t id)
{
	struct buf text = {0};
	buf_int(&text, id);
	store_put(r->store, TABLE_IDS, key, buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

void router_mud_save(
	struct router *r, const struct router_mud *m, store_done *done, struct router_link *owner)
{
	struct router_key key;
	const struct value kept[KEPT_SIZE] = {
		[KEPT_NAME] = value_str(m->name),
		[KEPT_PASSWORD] = value_int(m->password),
		[KEPT_ADDRESS] = value_str(m->address),
		[KEPT_PROTOCOL] = value_int(m->protocol),
		[KEPT_OLD_LAYOUT] = value_int(m->old_layout),
		[KEPT_STATE] = value_int(m->state),
		[KEPT_SINCE] = value_int((int64_t)m->since_s),
		[KEPT_RECORD] = value_array(m->record, RECORD_SIZE),
		[KEPT_CHANGED] = value_int(m->changed_id),
		[KEPT_ROUTER] = value_str(m->router),
		[KEPT_HOME] = value_str(m->home),
	};
	struct value all = value_array(kept, countof(kept));
	struct buf text = {0};
	lpc_put(&text, &all);
	save_id(r, KEY_MUDS, r->mudlist_id);
	store_put(r->store, TABLE_MUDS, router_mud_key(&key, span_str(m->name)), buf_bytes(&text),
		done, owner);
	buf_fini(&text);
}

void router_mud_unsave(struct router *r, const struct router_mud *m)
{
	struct router_key key;
	store_take(r->store, TABLE_MUDS, router_mud_key(&key, span_str(m->name)), NULL, NULL);
	save_id(r, KEY_FLOOR, r->mudlist_floor_id);
}

// --- reading ---

static int64_t int_at(const struct value *v, size_t i)
{
	const struct value *at = value_at(v, i);
	return value_is_int(at) ? at->i : 0;
}

static bool is_record(struct router *r, const struct value *record)
{
	return record->type == VALUE_ARRAY && record->n == RECORD_SIZE &&
	       router_text_bytes(r, record) <= ROUTER_RECORD_MAX;
}

static bool is_kept(struct router *r, struct span key, const struct value *v)
{
	struct span name = value_text(value_at(v, KEPT_NAME));
	return v->type == VALUE_ARRAY && v->n >= KEPT_SIZE_FIRST && router_name_is_good(name) &&
	       span_caseeq(key, name) && int_at(v, KEPT_STATE) >= ROUTER_MUD_DELETED &&
	       int_at(v, KEPT_SINCE) >= 0 && is_record(r, value_at(v, KEPT_RECORD));
}

// When it is not from before the list's id it would be news for ever.
static int64_t changed_id(const struct router *r, const struct value *v)
{
	int64_t id = v->n > KEPT_CHANGED ? int_at(v, KEPT_CHANGED) : r->mudlist_id;
	return id < 0 || id > r->mudlist_id ? r->mudlist_id : id;
}

// After our own restart nobody is down before it had the time to come back.
static void load_mud(struct router *r, const struct value *v)
{
	struct router_mud *m = router_mud_put(r, value_text(value_at(v, KEPT_NAME)));
	struct span address = value_text(value_at(v, KEPT_ADDRESS));
	struct span router = value_text(value_at(v, KEPT_ROUTER));
	struct span home = value_text(value_at(v, v->n > KEPT_HOME ? KEPT_HOME : KEPT_ADDRESS));
	m->password = (int32_t)int_at(v, KEPT_PASSWORD);
	memcpy(m->address, address.p ? address.p : "", min_size(address.n, sizeof m->address - 1));
	memcpy(m->home, home.p ? home.p : "", min_size(home.n, sizeof m->home - 1));
	memcpy(m->router, router.p ? router.p : "", min_size(router.n, sizeof m->router - 1));
	m->protocol = (int8_t)int_at(v, KEPT_PROTOCOL);
	m->old_layout = int_at(v, KEPT_OLD_LAYOUT) != 0;
	m->state = int_at(v, KEPT_STATE);
	m->since_s = (uint64_t)int_at(v, KEPT_SINCE);
	m->changed_id = changed_id(r, v);
	m->grace_until_ms = clock_ms() + ROUTER_RESTART_GRACE_MS;
	router_mud_fill(m, value_at(v, KEPT_RECORD)->at);
}

static void on_mud(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	struct arena arena = {0};
	struct lpc_error error;
	struct value v;
	if (router_kept_is_text(text) && lpc_read(&arena, &text, &v, &error) && is_kept(r, key, &v))
		load_mud(r, &v);
	else
		log_error("router_record", log_span("mud", key), log_str("why", "unreadable"));
	arena_fini(&arena);
}

static void on_id(void *owner, struct span key, struct span text)
{
	struct router *r = owner;
	uint64_t n;
	if (!span_uint(text, ROUTER_ID_MAX, &n))
		return;
	if (span_eq(key, KEY_MUDS))
		r->mudlist_id = r->mudlist_told_id = (int64_t)n;
	if (span_eq(key, KEY_FLOOR))
		r->mudlist_floor_id = (int64_t)n;
}

// Of the time before its first start this router knows nothing.
static void begin_ids(struct router *r)
{
	r->mudlist_floor_id = router_list_next_id(r->mudlist_id);
	r->mudlist_id = r->mudlist_told_id = r->mudlist_floor_id;
	save_id(r, KEY_FLOOR, r->mudlist_floor_id);
	save_id(r, KEY_MUDS, r->mudlist_id);
}

void router_muds_load(struct router *r)
{
	store_load(r->store, TABLE_IDS, on_id, r, "the id of the router's mudlist");
	store_load(r->store, TABLE_MUDS, on_mud, r, "the router's mudlist");
	if (!r->mudlist_floor_id)
		begin_ids(r);
}
