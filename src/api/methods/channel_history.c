// SPDX-License-Identifier: MIT
// Pages by number or by time: before and after take a seq (integer) or a timestamp (string) as they
// stand in the entries.
#include "api/method.h"
#include "base/clock.h"

enum { HISTORY_DEFAULT = 50, HISTORY_MAX = 100 };

static void put_time(const struct channel_line *l, char text[CLOCK_TEXT_BYTES + 1])
{
	clock_text(l->wall_us, text);
	text[CLOCK_TEXT_BYTES - 1] = 'Z';
	text[CLOCK_TEXT_BYTES] = '\0';
}

// Below 0: the line is older than the mark; above: newer.  0: equal, or there is no mark.
static int compare(const struct call *c, const struct channel_line *l, const char *mark)
{
	const struct value *v = call_value(c, mark);
	if (!v)
		return 0;
	if (v->type == VALUE_INT)
		return ((int64_t)l->seq > v->i) - ((int64_t)l->seq < v->i);
	char time[CLOCK_TEXT_BYTES + 1];
	struct span text = value_text(v);
	put_time(l, time);
	return span_cmp(span_of(time, min_size(text.n, CLOCK_TEXT_BYTES)), text);
}

static bool in_page(const struct call *c, const struct channel_line *l)
{
	bool before = !call_value(c, "before") || compare(c, l, "before") < 0;
	bool after = !call_value(c, "after") || compare(c, l, "after") > 0;
	return before && after;
}

static struct value row_of(const struct call *c, const struct channel_line *l, struct span name)
{
	struct value_list row = {.arena = c->arena};
	char *time = arena_alloc(c->arena, CLOCK_TEXT_BYTES + 1);
	put_time(l, time);
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

// The newest that fit, or the first after a mark; always given oldest first.
static bool run(struct call *c)
{
	struct span name = call_text(c, "channel");
	struct channel *ch = channel_find(c->identity, name);
	uint32_t n = ch ? ch->n_lines : 0, first = 0, last = n;
	uint32_t limit = (uint32_t)call_int_or(c, "limit", HISTORY_DEFAULT);
	struct value_list rows = {.arena = c->arena};
	if (limit > HISTORY_MAX)
		limit = HISTORY_MAX;
	while (first < last && !in_page(c, channel_line(ch, first)))
		first++;
	while (last > first && !in_page(c, channel_line(ch, last - 1)))
		last--;
	if (last - first > limit && call_value(c, "after"))
		last = first + limit;
	else if (last - first > limit)
		first = last - limit;
	for (uint32_t i = first; i < last; i++)
		value_push(&rows, row_of(c, channel_line(ch, i), name));
	call_put_text(c, "status", "success");
	call_put(c, "messages", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	return true;
}

const struct method method_channel_history = {
	.name = "channel_history",
	.says = "What was said on a channel since this MUD began to listen, oldest first.",
	.right = RIGHT_CHANNEL,
	.args = (const struct arg[]){{"channel", NULL, ARG_TEXT, true, 1, CHANNEL_NAME_MAX,
					     "name of the channel"},
		{"limit", NULL, ARG_INT, false, 0, INT32_MAX, "50 by default, 100 at most"},
		{"before", NULL, ARG_SCALAR, false, 0, 0,
			"only lines older than this seq or timestamp"},
		{"after", NULL, ARG_SCALAR, false, 0, 0,
			"only lines newer than this seq or timestamp"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"messages", "array",
			"{channel, from_mud, from_user, visname, message, type, seq, timestamp}"},
		{"count", "integer", "how many"}, {0}},
	.run = run,
};
