// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

enum { RING_MIN = 8 };

// --- life ---

struct stream *stream_new(struct streams *all, struct span name)
{
	struct stream *s = mem_zalloc(sizeof *s);
	uint64_t now = clock_wall_us();
	s->all = all;
	s->name = span_dup(name);
	s->epoch = all->last_epoch = now > all->last_epoch ? now : all->last_epoch + 1;
	s->kept.dirty = true;
	seen_init(&s->seen);
	list_init(&s->cursors);
	map_put(&all->at, name, s);
	return s;
}

void stream_free(struct stream *s)
{
	store_forget(s->all->store, s);
	list_each(it, &s->cursors)
	{
		cursor_free(container_of(it, struct cursor, in_stream));
	}
	for (uint64_t seq = s->floor.seq + 1; seq <= s->newest; seq++)
		entry_free(stream_entry(s, seq));
	s->all->past -= s->seen.past_n;
	s->all->past_bytes -= s->seen.past_bytes;
	seen_fini(&s->seen);
	free(s->at);
	map_take(&s->all->at, stream_name(s));
	free(s->name);
	free(s);
}

struct span stream_channel(const struct stream *s)
{
	return span_str(s->name + 1);
}

enum stream_towards stream_towards(const struct stream *s)
{
	return s->name[0] == 'b' ? STREAM_TO_BOTS : STREAM_TO_MODS;
}

uint64_t stream_epoch(const struct stream *s)
{
	return s->epoch;
}

uint64_t stream_last(const struct stream *s)
{
	return s->last;
}

// --- entries ---

static struct entry **slot(const struct stream *s, uint64_t seq)
{
	return &s->at[seq & (s->cap - 1)];
}

struct entry *stream_entry(const struct stream *s, uint64_t seq)
{
	ensure(seq > s->floor.seq && seq <= s->newest);
	return *slot(s, seq);
}

bool stream_read(const struct stream *s, uint64_t seq, struct stream_entry *out)
{
	if (seq <= s->floor.seq || seq > s->last)
		return false;
	const struct entry *e = stream_entry(s, seq);
	*out = (struct stream_entry){seq, e->received_us, span_of(e->text, e->text_n)};
	return true;
}

static void grow(struct stream *s)
{
	struct entry **old = s->at;
	uint64_t old_cap = s->cap;
	s->cap = old_cap ? old_cap * 2 : RING_MIN;
	s->at = mem_array(s->cap, sizeof(struct entry *));
	for (uint64_t seq = s->floor.seq + 1; seq <= s->newest; seq++)
		*slot(s, seq) = old[seq & (old_cap - 1)];
	free(old);
}

uint64_t stream_entry_bytes(const struct entry *e)
{
	return e->text_n + 2 * (uint64_t)e->sighting->id_n + STREAM_ENTRY_BYTES;
}

struct entry *stream_push(
	struct stream *s, const struct stream_entry_record *r, enum entry_state state)
{
	struct entry *e = mem_alloc(sizeof *e + r->text.n);
	*e = (struct entry){
		.received_us = r->received_us, .state = state, .text_n = (uint32_t)r->text.n};
	list_init(&e->waiters);
	char *at = e->text;
	span_put(&at, r->text);
	if (s->newest - s->floor.seq == s->cap)
		grow(s);
	*slot(s, ++s->newest) = e;
	e->sighting = seen_add(&s->seen, r->id, s->newest, r->id.n + r->text.n);
	return e;
}

// --- appending ---

static enum stream_result wait_for(struct entry *e, const struct stream_sender *sender)
{
	if (e->n_waiters >= STREAM_WAITERS_MAX)
		return STREAM_FULL;
	entry_wait(e, sender, true);
	return STREAM_LATER;
}

static bool has_room(const struct streams *all, uint64_t bytes)
{
	return all->writing < STREAM_WRITING_MAX &&
	       all->writing_bytes + bytes <= STREAM_WRITING_BYTES_MAX;
}

// The record's id is the sender, LF, its own id.
static enum stream_result append(struct stream *s, const struct stream_entry_record *r,
	const struct stream_sender *sender, uint64_t *seq)
{
	const struct sighting *known = seen_find(&s->seen, r->id);
	if (known && known->seq <= s->last) {
		metric_add(METRIC_BRIDGE_QUEUE_DUPLICATES, 1);
		*seq = known->seq;
		return STREAM_DUPLICATE;
	}
	stream_flush(s);
	if (s->broken)
		return STREAM_FAILED;
	if (known)
		return wait_for(stream_entry(s, known->seq), sender);
	if (!has_room(s->all, r->text.n + 2 * r->id.n + STREAM_ENTRY_BYTES))
		return STREAM_FULL;
	entry_write(s, r, sender);
	return STREAM_LATER;
}

enum stream_result stream_append(struct stream *s, const struct stream_message *m,
	const struct stream_sender *sender, uint64_t *seq)
{
	struct buf id = {0};
	*seq = 0;
	if (m->text.n > STREAM_TEXT_MAX_BYTES || m->msg_id.n > STREAM_ID_MAX_BYTES ||
		m->from.n > STREAM_CONSUMER_MAX_BYTES)
		return STREAM_TOO_BIG;
	buf_span(&id, m->from);
	buf_char(&id, '\n');
	buf_span(&id, m->msg_id);
	enum stream_result result = append(s,
		&(struct stream_entry_record){.epoch = s->epoch,
			.received_us = m->received_us,
			.id = buf_bytes(&id),
			.text = m->text},
		sender, seq);
	buf_fini(&id);
	return result;
}
