// SPDX-License-Identifier: MIT
// Pages by number or by time: before and after take a seq (integer) or a timestamp (string) as they
// stand in the entries.  A time is looked up as a number, because seq counts microseconds.
#include "api/pending.h"
#include "base/clock.h"
#include "hub/history_page.h"

enum {
	HISTORY_DEFAULT = 50,
	HISTORY_WAIT_MS = 10000, // then the disk is stuck, and memory has to do
};

// What memory cannot answer waits for the store.
struct reading {
	struct pending pending;
	struct history_wait wait;
};

// The numbers a mark stands for: from <= seq < to.
static bool read_mark(struct call *c, const char *name, uint64_t *from, uint64_t *to)
{
	const struct value *v = call_value(c, name);
	if (v->type == VALUE_INT) {
		*from = v->i < 0 ? 0 : (uint64_t)v->i;
		*to = v->i < 0 ? 0 : *from + 1;
		return true;
	}
	if (clock_read(value_text(v), from, to))
		return true;
	return call_fail_say(c, ERROR_BAD_PARAM, name,
		"%s must be a seq or a timestamp like 2026-01-02T03:04:05.678901Z", name);
}

static bool read_query(struct call *c, struct history_query *q)
{
	int64_t limit = call_int_or(c, "limit", HISTORY_DEFAULT);
	uint64_t other;
	*q = (struct history_query){.identity = c->identity,
		.channel = call_text(c, "channel"),
		.to = UINT64_MAX,
		.limit = (uint32_t)(limit > HISTORY_PAGE_MAX ? HISTORY_PAGE_MAX : limit),
		.forward = call_value(c, "after")};
	return (!call_value(c, "after") || read_mark(c, "after", &other, &q->from)) &&
	       (!call_value(c, "before") || read_mark(c, "before", &q->to, &other));
}

static struct value row_of(const struct call *c, const struct channel_line *l, struct span name)
{
	struct value_list row = {.arena = c->arena};
	char *time = arena_alloc(c->arena, CLOCK_TEXT_BYTES + 1);
	clock_text(l->wall_us, time);
	time[CLOCK_TEXT_BYTES - 1] = 'Z';
	time[CLOCK_TEXT_BYTES] = '\0';
	value_pair(&row, "channel", value_span(name));
	value_pair(&row, "from_mud", value_span(l->from_mud));
	value_pair(&row, "from_user", value_span(l->from_user));
	value_pair(&row, "visname", value_span(l->visname));
	value_pair(&row, "message", value_span(l->message));
	value_pair(&row, "type", value_str(l->emote ? "emote" : "message"));
	value_pair(&row, "seq", value_int((int64_t)l->seq));
	value_pair(&row, "timestamp", value_str(time));
	return value_list_map(&row);
}

static void put_page(struct call *c, const struct history_page *page)
{
	struct value_list rows = {.arena = c->arena};
	for (size_t i = 0; i < page->n; i++)
		value_push(&rows, row_of(c, &page->at[i], call_text(c, "channel")));
	call_put_text(c, "status", "success");
	call_put(c, "messages", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	if (page->older)
		call_put(c, "prev", value_int((int64_t)page->at[0].seq));
	if (page->newer)
		call_put(c, "next", value_int((int64_t)page->at[page->n - 1].seq));
	call_put(c, "complete", value_bool(page->complete));
}

static struct reading *reading_of(struct pending *p)
{
	return container_of(p, struct reading, pending);
}

static void fill(struct pending *p, struct call *c, const void *came)
{
	struct history_page memory;
	if (came) {
		put_page(c, came);
		return;
	}
	history_page_now(&reading_of(p)->wait.query, c->arena, &memory);
	put_page(c, &memory);
}

static void forget(struct pending *p)
{
	history_page_forget(&reading_of(p)->wait);
}

static const struct pending_kind kind = {sizeof(struct reading), fill, forget};

static void on_page(struct history_wait *w, const struct history_page *page)
{
	pending_finish(&container_of(w, struct reading, wait)->pending, page);
}

static bool run(struct call *c)
{
	struct history_query q;
	struct history_page page;
	if (!read_query(c, &q))
		return false;
	if (history_page_now(&q, c->arena, &page) || !call_may_wait(c)) {
		put_page(c, &page);
		return true;
	}
	struct reading *r = pending_new(c, &kind, HISTORY_WAIT_MS);
	r->wait.run = on_page;
	history_page_ask(&r->wait, &q);
	return true;
}

const struct method method_channel_history = {
	.name = "channel_history",
	.says = "What was said on a channel while this MUD listened, oldest first; also before the "
		"last restart, and without having joined.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"limit", NULL, ARG_INT, false, 0, INT32_MAX,
			"50 by default, 500 at most; fewer come when they are long"},
		{"before", NULL, ARG_SCALAR, false, 0, 0,
			"only lines older than this seq or timestamp: the newest of them"},
		{"after", NULL, ARG_SCALAR, false, 0, 0,
			"only lines newer than this seq or timestamp: the oldest of them"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"messages", "array",
			"{channel, from_mud, from_user, visname, message, type, seq, timestamp}"},
		{"count", "integer", "how many"},
		{"prev", "integer",
			"what to give as before for the page before this one; absent when "
			"this is the first"},
		{"next", "integer",
			"what to give as after for the page behind this one; absent when "
			"this is the last"},
		{"complete", "boolean",
			"false: the store was not asked for older lines (a call in a batch) or did "
			"not answer"},
		{0}},
	.run = run,
};
