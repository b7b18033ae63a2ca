// SPDX-License-Identifier: MIT
// How changes fold into each other.  A trim becomes a stretch at once, because what it leaves
// depends on what is there when it is asked for.
#include "store/held.h"
#include "base/mem.h"
#include <stdlib.h>

void held_fini(struct held *h)
{
	records_fini(&h->words);
	records_fini(&h->cleared);
}

size_t held_count(const struct held *h)
{
	return h->words.n + h->cleared.n;
}

size_t held_bytes(const struct held *h)
{
	return h->words.bytes + h->cleared.bytes;
}

// A trim that leaves something finds its end itself: a key at most.
int64_t held_growth(const struct held *h, const struct store_change *c, size_t *n)
{
	int64_t cost = (int64_t)records_cost(c);
	const struct record *old =
		c->verb == STORE_TRIM ? NULL : records_find(&h->words, c->table, c->key);
	*n += !old;
	if (c->verb == STORE_TRIM)
		return cost + (c->keep ? STORE_KEY_MAX_BYTES : 0);
	if (!old)
		return cost;
	return cost - (int64_t)records_cost(&(struct store_change){
			      .table = old->table, .key = old->key, .value = old->value});
}

// --- stretches ---

// An empty end is behind all keys.
static bool reaches(struct span to, struct span key)
{
	return !to.n || span_cmp(to, key) >= 0;
}

static struct span further(struct span a, struct span b)
{
	return !a.n || !b.n ? (struct span){0} : span_cmp(a, b) > 0 ? a : b;
}

static bool is_of(const struct record *r, struct span table)
{
	return span_cmp(r->table, table) == 0;
}

// Takes over those it touches: the one that begins before it, and those that begin within it.
static void clear(struct held *h, struct span table, struct span from, struct span to)
{
	struct records *all = &h->cleared;
	size_t first = records_place(all, table, from), end = first;
	struct buf a = {0}, b = {0};
	if (to.n && span_cmp(from, to) >= 0)
		return;
	size_t word = records_place(&h->words, table, from);
	records_drop(&h->words, word, records_end(&h->words, table, to) - word);
	if (first && is_of(all->at[first - 1], table) && reaches(all->at[first - 1]->value, from))
		from = all->at[--first]->key;
	for (; end < all->n && is_of(all->at[end], table) && reaches(to, all->at[end]->key); end++)
		to = further(to, all->at[end]->value);
	if (first < end)
		to = further(to, all->at[first]->value);
	buf_span(&a, from);
	buf_span(&b, to);
	records_drop(all, first, end - first);
	records_put(all, &(struct store_change){
				 .table = table, .key = buf_bytes(&a), .value = buf_bytes(&b)});
	buf_fini(&a);
	buf_fini(&b);
}

struct cut {
	struct buf key;
	uint32_t n;
};

static void note_key(void *owner, struct span key, struct span value)
{
	struct cut *c = owner;
	(void)value;
	buf_clear(&c->key);
	buf_span(&c->key, key);
	c->n++;
}

// Nothing before the first of the last `keep` is left.
static bool trim(
	struct held *h, const struct held_over *over, const struct store_change *c, struct buf *why)
{
	struct store_range last = {.table = c->table,
		.from = c->key,
		.to = c->value,
		.limit = c->keep,
		.backwards = true};
	struct cut cut = {0};
	bool ok = held_scan(h, over, &last, (struct held_reader){note_key, &cut}, why);
	if (ok && cut.n == c->keep && cut.key.n)
		clear(h, c->table, c->key, buf_bytes(&cut.key));
	buf_fini(&cut.key);
	return ok;
}

bool held_add(
	struct held *h, const struct held_over *over, const struct store_change *c, struct buf *why)
{
	if (c->verb != STORE_TRIM)
		records_put(&h->words, c);
	else if (c->keep)
		return trim(h, over, c, why);
	else
		clear(h, c->table, c->key, c->value);
	return true;
}

struct store_change *held_changes(const struct held *h, size_t more)
{
	struct store_change *all = mem_array(held_count(h) + more, sizeof *all), *at = all;
	for (size_t i = 0; i < h->cleared.n; i++) {
		const struct record *r = h->cleared.at[i];
		*at++ = (struct store_change){
			.verb = STORE_TRIM, .table = r->table, .key = r->key, .value = r->value};
	}
	for (size_t i = 0; i < h->words.n; i++) {
		const struct record *r = h->words.at[i];
		*at++ = (struct store_change){.verb = r->gone ? STORE_TAKE : STORE_PUT,
			.table = r->table,
			.key = r->key,
			.value = r->value};
	}
	return all;
}
