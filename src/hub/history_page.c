// SPDX-License-Identifier: MIT
#include "hub/history_page.h"
#include "base/log.h"
#include "base/metric.h"
#include "store/store.h"

// One line more than the page is looked for: it says whether there is another page.
static size_t wanted(const struct history_query *q)
{
	return (size_t)q->limit + 1;
}

static struct history *history_of(const struct history_query *q)
{
	return q->identity->hub->history;
}

static struct shelf *shelf_of(const struct history_query *q)
{
	struct history *h = history_of(q);
	return h ? history_shelf(h, q->identity, q->channel) : NULL;
}

static uint64_t horizon_of(const struct history_query *q)
{
	return history_of(q) ? history_horizon(history_of(q)) : 0;
}

// --- memory ---

struct bounds { // numbers of the lines in memory; none: first is above last
	uint64_t first, last;
};

static struct bounds memory_bounds(const struct channel *c)
{
	if (!c || !c->n_lines)
		return (struct bounds){UINT64_MAX, 0};
	return (struct bounds){channel_line(c, 0)->seq, channel_line(c, c->n_lines - 1)->seq};
}

// Index of the first line that is not before seq.
static uint32_t place_of(const struct channel *c, uint64_t seq)
{
	uint32_t low = 0, high = c ? c->n_lines : 0;
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		if (channel_line(c, middle)->seq < seq)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static size_t memory_lines(
	const struct history_query *q, struct arena *a, struct channel_line **lines)
{
	const struct channel *c = channel_find(q->identity, q->channel);
	uint32_t first = place_of(c, q->from), end = place_of(c, q->to);
	size_t n = end > first ? end - first : 0;
	if (n > wanted(q)) {
		first = q->forward ? first : end - (uint32_t)wanted(q);
		n = wanted(q);
	}
	*lines = arena_alloc(a, (n + 1) * sizeof **lines);
	for (size_t i = 0; i < n; i++)
		(*lines)[i] = *channel_line(c, first + (uint32_t)i);
	return n;
}

// Can the store have nothing to add, when memory has n lines of the page?
static bool is_whole(const struct history_query *q, size_t n)
{
	const struct shelf *s = shelf_of(q);
	struct bounds memory = memory_bounds(channel_find(q->identity, q->channel));
	if (!s || q->from >= q->to || q->to <= s->oldest || memory.first <= s->oldest)
		return true;
	return q->from >= memory.first || (!q->forward && n >= q->limit);
}

// --- pages ---

static size_t bytes_of(const struct channel_line *l)
{
	return l->from_mud.n + l->from_user.n + l->visname.n + l->message.n;
}

// Of lines from the oldest to the newest: those that fit, from the end that was asked for.
static void cut(const struct history_query *q, struct history_page *page)
{
	size_t n = 0, bytes = 0;
	while (n < page->n && n < q->limit) {
		bytes += bytes_of(&page->at[q->forward ? n : page->n - 1 - n]);
		if (n && bytes > HISTORY_PAGE_BYTES_MAX)
			break;
		n++;
	}
	page->older = !q->forward && n < page->n;
	page->newer = q->forward && n < page->n;
	if (!q->forward)
		page->at += page->n - n;
	page->n = n;
}

// What lies beyond the page on the side where nothing was looked for.
static void look_around(const struct history_query *q, struct history_page *page)
{
	const struct shelf *s = shelf_of(q);
	struct bounds known = memory_bounds(channel_find(q->identity, q->channel));
	uint64_t horizon = horizon_of(q);
	if (!page->n) {
		page->older = page->newer = false;
		return;
	}
	if (s && s->oldest < known.first)
		known.first = s->oldest;
	if (s && s->newest > known.last)
		known.last = s->newest;
	if (known.first < horizon)
		known.first = horizon;
	page->older |= known.first < page->at[0].seq;
	page->newer |= known.last > page->at[page->n - 1].seq;
}

// Lines that are too old may still be there for an hour.
static struct history_query young(const struct history_query *q)
{
	struct history_query young = *q;
	uint64_t horizon = horizon_of(q);
	if (young.from < horizon)
		young.from = horizon;
	return young;
}

bool history_page_now(const struct history_query *query, struct arena *a, struct history_page *page)
{
	struct history_query q = young(query);
	struct channel_line *lines;
	size_t n = memory_lines(&q, a, &lines);
	*page = (struct history_page){.at = lines, .n = n, .complete = is_whole(&q, n)};
	cut(&q, page);
	look_around(&q, page);
	return page->complete;
}

// --- the store ---

static void on_row(void *owner, struct span key, struct span value)
{
	struct history_wait *w = owner;
	struct channel_line *l = &w->rows[w->n];
	uint64_t seq;
	if (w->n < wanted(&w->query) && history_seq(key, &seq) &&
		channel_line_read(arena_span(&w->arena, value), l)) {
		l->seq = seq;
		w->n++;
	} else {
		w->unreadable++;
	}
}

static void reverse(struct channel_line *lines, size_t n)
{
	for (size_t i = 0; i < n / 2; i++) {
		struct channel_line l = lines[i];
		lines[i] = lines[n - 1 - i];
		lines[n - 1 - i] = l;
	}
}

// The rows and what memory has, each line once.
static struct history_page merge(struct history_wait *w, const struct history_query *q)
{
	struct channel_line *memory, *all;
	size_t n_memory = memory_lines(q, &w->arena, &memory), n = 0, m = 0;
	all = arena_alloc(&w->arena, (w->n + n_memory + 1) * sizeof *all);
	for (size_t i = 0; i < w->n; i++) {
		while (m < n_memory && memory[m].seq < w->rows[i].seq)
			all[n++] = memory[m++];
		if (m < n_memory && memory[m].seq == w->rows[i].seq)
			m++;
		all[n++] = w->rows[i];
	}
	while (m < n_memory)
		all[n++] = memory[m++];
	return (struct history_page){.at = all, .n = n, .complete = true};
}

// Has a look back seen that no line is older than the page?
static bool is_first(const struct history_wait *w, const struct history_page *page)
{
	const struct history_query *q = &w->query;
	return !q->forward && q->from == 0 && w->n + w->unreadable < wanted(q) && !page->older;
}

// The rows and what memory has → the page.
static struct history_page make_page(struct history_wait *w, const struct history_query *q)
{
	struct history_page page = merge(w, q);
	struct shelf *s = shelf_of(q);
	cut(q, &page);
	bool first = page.n && is_first(w, &page);
	look_around(q, &page);
	page.older &= !first;
	// What is too old to be seen may not be removed yet.
	if (s && first && horizon_of(q) <= s->oldest)
		s->oldest = page.at[0].seq;
	return page;
}

static void on_read(void *owner, uint64_t id, enum store_result r)
{
	struct history_wait *w = owner;
	struct history_query q = young(&w->query);
	struct arena arena;
	struct history_page page;
	(void)id;
	if (w->unreadable)
		log_warning("history_unreadable", log_span("channel", q.channel),
			log_int("lines", w->unreadable));
	if (!q.forward)
		reverse(w->rows, w->n);
	if (r == STORE_OK) {
		page = make_page(w, &q);
	} else {
		history_page_now(&q, &w->arena, &page);
		page.complete = false;
	}
	arena = w->arena;
	w->arena = (struct arena){0};
	w->run(w, &page); // which may end w
	arena_fini(&arena);
}

void history_page_ask(struct history_wait *w, const struct history_query *query)
{
	struct history *h = history_of(query);
	w->query = *query;
	w->query.channel = arena_span(&w->arena, query->channel);
	// What is said until the answer comes is not looked for, memory may be too short for it.
	if (w->query.to > query->identity->hub->seq + 1)
		w->query.to = query->identity->hub->seq + 1;
	w->rows = arena_alloc(&w->arena, (wanted(query) + 1) * sizeof *w->rows);
	struct history_query q = young(&w->query);
	struct store_range range = history_range(h, q.identity, q.channel, q.from, q.to);
	range.limit = (uint32_t)wanted(&q);
	range.backwards = !q.forward;
	metric_add(METRIC_HISTORY_READS, 1);
	store_range(h->store, &range, on_row, on_read, w);
}

void history_page_forget(struct history_wait *w)
{
	if (w->rows)
		store_forget(w->query.identity->hub->history->store, w);
	w->rows = NULL;
	arena_fini(&w->arena);
}
