// SPDX-License-Identifier: MIT
// What callers say to the store and ask of it: how each call gets on the queue, the bounds that
// refuse it, and in what words the store is well or not.
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/store_priv.h"

// A healthy disk syncs in milliseconds, a sleeping one in seconds; after this people must know.
enum { STUCK_MS = 15 * SECOND_MS };

static bool is_too_large(const struct store_change *what)
{
	size_t max = what->verb == STORE_PUT ? STORE_VALUE_MAX_BYTES : STORE_KEY_MAX_BYTES;
	return what->table.n > STORE_TABLE_MAX_BYTES || what->key.n > STORE_KEY_MAX_BYTES ||
	       what->value.n > max;
}

// Logged once per job that is waited for: a full queue sees many calls.
static bool may_wait(struct store *s, const struct store_change *what)
{
	size_t bytes = what->table.n + what->key.n + what->value.n;
	if (is_too_large(what)) {
		log_warning("store_too_large", log_span("table", what->table),
			log_int("bytes", (int64_t)bytes));
		return false;
	}
	if (queue_has_room(&s->queue, bytes))
		return true;
	if (!s->full)
		log_error("store_full", log_int("waiting", (int64_t)s->queue.n),
			log_int("waiting_bytes", (int64_t)s->queue.bytes));
	s->full = true;
	return false;
}

static uint64_t add_call(struct store *s, const struct call *like, const struct store_change *what)
{
	bool ok = may_wait(s, what);
	struct call *c = queue_new_call(&s->queue, like, what, ok);
	c->id = ++s->last_id;
	if (!ok || !c->soon)
		loop_again(s->loop);
	if (!ok) {
		c->result = STORE_FAILED;
		metric_add(METRIC_STORE_LOST, c->verb != CALL_SCAN);
		list_append(&s->refused, &c->link);
		return c->id;
	}
	if (c->soon && !s->queue.n_soon)
		timer_start(&s->timers->patience, STORE_SOON_MS);
	queue_append(&s->queue, c);
	return c->id;
}

uint64_t store_put(struct store *s, struct span table, struct span key, struct span value,
	store_done *done, void *owner)
{
	return add_call(s, &(struct call){.verb = CALL_PUT, .done = done, .owner = owner},
		&(struct store_change){.table = table, .key = key, .value = value});
}

uint64_t store_put_soon(struct store *s, struct span table, struct span key, struct span value,
	store_done *done, void *owner)
{
	return add_call(s,
		&(struct call){.verb = CALL_PUT, .soon = true, .done = done, .owner = owner},
		&(struct store_change){.table = table, .key = key, .value = value});
}

uint64_t store_take(
	struct store *s, struct span table, struct span key, store_done *done, void *owner)
{
	return add_call(s, &(struct call){.verb = CALL_TAKE, .done = done, .owner = owner},
		&(struct store_change){.verb = STORE_TAKE, .table = table, .key = key});
}

uint64_t store_trim(
	struct store *s, const struct store_range *r, uint32_t keep, store_done *done, void *owner)
{
	return add_call(s,
		&(struct call){.verb = CALL_TRIM, .n = keep, .done = done, .owner = owner},
		&(struct store_change){
			.verb = STORE_TRIM, .table = r->table, .key = r->from, .value = r->to});
}

uint64_t store_range(
	struct store *s, const struct store_range *r, store_row *row, store_done *done, void *owner)
{
	return add_call(s,
		&(struct call){.verb = CALL_SCAN,
			.n = r->limit,
			.backwards = r->backwards,
			.row = row,
			.done = done,
			.owner = owner},
		// Its ends are two keys, as a trim's are.
		&(struct store_change){
			.verb = STORE_TRIM, .table = r->table, .key = r->from, .value = r->to});
}

uint64_t store_scan(
	struct store *s, struct span table, store_row *row, store_done *done, void *owner)
{
	return store_range(s, &(struct store_range){.table = table}, row, done, owner);
}

bool store_range_now(
	struct store *s, const struct store_range *r, store_row *row, void *owner, struct buf *why)
{
	ensure(!s->turned && !s->in_callback);
	store_drain(s);
	s->in_callback = true;
	bool ok = held_scan(&s->held, &s->over, r, (struct held_reader){row, owner}, why);
	s->in_callback = false;
	return ok;
}

bool store_scan_now(
	struct store *s, struct span table, store_row *row, void *owner, struct buf *why)
{
	return store_range_now(s, &(struct store_range){.table = table}, row, owner, why);
}

void store_load(struct store *s, struct span table, store_row *row, void *owner, const char *what)
{
	struct buf why = {0};
	if (!store_scan_now(s, table, row, owner, &why))
		die("%s cannot be read: %.*s", what, (int)why.n, why.p);
	buf_fini(&why);
}

void store_forget(struct store *s, const void *owner)
{
	queue_forget(&s->queue.calls, owner);
	queue_forget(&s->answering, owner);
	queue_forget(&s->refused, owner);
	if (s->batch)
		queue_forget(&s->batch->calls, owner);
}

// --- health ---

static void say(struct buf *words, struct span sentence)
{
	if (words->n)
		buf_lit(words, "; ");
	buf_span(words, sentence);
}

bool store_health(const struct store *s, struct buf *words)
{
	bool stuck = s->batch && clock_ms() - s->batch->since_ms > STUCK_MS;
	outage_words(&s->outage, s->n_held, words);
	if (stuck)
		say(words, SPAN("the disk under the store does not answer"));
	if (s->full)
		say(words, SPAN("too many calls wait for the store: it refuses more"));
	if (s->notice.n)
		say(words, buf_bytes(&s->notice));
	return !s->outage.on && !stuck && !s->full;
}

void store_fail_next(struct store *s, unsigned jobs)
{
	s->fail_next = jobs;
}

void store_hold_next(struct store *s, unsigned jobs)
{
	s->hold_next = jobs;
}
