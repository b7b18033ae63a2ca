// SPDX-License-Identifier: MIT
// What is asked of the accounts, before and after a worker had the password.  A name nobody has costs
// a worker the same time, and counts as a wrong password.
#include "base/log.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include <stdlib.h>

// --- throttles ---

static uint32_t longer(uint32_t a, uint32_t b)
{
	return a > b ? a : b;
}

static uint32_t wait_of(const struct account_ask *ask, uint64_t now)
{
	struct accounts *a = ask->accounts;
	struct span from = account_place_key(&ask->from);
	const struct account_record *r = account_record_get(a, ask->id);
	if (ask->kind == ASK_CREATE)
		return throttle_wait_ms(&a->creators, from, now);
	if (ask->kind != ASK_CHECK)
		return 0;
	bool at_home = r && from.n && span_eq(account_place_key(&r->home), from);
	uint32_t place = throttle_wait_ms(&a->places, from, now);
	return at_home ? place
		       : longer(place, throttle_wait_ms(&a->names, span_str(ask->name), now));
}

static bool must_wait(struct account_ask *ask)
{
	ask->answer.retry_ms = wait_of(ask, clock_ms());
	return ask->answer.retry_ms;
}

// --- the worker ---

// Until then others may have used up what there is.
void account_ask_begin(struct account_ask *ask)
{
	if (must_wait(ask))
		account_ask_answer(ask, ACCOUNT_WAIT);
	else
		account_ask_start(ask);
}

void account_ask_work(struct job *j)
{
	struct account_ask *ask = container_of(j, struct account_ask, job);
	bool fresh = ask->kind != ASK_CHECK;
	if (!fresh) {
		ask->right = account_hash_is(ask->kept, ask->password, ask->n_password);
		fresh = ask->right && account_hash_is_old(ask->kept);
	}
	if (fresh && !account_hash_make(ask->password, ask->n_password, ask->fresh))
		*ask->fresh = '\0'; // no memory
}

// --- afterwards ---

static void on_wrong(struct account_ask *ask)
{
	struct accounts *a = ask->accounts;
	throttle_strike(&a->names, span_str(ask->name), clock_ms());
	throttle_strike(&a->places, account_place_key(&ask->from), clock_ms());
	account_ask_answer(ask, ACCOUNT_WRONG);
}

static void settle_check(struct account_ask *ask)
{
	struct accounts *a = ask->accounts;
	struct account_record *r = account_record_get(a, ask->id);
	// Changed while it was checked: it is not the password any more.
	if (!ask->right || !r || strcmp(r->hash, ask->kept) != 0) {
		on_wrong(ask);
		return;
	}
	throttle_clear(&a->names, span_str(ask->name));
	if (r->is.locked) {
		account_ask_answer(ask, ACCOUNT_LOCKED);
		return;
	}
	if (*ask->fresh)
		memcpy(r->hash, ask->fresh, sizeof r->hash);
	r->home = ask->from;
	r->is.seen_s = clock_wall_us() / 1000000;
	account_keep_soon(a, r);
	account_ask_answer(ask, ACCOUNT_OK);
}

static void settle_create(struct account_ask *ask)
{
	struct accounts *a = ask->accounts;
	if (account_record_find(a, span_str(ask->name))) {
		account_ask_answer(ask, ACCOUNT_TAKEN);
		return;
	}
	throttle_strike(&a->creators, account_place_key(&ask->from), clock_ms());
	struct account_record *r = account_add(a, span_str(ask->name), ++a->last_id);
	r->state = ACCOUNT_COMING;
	r->is.created_s = clock_wall_us() / 1000000;
	r->home = ask->from;
	memcpy(r->hash, ask->fresh, sizeof r->hash);
	ask->id = r->is.id;
	account_keep(ask, r);
}

static void settle_password(struct account_ask *ask)
{
	struct account_record *r = account_record_get(ask->accounts, ask->id);
	if (!r || r->changing) {
		account_ask_answer(ask, r ? ACCOUNT_BUSY : ACCOUNT_WRONG);
		return;
	}
	memcpy(ask->kept, r->hash, sizeof ask->kept);
	memcpy(r->hash, ask->fresh, sizeof r->hash);
	account_keep(ask, r);
}

void account_ask_settle(struct account_ask *ask)
{
	if (ask->kind == ASK_CHECK) {
		settle_check(ask);
	} else if (!ask->done) { // gone, or told to try again
		account_ask_answer(ask, ACCOUNT_BUSY);
	} else if (!*ask->fresh) {
		log_error("account_hash", log_str("why", "no memory to make it"));
		account_ask_answer(ask, ACCOUNT_NOT_KEPT);
	} else if (ask->kind == ASK_CREATE) {
		settle_create(ask);
	} else {
		settle_password(ask);
	}
}

// --- asking ---

void account_check(struct accounts *a, struct span name, struct span password, const char *address,
	account_done *done, void *owner)
{
	struct account_ask *ask = account_ask_new(a, ASK_CHECK, done, owner);
	const struct account *is = accounts_find(a, name);
	struct buf lower = {0};
	buf_lower(&lower, span_of(name.p, min_size(name.n, ACCOUNT_NAME_MAX + 1)));
	ask->name = span_dup(buf_bytes(&lower));
	buf_fini(&lower);
	ask->id = is ? is->id : 0;
	ask->from = account_place(address);
	strcpy(ask->kept,
		is ? container_of(is, struct account_record, is)->hash : account_hash_nobody);
	if (must_wait(ask))
		account_ask_answer(ask, ACCOUNT_WAIT);
	else
		account_ask_queue(ask, password);
}

void account_create(struct accounts *a, struct span name, struct span password, const char *address,
	account_done *done, void *owner)
{
	struct account_ask *ask = account_ask_new(a, ASK_CREATE, done, owner);
	ask->name = span_dup(name);
	ask->from = account_place(address);
	if (!account_name_ok(name) || account_password_bad(name, password))
		account_ask_answer(ask, ACCOUNT_BAD);
	else if (account_record_find(a, name))
		account_ask_answer(ask, ACCOUNT_TAKEN);
	else if (must_wait(ask))
		account_ask_answer(ask, ACCOUNT_WAIT);
	else if (map_count(&a->by_name) >= ACCOUNTS_MAX)
		account_ask_answer(ask, ACCOUNT_NOT_KEPT);
	else
		account_ask_queue(ask, password);
}

void account_password(
	struct accounts *a, uint64_t id, struct span fresh, account_done *done, void *owner)
{
	struct account_ask *ask = account_ask_new(a, ASK_PASSWORD, done, owner);
	const struct account *is = accounts_by_id(a, id);
	ask->id = id;
	if (!is)
		account_ask_answer(ask, ACCOUNT_WRONG);
	else if (account_password_bad(is->name, fresh))
		account_ask_answer(ask, ACCOUNT_BAD);
	else
		account_ask_queue(ask, fresh);
}

void account_lock(struct accounts *a, uint64_t id, bool locked, account_done *done, void *owner)
{
	struct account_ask *ask = account_ask_new(a, ASK_LOCK, done, owner);
	struct account_record *r = account_record_get(a, id);
	ask->id = id;
	ask->locked = locked;
	if (!r || r->changing) {
		account_ask_answer(ask, r ? ACCOUNT_BUSY : ACCOUNT_WRONG);
	} else if (r->is.locked == locked) {
		account_ask_answer(ask, ACCOUNT_OK);
	} else {
		r->is.locked = locked;
		account_keep(ask, r);
	}
}

void account_remove(struct accounts *a, struct span name, account_done *done, void *owner)
{
	struct account_ask *ask = account_ask_new(a, ASK_REMOVE, done, owner);
	struct account_record *r = account_record_find(a, name);
	if (!r || r->changing) {
		account_ask_answer(ask, r ? ACCOUNT_BUSY : ACCOUNT_WRONG);
		return;
	}
	r->state = ACCOUNT_GOING;
	account_keep(ask, r);
}
