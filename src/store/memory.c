// SPDX-License-Identifier: MIT
// The store that forgets: for a daemon without a file, and for tests.
#include "base/mem.h"
#include "store/records.h"
#include <stdlib.h>

static void *memory_open(const char *path, struct buf *notice, struct buf *why)
{
	(void)path, (void)notice, (void)why;
	return mem_zalloc(sizeof(struct records));
}

static void memory_close(void *back)
{
	records_fini(back);
	free(back);
}

static void trim(struct records *all, const struct store_change *c)
{
	size_t first = records_place(all, c->table, c->key);
	size_t end = records_end(all, c->table, c->value);
	if (end > first + c->keep)
		records_drop(all, first, end - first - c->keep);
}

static void take(struct records *all, const struct store_change *c)
{
	if (records_find(all, c->table, c->key))
		records_drop(all, records_place(all, c->table, c->key), 1);
}

static enum store_result memory_write(
	void *back, const struct store_change *c, size_t n, struct buf *why)
{
	static void (*const apply[])(struct records *, const struct store_change *) = {
		[STORE_PUT] = records_put, [STORE_TAKE] = take, [STORE_TRIM] = trim};
	(void)why;
	for (size_t i = 0; i < n; i++)
		apply[c[i].verb](back, &c[i]);
	return STORE_OK;
}

static bool memory_scan(
	void *back, const struct store_range *r, store_row *row, void *owner, struct buf *why)
{
	const struct records *all = back;
	size_t first = records_place(all, r->table, r->from);
	size_t end = records_end(all, r->table, r->to);
	(void)why;
	for (size_t n = 0; first < end && (!r->limit || n < r->limit); n++) {
		const struct record *at = all->at[r->backwards ? --end : first++];
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
