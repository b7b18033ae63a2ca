// SPDX-License-Identifier: MIT
#include "store/batch.h"
#include "base/clock.h"
#include "base/mem.h"
#include <stdlib.h>

static void add_change(struct batch *b, const struct call *c)
{
	if (b->n == b->cap) {
		b->cap = max_size(b->cap * 2, 8);
		b->changes = mem_grow(b->changes, b->cap, sizeof *b->changes);
	}
	b->changes[b->n++] = queue_change(c);
	b->waited_for |= c->done && !c->soon;
}

struct batch *batch_take(struct queue *q, struct store *s, struct held_over over, struct held *held)
{
	struct batch *b = mem_zalloc(sizeof *b);
	*b = (struct batch){.store = s, .over = over, .held = held, .since_ms = clock_ms()};
	list_init(&b->calls);
	ensure(uv_sem_init(&b->worked, 0) == 0);
	list_each(it, &q->calls)
	{
		struct call *c = container_of(it, struct call, link);
		if (c->verb == CALL_SCAN && b->n)
			break;
		queue_take(q, c);
		list_append(&b->calls, &c->link);
		if (c->verb == CALL_SCAN) {
			b->scan = c;
			break;
		}
		add_change(b, c);
	}
	b->n_held = held_count(held);
	return b;
}

void batch_free(struct batch *b)
{
	ensure(list_empty(&b->calls));
	uv_sem_destroy(&b->worked);
	buf_fini(&b->why);
	free(b->changes);
	free(b);
}

// --- on a worker ---

static void set_results(struct batch *b, enum store_result r)
{
	list_each(it, &b->calls) container_of(it, struct call, link)->result = r;
}

static enum store_result write_some(struct batch *b, const struct store_change *c, size_t n)
{
	size_t before = b->why.n;
	enum store_result r = b->over.backend->write(b->over.back, c, n, &b->why);
	if (b->why.n > before)
		buf_drop(&b->why, before); // the newest counts
	return r;
}

// By halves, all but those that are refused; what has been written may be written again.
static enum store_result sift(struct batch *b, const struct store_change *c, size_t n)
{
	enum store_result r = write_some(b, c, n);
	if (r != STORE_FAILED)
		return r;
	if (n == 1) {
		b->n_refused++;
		return STORE_OK;
	}
	r = sift(b, c, n / 2);
	return r == STORE_OK ? sift(b, c + n / 2, n - n / 2) : r;
}

// Something in here is refused.  When nothing at all can be written, that says nothing about what is
// held, and it stays.
static enum store_result write_apart(struct batch *b, const struct store_change *held, size_t n)
{
	enum store_result r = sift(b, held, n);
	bool proved = b->n_refused < n;
	if (r == STORE_OK) {
		r = write_some(b, b->changes, b->n);
		proved |= r == STORE_OK && b->n;
	}
	if (r == STORE_HELD || !proved) {
		b->n_refused = 0;
		return r == STORE_HELD ? r : STORE_FAILED;
	}
	held_fini(b->held);
	return r;
}

static enum store_result write_all(struct batch *b)
{
	size_t n = held_count(b->held);
	if (!n)
		return write_some(b, b->changes, b->n);
	struct store_change *all = held_changes(b->held, b->n);
	if (b->n)
		memcpy(all + n, b->changes, b->n * sizeof *all);
	enum store_result r = write_some(b, all, n + b->n);
	if (r == STORE_OK)
		held_fini(b->held);
	else if (r == STORE_FAILED)
		r = write_apart(b, all, n);
	free(all);
	return r;
}

// Of both kinds, those that may not be lost and those that may, all are held or none.
static void find_room(const struct batch *b, bool fits[2])
{
	int64_t bytes = (int64_t)held_bytes(b->held);
	size_t i = 0, n[2] = {held_count(b->held)};
	int64_t growth[2] = {0};
	list_each(it, &b->calls)
	{
		bool soon = container_of(it, struct call, link)->soon;
		growth[soon] += held_growth(b->held, &b->changes[i++], &n[soon]);
	}
	fits[false] = n[0] <= STORE_HELD_MAX && bytes + growth[0] <= STORE_HELD_MAX_BYTES;
	fits[true] = n[0] + n[1] <= STORE_HELD_MAX / 2 &&
		     bytes + growth[0] + growth[1] <= STORE_HELD_MAX_BYTES / 2;
}

static void hold(struct batch *b)
{
	bool fits[2];
	size_t i = 0;
	struct buf unread = {0}; // why a trim found nothing to go by
	find_room(b, fits);
	list_each(it, &b->calls)
	{
		struct call *c = container_of(it, struct call, link);
		bool ok = fits[c->soon] && held_add(b->held, &b->over, &b->changes[i], &unread);
		c->result = ok ? STORE_HELD : STORE_FAILED;
		b->full |= !fits[c->soon];
		i++;
	}
	buf_fini(&unread);
}

static void run_changes(struct batch *b)
{
	b->result = b->told ? b->told : b->tries ? write_all(b) : STORE_HELD;
	if (b->result == STORE_HELD)
		hold(b);
	else
		set_results(b, b->result);
}

static void run_scan(struct batch *b)
{
	struct buf *rows = &b->scan->rows;
	struct store_range range = queue_range(b->scan);
	struct held_reader reader = {queue_collect_row, rows};
	rows->max = STORE_SCAN_MAX_BYTES;
	bool ok = !b->told && held_scan(b->held, &b->over, &range, reader, &b->why);
	if (ok && rows->failed) {
		ok = false;
		buf_printf(&b->why, "the store's table %.*s holds more than %d bytes",
			(int)b->scan->table.n, b->scan->table.p, STORE_SCAN_MAX_BYTES);
	}
	b->result = b->scan->result = ok ? STORE_OK : STORE_FAILED;
}

void batch_run(struct batch *b)
{
	if (b->told)
		buf_lit(&b->why, "the store was told to fail");
	if (b->scan)
		run_scan(b);
	else
		run_changes(b);
}
