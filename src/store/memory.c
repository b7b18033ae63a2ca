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

static void drop(struct memory *m, size_t i)
{
	free(m->at[i]);
	m->n--;
	memmove(m->at + i, m->at + i + 1, (m->n - i) * sizeof *m->at);
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
		size_t i = place_of(m, c->table, c->key);
		if (i < m->n && compare(m->at[i], c->table, c->key) == 0)
			drop(m, i);
		if (!c->take)
			insert(m, i, new_record(c));
	}
	return true;
}

static bool memory_scan(void *back, struct span table, store_row *row, void *owner, struct buf *why)
{
	const struct memory *m = back;
	(void)why;
	for (size_t i = place_of(m, table, SPAN("")); i < m->n; i++) {
		if (!span_eq(m->at[i]->table, table))
			break;
		row(owner, m->at[i]->key, m->at[i]->value);
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
