// SPDX-License-Identifier: MIT
// How entries go.  The target moves at once; the floor follows when it is on the disk, and only then
// are entries forgotten.  Before a target is written, so are the cursors it passes, in the same
// transaction: they then know since when they lose.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

#define SECOND_US UINT64_C(1000000)

enum { TRIM_STEP = 64 }; // records that go together from the store

const char *stream_why_word(enum stream_why why)
{
	static const char *const words[] = {[STREAM_ACKED] = "acked",
		[STREAM_OVER_COUNT] = "count",
		[STREAM_OVER_BYTES] = "bytes",
		[STREAM_OVER_AGE] = "age",
		[STREAM_CLEARED] = "cleared",
		[STREAM_DAMAGED] = "damaged"};
	return words[why];
}

void stream_account(struct stream *s, uint64_t seq, int sign)
{
	struct streams *all = s->all;
	uint64_t bytes = stream_entry_bytes(stream_entry(s, seq));
	s->bytes += sign > 0 ? bytes : -bytes;
	all->bytes += sign > 0 ? bytes : -bytes;
	all->entries += sign > 0 ? 1 : UINT64_MAX;
	metric_set(METRIC_BRIDGE_QUEUE_DEPTH, (int64_t)all->entries);
}

// --- letting go ---

static bool has_more(const struct stream *s)
{
	return s->target.seq < s->last;
}

static void let_go(struct stream *s, enum stream_why why)
{
	uint64_t seq = s->target.seq + 1;
	stream_account(s, seq, -1);
	s->target = (struct mark){seq, stream_entry(s, seq)->received_us, why};
	s->kept.dirty = true;
}

// Up to where every cursor's acknowledgement is on the disk.
static uint64_t acked_by_all(const struct stream *s)
{
	uint64_t least = list_empty(&s->cursors) ? 0 : UINT64_MAX;
	list_each(it, &s->cursors)
	{
		const struct cursor *c = container_of(it, struct cursor, in_stream);
		least = c->on_disk < least ? c->on_disk : least;
	}
	return least;
}

static bool is_too_old(const struct stream *s, uint64_t now)
{
	uint64_t then = stream_entry(s, s->target.seq + 1)->received_us;
	return now > then && now - then >= s->all->config.limits.age_s * SECOND_US;
}

// ACKED: the first entry is within the bounds.
static enum stream_why over_bound(const struct stream *s, uint64_t now)
{
	const struct stream_limits *l = &s->all->config.limits;
	if (s->last - s->target.seq > l->count)
		return STREAM_OVER_COUNT;
	if (s->bytes > l->bytes)
		return STREAM_OVER_BYTES;
	return is_too_old(s, now) ? STREAM_OVER_AGE : STREAM_ACKED;
}

static void let_go_of_the_largest(struct streams *all)
{
	struct stream *largest = NULL;
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		if (!largest || s->bytes > largest->bytes)
			largest = s;
	}
	while (all->bytes > STREAMS_BYTES_MAX && has_more(largest))
		let_go(largest, STREAM_OVER_BYTES);
	stream_keep(largest);
}

void stream_enforce(struct stream *s)
{
	uint64_t acked = acked_by_all(s), now = clock_wall_us();
	enum stream_why why;
	while (has_more(s) && s->target.seq < acked)
		let_go(s, STREAM_ACKED);
	while (has_more(s) && (why = over_bound(s, now)) != STREAM_ACKED)
		let_go(s, why);
	stream_keep(s);
	if (s->all->bytes > STREAMS_BYTES_MAX)
		let_go_of_the_largest(s->all);
}

uint64_t stream_skip(struct stream *s, enum stream_why why)
{
	uint64_t n = s->last - s->target.seq;
	while (has_more(s))
		let_go(s, why);
	stream_keep(s);
	return n;
}

uint64_t stream_clear(struct stream *s)
{
	return stream_skip(s, STREAM_CLEARED);
}

// --- what is gone ---

void stream_past_add(struct stream *s, struct sighting *it)
{
	seen_gone(&s->seen, it, clock_ms());
	s->all->past++;
	s->all->past_bytes += it->bytes;
}

void stream_past_forget(struct stream *s, struct sighting *it)
{
	s->all->past--;
	s->all->past_bytes -= it->bytes;
	seen_forget(&s->seen, it);
}

static bool is_past_over(const struct stream *s, const struct sighting *oldest)
{
	const struct streams *all = s->all;
	return s->seen.past_n > STREAM_PAST_MAX || all->past > STREAMS_PAST_MAX ||
	       s->seen.past_bytes > all->config.limits.bytes ||
	       all->past_bytes > STREAMS_BYTES_MAX ||
	       clock_ms() - oldest->gone_ms >= STREAM_PAST_MS;
}

void stream_age_past(struct stream *s, uint64_t step)
{
	struct sighting *it;
	while ((it = seen_oldest(&s->seen)) && is_past_over(s, it))
		stream_past_forget(s, it);
	uint64_t forgotten = it ? it->seq - 1 : s->floor.seq;
	if (forgotten - s->trimmed < step)
		return;
	struct store_range r = stream_record_range(&s->all->key, stream_name(s), 0, forgotten + 1);
	store_trim(s->all->store, &r, 0, NULL, NULL);
	s->trimmed = forgotten;
}

static void count_losses(struct stream *s, const struct mark *to)
{
	if (to->why == STREAM_ACKED)
		return;
	uint64_t lost = list_empty(&s->cursors) ? to->seq - s->floor.seq : 0;
	list_each(it, &s->cursors)
	{
		const struct cursor *c = container_of(it, struct cursor, in_stream);
		uint64_t had = c->given > s->floor.seq ? c->given : s->floor.seq;
		lost += to->seq > had ? to->seq - had : 0;
	}
	if (!lost)
		return;
	metric_add(METRIC_BRIDGE_QUEUE_LOST, (int64_t)lost);
	enum log_level level = log_paced(&s->all->losses, LOG_WARNING);
	LOG_AT(level, "bridge_queue_lost", log_span("channel", stream_channel(s)),
		log_str("towards", stream_towards(s) == STREAM_TO_BOTS ? "bots" : "mods"),
		log_int("lost", (int64_t)lost), log_str("why", stream_why_word(to->why)));
}

static void drop(struct stream *s, struct mark to)
{
	if (to.seq <= s->floor.seq)
		return;
	count_losses(s, &to);
	list_each(it, &s->cursors)
		cursor_dropped(container_of(it, struct cursor, in_stream), s->floor, to);
	for (uint64_t seq = s->floor.seq + 1; seq <= to.seq; seq++) {
		struct entry *e = stream_entry(s, seq);
		stream_past_add(s, e->sighting);
		free(e);
	}
	s->floor = to;
	stream_age_past(s, TRIM_STEP);
}

// --- the floor ---

static void tell_of_gaps(struct stream *s)
{
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		if (c->ready && c->given < s->floor.seq)
			c->ready(c->owner, c);
	}
}

static void on_kept(void *owner, uint64_t id, enum store_result r)
{
	struct stream *s = owner;
	(void)id;
	s->kept.call = 0;
	if (r != STORE_OK) {
		s->kept.dirty = true;
		return;
	}
	s->kept.once = true;
	drop(s, s->sent);
	stream_keep(s);
	tell_of_gaps(s);
}

void stream_keep(struct stream *s)
{
	struct streams *all = s->all;
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		cursor_note_loss(c);
		cursor_keep(c);
	}
	if (!s->kept.dirty || s->kept.call)
		return;
	s->kept.dirty = false;
	s->sent = s->target;
	buf_clear(&all->value);
	stream_record_put(&all->value,
		&(struct stream_record){s->epoch, s->sent.seq, s->sent.us, s->sent.why});
	s->kept.call = store_put_soon(
		all->store, STREAM_TABLE, stream_name(s), buf_bytes(&all->value), on_kept, s);
}
