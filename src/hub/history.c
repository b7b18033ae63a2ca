// SPDX-License-Identifier: MIT
#include "hub/history.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "hub/hub.h"
#include "store/store.h"
#include <stdlib.h>

#define TABLE SPAN("history")

enum {
	SEQ_DIGITS = 16,
	SWEEP_MAX = 40, // channels a minute: all of them in an hour, and no long job at once
	SWEEP_LINES_MIN = 16,
	SWEEP_LINES_MAX = 1000, // more than `lines` are kept until so many have come
};

#define SEQ_END UINT64_C(10000000000000000) // the first number of more digits
#define DAY_US  UINT64_C(86400000000)

// --- keys ---

static void put_start(struct buf *out, const struct identity *i, struct span channel)
{
	buf_lower(out, span_str(i->name));
	buf_char(out, '\n');
	buf_span(out, channel);
	buf_char(out, '\n');
}

// Behind all numbers comes the character behind the digits.
static void put_seq(struct buf *out, uint64_t seq)
{
	if (seq < SEQ_END)
		buf_printf(out, "%0*llu", SEQ_DIGITS, (unsigned long long)seq);
	else
		buf_char(out, '9' + 1);
}

bool history_seq(struct span key, uint64_t *seq)
{
	if (key.n <= SEQ_DIGITS || key.p[key.n - SEQ_DIGITS - 1] != '\n')
		return false;
	return span_uint(span_of(key.p + key.n - SEQ_DIGITS, SEQ_DIGITS), HUB_SEQ_MAX, seq);
}

// Both ends in one buffer.
static struct store_range range_of(struct history *h, struct span start, uint64_t from, uint64_t to)
{
	buf_clear(&h->key);
	buf_span(&h->key, start);
	put_seq(&h->key, from);
	size_t n = h->key.n;
	buf_span(&h->key, start);
	put_seq(&h->key, to);
	return (struct store_range){
		.table = TABLE, .from = {h->key.p, n}, .to = {h->key.p + n, h->key.n - n}};
}

struct store_range history_range(struct history *h, const struct identity *i, struct span channel,
	uint64_t from, uint64_t to)
{
	buf_clear(&h->value);
	put_start(&h->value, i, channel);
	return range_of(h, buf_bytes(&h->value), from, to);
}

struct shelf *history_shelf(struct history *h, const struct identity *i, struct span channel)
{
	buf_clear(&h->key);
	put_start(&h->key, i, channel);
	return map_find(&h->shelves, buf_bytes(&h->key));
}

uint64_t history_horizon(const struct history *h)
{
	uint64_t now = clock_wall_us(), age = h->config.days * DAY_US;
	return age && now > age ? now - age : 0;
}

// --- removing ---

static void sweep(struct history *h, struct span start, struct shelf *s)
{
	uint64_t horizon = history_horizon(h);
	struct store_range all = range_of(h, start, 0, SEQ_END);
	s->due_ms = clock_ms() + HISTORY_SWEEP_MS;
	s->unswept = 0;
	if (!h->config.lines || s->newest < horizon) {
		store_trim(h->store, &all, 0, NULL, NULL);
		free(map_take(&h->shelves, start));
		return;
	}
	store_trim(h->store, &all, h->config.lines, NULL, NULL);
	if (horizon > s->oldest) {
		struct store_range old = range_of(h, start, 0, horizon);
		store_trim(h->store, &old, 0, NULL, NULL);
		s->oldest = horizon;
	}
}

static uint32_t sweep_lines(const struct history *h)
{
	uint32_t n = h->config.lines / 10;
	return n < SWEEP_LINES_MIN ? SWEEP_LINES_MIN : n > SWEEP_LINES_MAX ? SWEEP_LINES_MAX : n;
}

void history_minute(struct history *h)
{
	uint64_t now = clock_ms();
	int n = 0;
	for (struct map_at at = map_first(&h->shelves); at.value && n < SWEEP_MAX;
		at = map_next(at)) {
		struct shelf *s = at.value;
		if (now < s->due_ms)
			continue;
		sweep(h, at.key, s);
		n++;
	}
	if (h->lost)
		log_error("history_lost", log_int("lines", (int64_t)h->lost),
			log_int("waiting", h->waiting),
			log_int("channels", (int64_t)map_count(&h->shelves)));
	h->lost = 0;
}

// --- keeping ---

static void lose(struct history *h)
{
	h->lost++;
	metric_add(METRIC_HISTORY_LOST, 1);
}

// In order of the calls but for those the store refused; the sum is right in the end.
static void on_kept(void *owner, uint64_t id, enum store_result r)
{
	struct history *h = owner;
	(void)id;
	h->waiting_bytes -= h->bytes[h->first_waiting];
	h->first_waiting = (h->first_waiting + 1) % HISTORY_WAITING_MAX;
	h->waiting--;
	if (r != STORE_FAILED)
		metric_add(METRIC_HISTORY_KEPT, 1);
	else
		lose(h);
}

static bool is_full(const struct history *h, struct span start)
{
	struct span identity = span_of(start.p, span_until(start, '\n').n + 1);
	unsigned n = 0;
	for (struct map_at at = map_first(&h->shelves); at.value; at = map_next(at))
		n += span_starts(at.key, identity);
	return n >= HISTORY_CHANNELS_OF_ONE_MAX || map_count(&h->shelves) >= HISTORY_CHANNELS_MAX;
}

// NULL: there are too many channels.
static struct shelf *shelf_get(struct history *h, struct span start, uint64_t seq)
{
	struct shelf *s = map_find(&h->shelves, start);
	if (s || is_full(h, start))
		return s;
	s = mem_zalloc(sizeof *s);
	s->oldest = s->newest = seq;
	s->due_ms = clock_ms() + HISTORY_SWEEP_MS;
	map_put(&h->shelves, start, s);
	return s;
}

static void send_record(struct history *h, uint64_t seq, const struct channel_line *line)
{
	put_seq(&h->key, seq);
	buf_clear(&h->value);
	channel_line_put(&h->value, line);
	uint32_t last = (h->first_waiting + h->waiting++) % HISTORY_WAITING_MAX;
	h->bytes[last] = (uint32_t)(h->key.n + h->value.n);
	h->waiting_bytes += h->bytes[last];
	store_put_soon(h->store, TABLE, buf_bytes(&h->key), buf_bytes(&h->value), on_kept, h);
}

void history_keep(struct history *h, const struct channel *c, const struct channel_line *line)
{
	if (!h->config.lines)
		return;
	buf_clear(&h->key);
	put_start(&h->key, c->identity, span_str(c->name));
	size_t start_n = h->key.n;
	struct shelf *s = NULL;
	if (h->waiting < HISTORY_WAITING_MAX && h->waiting_bytes < HISTORY_WAITING_BYTES_MAX)
		s = shelf_get(h, buf_bytes(&h->key), line->seq);
	if (!s) {
		lose(h);
		return;
	}
	s->newest = line->seq;
	send_record(h, line->seq, line);
	if (++s->unswept < sweep_lines(h))
		return;
	char *start = span_dup(span_of(h->key.p, start_n));
	sweep(h, span_of(start, start_n), s);
	free(start);
}

// --- start ---

struct found {
	struct buf key;
	bool any;
};

static void note_key(void *owner, struct span key, struct span value)
{
	struct found *f = owner;
	(void)value;
	f->any = true;
	buf_clear(&f->key);
	buf_span(&f->key, key);
}

// The first key of a range, or its last.  False: there is none, or it cannot be read.
static bool find_key(struct history *h, struct store_range r, struct found *f)
{
	struct buf why = {0};
	f->any = false;
	r.limit = 1;
	if (!store_range_now(h->store, &r, note_key, f, &why))
		log_error("history_unreadable", log_span("why", buf_bytes(&why)));
	buf_fini(&why);
	return f->any;
}

static void load_shelf(struct history *h, struct span start, uint64_t oldest)
{
	struct found f = {0};
	struct shelf *s = mem_zalloc(sizeof *s);
	struct store_range r = range_of(h, start, 0, HUB_SEQ_MAX);
	r.backwards = true;
	s->oldest = oldest;
	while (find_key(h, r, &f) && !history_seq(buf_bytes(&f.key), &s->newest)) {
		buf_clear(&h->value);
		buf_span(&h->value, buf_bytes(&f.key));
		r.to = buf_bytes(&h->value);
	}
	if (s->newest > h->hub->seq)
		h->hub->seq = s->newest;
	map_put(&h->shelves, start, s);
	buf_fini(&f.key);
}

// From channel to channel: two keys of each are read, not its lines.
static void load(struct history *h)
{
	struct buf from = {0};
	struct found f = {0};
	int64_t strange = 0;
	uint64_t seq;
	while (find_key(h, (struct store_range){.table = TABLE, .from = buf_bytes(&from)}, &f)) {
		buf_clear(&from);
		if (!history_seq(buf_bytes(&f.key), &seq)) {
			buf_span(&from, buf_bytes(&f.key));
			buf_char(&from, '\0'); // the next key there can be
			strange++;
			continue;
		}
		struct span start = span_of(f.key.p, f.key.n - SEQ_DIGITS);
		load_shelf(h, start, seq);
		buf_span(&from, start);
		put_seq(&from, SEQ_END);
	}
	if (strange)
		log_warning("history_strange_keys", log_int("records", strange));
	buf_fini(&from);
	buf_fini(&f.key);
}

void history_init(struct history *h, struct hub *hub, struct store *store,
	const struct history_config *config)
{
	*h = (struct history){.hub = hub, .store = store, .config = *config};
	load(h);
	hub->history = h;
}

void history_fini(struct history *h)
{
	store_forget(h->store, h);
	h->hub->history = NULL;
	for (struct map_at at = map_first(&h->shelves); at.value; at = map_next(at))
		free(at.value);
	map_fini(&h->shelves);
	buf_fini(&h->key);
	buf_fini(&h->value);
}

void history_configure(struct history *h, const struct history_config *config)
{
	h->config = *config;
	for (struct map_at at = map_first(&h->shelves); at.value; at = map_next(at))
		((struct shelf *)at.value)->due_ms = 0;
	history_minute(h);
}
