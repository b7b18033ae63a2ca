// SPDX-License-Identifier: MIT
// One array of pointers, searched by halves.
#include "store/records.h"
#include "base/mem.h"
#include <stdlib.h>

static int compare(const struct record *r, struct span table, struct span key)
{
	int by_table = span_cmp(r->table, table);
	return by_table ? by_table : span_cmp(r->key, key);
}

size_t records_place(const struct records *all, struct span table, struct span key)
{
	size_t low = 0, high = all->n;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(all->at[middle], table, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

size_t records_end(const struct records *all, struct span table, struct span to)
{
	static const char above[STORE_KEY_MAX_BYTES + 1] = {
		[0 ... STORE_KEY_MAX_BYTES] = '\xff'}; // longer than a key: behind all of them
	return records_place(all, table, to.n ? to : span_of(above, sizeof above));
}

const struct record *records_find(const struct records *all, struct span table, struct span key)
{
	size_t i = records_place(all, table, key);
	return i < all->n && compare(all->at[i], table, key) == 0 ? all->at[i] : NULL;
}

// With its place in the array, and what the allocator adds to each.
static size_t cost_of(size_t bytes)
{
	return sizeof(struct record) + sizeof(struct record *) + 2 * sizeof(size_t) + bytes;
}

size_t records_cost(const struct store_change *c)
{
	return cost_of(c->table.n + c->key.n + c->value.n);
}

static size_t cost_of_record(const struct record *r)
{
	return cost_of(r->table.n + r->key.n + r->value.n);
}

static struct record *new_record(const struct store_change *c)
{
	struct record *r = mem_alloc(sizeof *r + c->table.n + c->key.n + c->value.n);
	char *at = r->bytes;
	r->gone = c->verb == STORE_TAKE;
	r->table = span_put(&at, c->table);
	r->key = span_put(&at, c->key);
	r->value = span_put(&at, c->value);
	return r;
}

void records_put(struct records *all, const struct store_change *c)
{
	size_t i = records_place(all, c->table, c->key);
	struct record *fresh = new_record(c);
	all->bytes += cost_of_record(fresh);
	if (i < all->n && compare(all->at[i], c->table, c->key) == 0) {
		all->bytes -= cost_of_record(all->at[i]);
		free(all->at[i]);
		all->at[i] = fresh;
		return;
	}
	if (all->n == all->cap) {
		all->cap = max_size(all->cap * 2, 16);
		all->at = mem_grow(all->at, all->cap, sizeof *all->at);
	}
	memmove(all->at + i + 1, all->at + i, (all->n - i) * sizeof *all->at);
	all->at[i] = fresh;
	all->n++;
}

void records_drop(struct records *all, size_t first, size_t n)
{
	if (!n)
		return;
	for (size_t i = first; i < first + n; i++) {
		all->bytes -= cost_of_record(all->at[i]);
		free(all->at[i]);
	}
	all->n -= n;
	memmove(all->at + first, all->at + first + n, (all->n - first) * sizeof *all->at);
}

void records_fini(struct records *all)
{
	records_drop(all, 0, all->n);
	free(all->at);
	*all = (struct records){0};
}
