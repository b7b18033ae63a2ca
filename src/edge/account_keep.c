// SPDX-License-Identifier: MIT
// Accounts in the store: table "accounts", a record each under the name in lower case; and in
// "account_ids" the last id that was given away, which outlives its account.
#include "base/log.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include <stdlib.h>

#define TABLE     SPAN("accounts")
#define TABLE_IDS SPAN("account_ids")
#define KEY_LAST  SPAN("last")

static const uint64_t id_max = INT64_MAX / 2; // one near the end is none of ours

// --- reading ---

static void on_id(void *owner, struct span key, struct span text)
{
	struct accounts *a = owner;
	uint64_t id;
	if (span_eq(key, KEY_LAST) && span_uint(text, id_max, &id) && id > a->last_id)
		a->last_id = id;
}

static const char *fault_of(struct accounts *a, const struct account_record *r, struct span key)
{
	struct buf lower = {0};
	buf_lower(&lower, r->is.name);
	bool same = span_eq(buf_bytes(&lower), key);
	buf_fini(&lower);
	if (!same)
		return "its name and its key differ";
	if (r->is.id > id_max)
		return "its id is none of ours";
	if (map_find(&a->by_id, span_of(&r->is.id, sizeof r->is.id)))
		return "its id is somebody else's";
	return NULL;
}

static void on_record(void *owner, struct span key, struct span text)
{
	struct accounts *a = owner;
	struct account_record *r = mem_zalloc(sizeof *r);
	const char *why = account_record_read(r, text) ? fault_of(a, r, key) : "unreadable";
	uint64_t id = r->is.id;
	if (why) {
		log_error("account_record", log_span("key", key), log_str("why", why));
		account_record_free(r);
		if (key.n <= ACCOUNT_NAME_MAX && !span_has_controls(key))
			account_add(a, key, 0)->state = ACCOUNT_DAMAGED;
	} else {
		r->state = ACCOUNT_HERE;
		account_enter(a, r);
	}
	if (id > a->last_id && id <= id_max)
		a->last_id = id;
}

void account_load(struct accounts *a)
{
	store_load(a->store, TABLE_IDS, on_id, a, "the last id of the accounts");
	store_load(a->store, TABLE, on_record, a, "the list of the accounts");
}

// --- writing ---

struct line { // of the table
	struct buf key, bytes;
};

static void line_init(struct line *l, const struct account_record *r)
{
	*l = (struct line){0};
	buf_lower(&l->key, r->is.name);
	account_record_put(r, &l->bytes);
}

static void line_fini(struct line *l)
{
	sodium_memzero(l->bytes.p, l->bytes.n);
	buf_fini(&l->bytes);
	buf_fini(&l->key);
}

static void put(struct accounts *a, const struct account_record *r, store_done *done, void *owner)
{
	struct line l;
	line_init(&l, r);
	store_put(a->store, TABLE, buf_bytes(&l.key), buf_bytes(&l.bytes), done, owner);
	line_fini(&l);
}

static void take(struct accounts *a, const struct account_record *r, store_done *done, void *owner)
{
	struct buf key = {0};
	buf_lower(&key, r->is.name);
	store_take(a->store, TABLE, buf_bytes(&key), done, owner);
	buf_fini(&key);
}

void account_keep_soon(struct accounts *a, const struct account_record *r)
{
	struct line l;
	line_init(&l, r);
	store_put_soon(a->store, TABLE, buf_bytes(&l.key), buf_bytes(&l.bytes), NULL, NULL);
	line_fini(&l);
}

static void put_last_id(struct accounts *a)
{
	struct buf text = {0};
	buf_int(&text, (int64_t)a->last_id);
	store_put(a->store, TABLE_IDS, KEY_LAST, buf_bytes(&text), NULL, NULL);
	buf_fini(&text);
}

// --- what is asked for ---

static void on_good(struct account_ask *ask, struct account_record *r)
{
	static const char *const words[] = {[ASK_CREATE] = "account_created",
		[ASK_PASSWORD] = "account_password",
		[ASK_LOCK] = "account_lock",
		[ASK_REMOVE] = "account_removed"};
	log_info(words[ask->kind], log_int("account", (int64_t)r->is.id),
		log_span("name", r->is.name));
	if (ask->kind == ASK_CREATE)
		r->state = ACCOUNT_HERE;
	if (ask->kind == ASK_REMOVE)
		account_drop(ask->accounts, r);
}

// As if it had not been asked for; what the store holds in memory goes with it.
static void take_back(struct account_ask *ask, struct account_record *r)
{
	struct accounts *a = ask->accounts;
	log_error("account_not_kept", log_int("account", (int64_t)r->is.id),
		log_span("name", r->is.name));
	switch (ask->kind) {
	case ASK_CHECK: return;
	case ASK_CREATE:
		take(a, r, NULL, NULL);
		account_drop(a, r);
		return;
	case ASK_PASSWORD: memcpy(r->hash, ask->kept, sizeof r->hash); break;
	case ASK_LOCK: r->is.locked = !ask->locked; break;
	case ASK_REMOVE: r->state = r->is.id ? ACCOUNT_HERE : ACCOUNT_DAMAGED; break;
	}
	if (r->state == ACCOUNT_HERE)
		put(a, r, NULL, NULL);
}

static void on_kept(void *owner, uint64_t call, enum store_result result)
{
	struct account_ask *ask = owner;
	struct account_record *r = ask->record;
	bool good = result == STORE_OK && !ask->given_up;
	(void)call;
	list_unlink(&ask->link);
	r->changing = false;
	if (good)
		on_good(ask, r);
	else
		take_back(ask, r);
	account_ask_answer(ask, good ? ACCOUNT_OK : ACCOUNT_NOT_KEPT);
}

// Both records of a new account are kept, or none: they are put in one turn.
void account_keep(struct account_ask *ask, struct account_record *r)
{
	struct accounts *a = ask->accounts;
	r->changing = true;
	ask->record = r;
	list_append(&a->keeping, &ask->link);
	account_asks_watch(a);
	if (ask->kind == ASK_CREATE)
		put_last_id(a);
	if (ask->kind == ASK_REMOVE)
		take(a, r, on_kept, ask);
	else
		put(a, r, on_kept, ask);
}
