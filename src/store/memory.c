// SPDX-License-Identifier: MIT
// The store that forgets: for a daemon without a file, and for tests.  One array of records,
// sorted by table and key, because a scan must come in order of key.
#include "base/mem.h"
#include "store/store.h"
#include <stdlib.h>

struct record {
	struct span table, key, value; // in bytes
	char bytes[];
};

struct memory {
	struct record **at;
	size_t n, cap;
};

static int compare(const struct record *r, struct span table, struct span key)
{
	int by_table = span_cmp(r->table, table);
	return by_table ? by_table : span_cmp(r->key, key);
}

// Index of the first record that is not before (table, key).
static size_t place_of(const struct memory *m, struct span table, struct span key)
{
	size_t low = 0, high = m->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(m->at[middle], table, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct record *new_record(const struct store_change *c)
{
	struct record *r = mem_alloc(sizeof *r + c->table.n + c->key.n + c->value.n);
	char *at = r->bytes;
	r->table = span_put(&at, c->table);
	r->key = span_put(&at, c->key);
	r->value = span_put(&at, c->value);
	return r;
}

static void insert(struct memory *m, size_t i, struct record *r)
{
	if (m->n == m->cap) {
		m->cap = max_size(m->cap * 2, 16);
		m->at = mem_grow(m->at, m->cap, sizeof *m->at);
	}
	memmove(m->at + i + 1, m->at + i, (m->n - i) * sizeof *m->at);
	m->at[i] = r;
	m->n++;
}

static void drop(struct memory *m, size_t first, size_t n)
{
	for (size_t i = first; i < first + n; i++)
		free(m->at[i]);
	m->n -= n;
	memmove(m->at + first, m->at + first + n, (m->n - first) * sizeof *m->at);
}

// Index behind the last record of the table that is before `to`, or of all the table.
static size_t end_of(const struct memory *m, struct span table, struct span to)
{
	static const char above[STORE_KEY_MAX_BYTES + 1] = {
		[0 ... STORE_KEY_MAX_BYTES] = '\xff'}; // longer than a key: behind all of them
	return place_of(m, table, to.n ? to : span_of(above, sizeof above));
}

static void trim(struct memory *m, const struct store_change *c)
{
	size_t first = place_of(m, c->table, c->key), end = end_of(m, c->table, c->value);
	if (end > first + c->keep)
		drop(m, first, end - first - c->keep);
}

static void *memory_open(const char *path, struct buf *notice, struct buf *why)
{
	(void)path, (void)notice, (void)why;
	return mem_zalloc(sizeof(struct memory));
}

static void memory_close(void *back)
{
	struct memory *m = back;
	for (size_t i = 0; i < m->n; i++)
		free(m->at[i]);
	free(m->at);
	free(m);
}

static bool memory_write(void *back, const struct store_change *c, size_t n, struct buf *why)
{
	struct memory *m = back;
	(void)why;
	for (const struct store_change *end = c + n; c < end; c++) {
		if (c->verb == STORE_TRIM) {
			trim(m, c);
			continue;
		}
		size_t i = place_of(m, c->table, c->key);
		if (i < m->n && compare(m->at[i], c->table, c->key) == 0)
			drop(m, i, 1);
		if (c->verb == STORE_PUT)
			insert(m, i, new_record(c));
	}
	return true;
}

static bool memory_scan(
	void *back, const struct store_range *r, store_row *row, void *owner, struct buf *why)
{
	const struct memory *m = back;
	size_t first = place_of(m, r->table, r->from), end = end_of(m, r->table, r->to);
	(void)why;
	for (size_t n = 0; first < end && (!r->limit || n < r->limit); n++) {
		const struct record *at = m->at[r->backwards ? --end : first++];
		row(owner, at->key, at->value);
	}
	return true;
}

const struct store_backend store_memory = {
	.name = "memory",
	.open = memory_open,
	.close = memory_close,
	.write = memory_write,
	.scan = memory_scan,
};
