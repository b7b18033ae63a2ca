// SPDX-License-Identifier: MIT
#include "api/operate.h"
#include "base/clock.h"

enum { QUEUES_DEFAULT = 50, QUEUES_MAX = 100 }; // of up to 64 receivers each

#define PLACE_MAX (BRIDGING_CHANNEL_MAX + 5) // "bots:" and a channel

struct rows {
	struct value_list list;
	struct arena *arena;
	uint64_t now_us;
	enum bridging_towards last_towards; // of the last row
	struct span last;
};

static struct value text(struct rows *r, struct span s)
{
	return value_span(arena_span(r->arena, s));
}

static int64_t seconds_since(const struct rows *r, uint64_t us)
{
	return us && us < r->now_us ? (int64_t)((r->now_us - us) / 1000000) : 0;
}

static struct value consumers(struct rows *r, const struct bridging_queue *q)
{
	struct value_list list = {.arena = r->arena};
	for (size_t i = 0; i < q->n_consumers; i++) {
		const struct bridging_consumer *k = &q->consumers[i];
		struct value_list row = {.arena = r->arena};
		value_pair(&row, "name", text(r, k->name));
		value_pair(&row, "connected", value_bool(k->connected));
		value_pair(&row, "acked", value_int((int64_t)k->acked));
		value_pair(&row, "waiting", value_int((int64_t)k->waiting));
		value_pair(&row, "lost", value_int((int64_t)k->lost));
		value_pair(&row, "seen_ago",
			value_int(k->connected ? 0 : seconds_since(r, k->seen_us)));
		value_push(&list, value_list_map(&row));
	}
	return value_list_array(&list);
}

static void on_queue(void *to, const struct bridging_queue *q)
{
	struct rows *r = to;
	struct value_list row = {.arena = r->arena};
	r->last = arena_span(r->arena, q->channel);
	r->last_towards = q->towards;
	value_pair(&row, "channel_id", value_span(r->last));
	value_pair(&row, "towards", value_str(bridging_word(q->towards)));
	value_pair(&row, "depth", value_int((int64_t)q->depth));
	value_pair(&row, "bytes", value_int((int64_t)q->bytes));
	value_pair(&row, "last", value_int((int64_t)q->last));
	value_pair(&row, "oldest_age", value_int(seconds_since(r, q->oldest_us)));
	value_pair(&row, "consumers", consumers(r, q));
	value_push(&r->list, value_list_map(&row));
}

static bool read_after(struct call *c, struct bridging_page *page)
{
	struct span after = call_text(c, "after");
	if (!after.n)
		return true;
	struct span word = span_until(after, ':');
	page->after = after;
	span_take(&page->after, min_size(word.n + 1, after.n));
	return bridging_read(word, &page->after_towards) && page->after.n;
}

static bool run(struct call *c)
{
	struct bridging *b = call_bridging(c);
	struct rows rows = {
		.list = {.arena = c->arena}, .arena = c->arena, .now_us = clock_wall_us()};
	struct bridging_page page = {.limit = (size_t)call_int_or(c, "limit", QUEUES_DEFAULT)};
	if (!b)
		return false;
	if (!read_after(c, &page))
		return call_fail(c, ERROR_BAD_PARAM, "after");
	bool more = b->ops->queues(b, &page, on_queue, &rows);
	call_put_text(c, "status", "success");
	call_put(c, "queues", value_list_array(&rows.list));
	call_put(c, "count", value_int((int64_t)rows.list.n));
	if (more)
		call_put(c, "next",
			value_span(arena_join(c->arena,
				rows.last_towards == BRIDGING_TO_BOTS ? SPAN("bots:")
								      : SPAN("mods:"),
				rows.last)));
	return true;
}

const struct method method_bridge_queues = {
	.name = "bridge_queues",
	.says = "The durable queues of the bridge, in order of channel, and how far each of their "
		"receivers has come.",
	.right = RIGHT_BRIDGE,
	.args = (const struct arg[]){{"after", NULL, ARG_TEXT, false, 0, PLACE_MAX,
					     "only those behind this one: next of the page before"},
		{"limit", NULL, ARG_INT, false, 1, QUEUES_MAX, "at most so many; 50 by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"queues", "array",
			"{channel_id, towards (bots or mods), depth, bytes, last, oldest_age, "
			"consumers}: messages that wait, what they cost, the number of the newest "
			"there ever was, seconds the oldest has waited; of each receiver {name, "
			"connected, acked, waiting, lost, seen_ago}: messages up to acked it has "
			"acknowledged, waiting it has not, lost it will be told of"},
		{"count", "integer", "how many are here"},
		{"next", "string", "when there are more: after of the next page"}, {0}},
	.run = run,
};
