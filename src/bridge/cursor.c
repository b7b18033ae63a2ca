// SPDX-License-Identifier: MIT
#include "bridge/cursor.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

// --- life ---

bool cursor_is_name(struct span name)
{
	return name.n && name.n <= STREAM_CONSUMER_MAX_BYTES && !span_has_controls(name);
}

struct cursor *cursor_new(struct stream *s, struct span name)
{
	struct cursor *c = mem_zalloc(sizeof *c);
	c->stream = s;
	c->name = span_dup(name);
	c->born = s->newest;
	c->kept.dirty = true;
	list_append(&s->cursors, &c->in_stream);
	s->n_cursors++;
	return c;
}

void cursor_free(struct cursor *c)
{
	store_forget(c->stream->all->store, c);
	list_unlink(&c->in_stream);
	c->stream->n_cursors--;
	free(c->name);
	free(c);
}

void cursor_forget(struct cursor *c)
{
	struct streams *all = c->stream->all;
	buf_clear(&all->key);
	stream_record_cursor_key(&all->key, stream_name(c->stream), span_str(c->name));
	store_take(all->store, STREAM_CURSOR_TABLE, buf_bytes(&all->key), NULL, NULL);
	cursor_free(c);
}

struct cursor *cursor_find(const struct stream *s, struct span name)
{
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		if (span_is(name, c->name))
			return c;
	}
	return NULL;
}

bool cursor_fits(const struct stream *s, struct span name)
{
	return cursor_find(s, name) || (s->n_cursors < STREAM_CURSORS_MAX && cursor_is_name(name));
}

// What is on its way out is not promised to a newcomer.
static struct cursor *add(struct stream *s, const struct cursor_spec *spec)
{
	struct cursor *c = cursor_new(s, spec->name);
	c->acked = spec->from_start ? s->target.seq : s->last;
	return c;
}

void cursor_see(struct cursor *c, uint64_t now_us)
{
	c->seen_us = now_us;
	c->kept.dirty |= stream_seen_changed(c->seen_sent_us, now_us);
}

struct cursor *cursor_open(struct stream *s, const struct cursor_spec *spec, bool *is_new)
{
	struct cursor *c = cursor_find(s, spec->name);
	*is_new = !c;
	if (!cursor_fits(s, spec->name))
		return NULL;
	if (!c)
		c = add(s, spec);
	c->given = c->acked;
	c->lost_given_us = c->lost_us;
	c->ready = spec->ready;
	c->owner = spec->owner;
	cursor_see(c, clock_wall_us());
	stream_flush(s);
	return c;
}

void cursor_close(struct cursor *c, const void *owner)
{
	if (!c->ready || c->owner != owner)
		return;
	cursor_see(c, clock_wall_us());
	c->ready = NULL;
	c->owner = NULL;
}

void *cursor_owner(const struct cursor *c)
{
	return c->owner;
}

struct stream *cursor_stream(const struct cursor *c)
{
	return c->stream;
}

struct span cursor_name(const struct cursor *c)
{
	return span_str(c->name);
}

uint64_t cursor_acked(const struct cursor *c)
{
	return c->acked;
}

// --- its record ---

static void on_kept(void *owner, uint64_t id, enum store_result r)
{
	struct cursor *c = owner;
	(void)id;
	c->kept.call = 0;
	if (r != STORE_OK) {
		c->kept.dirty = true;
		return;
	}
	c->kept.once = true;
	c->on_disk = c->sent;
	stream_enforce(c->stream);
}

void cursor_keep(struct cursor *c)
{
	struct streams *all = c->stream->all;
	if (!c->kept.dirty || c->kept.call)
		return;
	c->kept.dirty = false;
	c->sent = c->acked;
	c->seen_sent_us = c->seen_us;
	buf_clear(&all->key);
	stream_record_cursor_key(&all->key, stream_name(c->stream), span_str(c->name));
	buf_clear(&all->value);
	stream_record_put_cursor(&all->value,
		&(struct stream_cursor_record){c->stream->epoch, c->acked, c->seen_us, c->lost_us});
	c->kept.call = store_put_soon(all->store, STREAM_CURSOR_TABLE, buf_bytes(&all->key),
		buf_bytes(&all->value), on_kept, c);
}

// --- losses ---

// When the entry behind seq came: while it is here.
static uint64_t time_behind(const struct stream *s, uint64_t seq)
{
	return stream_entry(s, seq + 1)->received_us;
}

void cursor_note_loss(struct cursor *c)
{
	const struct stream *s = c->stream;
	if (c->lost_us || c->acked < s->floor.seq || c->acked >= s->target.seq)
		return;
	c->lost_us = time_behind(s, c->acked);
	c->kept.dirty = true;
}

void cursor_dropped(struct cursor *c, struct mark from, struct mark to)
{
	if (c->given >= from.seq && c->given < to.seq)
		c->lost_given_us = time_behind(c->stream, c->given);
}

// --- giving and acknowledging ---

static uint64_t higher(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static struct stream_gap gap_of(const struct cursor *c)
{
	const struct mark *floor = &c->stream->floor;
	return (struct stream_gap){.lost = floor->seq - c->given,
		.from = c->given + 1,
		.to = floor->seq,
		.from_us = c->lost_given_us,
		.to_us = floor->us,
		.why = floor->why};
}

enum cursor_got cursor_next(const struct cursor *c, struct cursor_item *item)
{
	if (c->given < c->stream->floor.seq) {
		item->gap = gap_of(c);
		return CURSOR_GAP;
	}
	return stream_read(c->stream, c->given + 1, &item->entry) ? CURSOR_ENTRY : CURSOR_NOTHING;
}

uint64_t cursor_waiting(const struct cursor *c)
{
	const struct stream *s = c->stream;
	return s->last - higher(c->given, s->floor.seq);
}

uint64_t cursor_unacked(const struct cursor *c)
{
	uint64_t floor = c->stream->floor.seq;
	return higher(c->given, floor) - higher(c->acked, floor);
}

bool stream_is_heard(const struct stream *s)
{
	bool heard = false;
	list_each(it, &s->cursors) heard |=
		container_of(it, struct cursor, in_stream)->ready != NULL;
	return heard;
}

void cursor_given(struct cursor *c, uint64_t seq)
{
	uint64_t here = higher(c->given, c->stream->floor.seq);
	ensure(seq <= c->stream->last);
	if (seq <= c->given)
		return;
	if (seq > here)
		metric_add(METRIC_BRIDGE_QUEUE_DELIVERED, (int64_t)(seq - here));
	c->given = seq;
	c->lost_given_us = 0;
}

// When the first entry came that is lost behind the new end of what is acknowledged.
static uint64_t lost_behind(const struct cursor *c, uint64_t acked)
{
	const struct stream *s = c->stream;
	if (acked >= s->target.seq)
		return 0;
	if (acked >= s->floor.seq)
		return time_behind(s, acked);
	return acked >= c->given ? c->lost_given_us : c->lost_us;
}

bool cursor_ack(struct cursor *c, uint64_t seq)
{
	struct stream *s = c->stream;
	if (seq > s->last)
		return false;
	if (seq <= c->acked)
		return true;
	c->lost_us = lost_behind(c, seq);
	if (seq > higher(c->acked, s->floor.seq))
		metric_add(
			METRIC_BRIDGE_QUEUE_ACKED, (int64_t)(seq - higher(c->acked, s->floor.seq)));
	c->acked = seq;
	if (c->given < seq) { // it had it from us before we were started
		c->given = seq;
		c->lost_given_us = c->lost_us;
	}
	c->kept.dirty = true;
	cursor_keep(c);
	return true;
}
