// SPDX-License-Identifier: MIT
// How what is held and what the back end has become one scan: two sequences in order of key are
// merged.  The stretches of which nothing is left are not read at all.
#include "base/mem.h"
#include "store/held.h"
#include <stdlib.h>

struct merge {
	const struct held *held;
	const struct store_range *range;
	struct held_reader reader;
	size_t first, end; // of the words, those not given yet
	uint32_t left;     // rows
};

static void give(struct merge *m, struct span key, struct span value)
{
	if (!m->left)
		return;
	m->left--;
	m->reader.row(m->reader.owner, key, value);
}

static const struct record *next_word(const struct merge *m)
{
	if (m->first == m->end)
		return NULL;
	return m->held->words.at[m->range->backwards ? m->end - 1 : m->first];
}

static void give_word(struct merge *m, const struct record *r)
{
	if (m->range->backwards)
		m->end--;
	else
		m->first++;
	if (!r->gone)
		give(m, r->key, r->value);
}

// The words before this row come first; one about it comes instead.
static void on_row(void *owner, struct span key, struct span value)
{
	struct merge *m = owner;
	const struct record *r;
	int order = 1;
	while ((r = next_word(m))) {
		order = span_cmp(r->key, key);
		if (m->range->backwards)
			order = -order;
		if (order > 0)
			break;
		give_word(m, r);
		if (order == 0)
			return;
	}
	give(m, key, value);
}

// A row can be hidden by a word about it, so as many more are asked for.
static uint32_t rows_wanted(const struct merge *m, const struct store_range *r)
{
	const struct records *words = &m->held->words;
	size_t hidden =
		records_end(words, r->table, r->to) - records_place(words, r->table, r->from);
	if (!m->range->limit || hidden > UINT32_MAX - m->left)
		return 0;
	return m->left + (uint32_t)hidden;
}

static bool read_part(
	struct merge *m, const struct held_over *over, struct store_range part, struct buf *why)
{
	if (!m->left || (part.to.n && span_cmp(part.from, part.to) >= 0))
		return true;
	part.limit = rows_wanted(m, &part);
	return over->backend->scan(over->back, &part, on_row, m, why);
}

static bool ends_before(struct span to, struct span key)
{
	return to.n && span_cmp(to, key) <= 0;
}

// What is left of the range between the stretches, in order of key; → how many parts.
static size_t cut_range(
	const struct held *h, const struct store_range *r, struct store_range *parts)
{
	const struct records *cleared = &h->cleared;
	struct store_range rest = *r;
	size_t n = 0, i = records_place(cleared, r->table, r->from);
	size_t end = records_end(cleared, r->table, r->to);
	if (i && span_cmp(cleared->at[i - 1]->table, r->table) == 0 &&
		!ends_before(cleared->at[i - 1]->value, r->from))
		i--;
	for (; i < end; i++) {
		if (cleared->at[i]->key.n) { // nothing is before the empty key
			parts[n] = rest;
			parts[n++].to = cleared->at[i]->key;
		}
		rest.from = cleared->at[i]->value;
		if (!rest.from.n)
			return n;
	}
	parts[n++] = rest;
	return n;
}

bool held_scan(const struct held *h, const struct held_over *over, const struct store_range *r,
	struct held_reader reader, struct buf *why)
{
	if (!held_count(h))
		return over->backend->scan(over->back, r, reader.row, reader.owner, why);
	if (r->to.n && span_cmp(r->from, r->to) >= 0)
		return true;
	struct merge m = {.held = h,
		.range = r,
		.reader = reader,
		.first = records_place(&h->words, r->table, r->from),
		.end = records_end(&h->words, r->table, r->to),
		.left = r->limit ? r->limit : UINT32_MAX};
	struct store_range *parts = mem_array(h->cleared.n + 1, sizeof *parts);
	size_t n = cut_range(h, r, parts);
	bool ok = true;
	for (size_t i = 0; ok && i < n; i++)
		ok = read_part(&m, over, parts[r->backwards ? n - 1 - i : i], why);
	for (const struct record *w; ok && (w = next_word(&m));)
		give_word(&m, w);
	free(parts);
	return ok;
}
