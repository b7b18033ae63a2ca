// SPDX-License-Identifier: MIT
// How an entry is written, and its senders answered when all before it are on the disk too.
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

struct waiter {
	struct link in_entry;
	struct stream_sender sender;
	bool again; // it sent what somebody, or itself, had sent before
};

// --- who waits ---

static void free_waiter(struct waiter *w)
{
	list_unlink(&w->in_entry);
	free(w);
}

void entry_free(struct entry *e)
{
	list_each(it, &e->waiters)
	{
		free_waiter(container_of(it, struct waiter, in_entry));
	}
	free(e);
}

void entry_wait(struct entry *e, const struct stream_sender *sender, bool again)
{
	struct waiter *w = mem_alloc(sizeof *w);
	*w = (struct waiter){.sender = *sender, .again = again};
	list_append(&e->waiters, &w->in_entry);
	e->n_waiters++;
}

static void answer(struct entry *e, enum stream_result result, uint64_t seq)
{
	while (!list_empty(&e->waiters)) {
		struct waiter *w = container_of(e->waiters.next, struct waiter, in_entry);
		struct stream_sender to = w->sender;
		bool again = w->again;
		free_waiter(w);
		if (again && result == STREAM_KEPT)
			metric_add(METRIC_BRIDGE_QUEUE_DUPLICATES, 1);
		to.done(to.owner, to.token,
			again && result == STREAM_KEPT ? STREAM_DUPLICATE : result,
			result == STREAM_KEPT ? seq : 0);
	}
}

void stream_forget(struct streams *all, const void *owner)
{
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		for (uint64_t seq = s->last + 1; seq <= s->newest; seq++)
			list_each(it, &stream_entry(s, seq)->waiters)
			{
				struct waiter *w = container_of(it, struct waiter, in_entry);
				if (w->sender.owner == owner)
					free_waiter(w);
			}
	}
}

// --- writing ---

static void stop_writing(struct stream *s, const struct entry *e)
{
	s->all->writing--;
	s->all->writing_bytes -= stream_entry_bytes(e);
}

static void on_taken_back(void *owner, uint64_t id, enum store_result r)
{
	struct stream *s = owner;
	ensure(id == s->taking_back);
	s->taking_back = 0;
	s->broken = r != STORE_OK;
}

static void take_back(struct stream *s)
{
	struct store_range r = stream_record_range(
		&s->all->key, stream_name(s), s->last + 1, STREAM_RECORD_SEQ_END);
	s->broken = true;
	s->taking_back = store_trim(s->all->store, &r, 0, on_taken_back, s);
}

// The first of those being written was not kept.  Who sent one of them is told so while they can
// still be found, because hearing it may be the end of others who wait.
static void give_up_writing(struct stream *s)
{
	s->broken = true;
	for (uint64_t seq = s->last + 1; seq <= s->newest; seq++)
		answer(stream_entry(s, seq), STREAM_FAILED, 0);
	for (; s->newest > s->last; s->newest--) {
		struct entry *e = stream_entry(s, s->newest);
		stop_writing(s, e);
		seen_forget(&s->seen, e->sighting);
		entry_free(e);
	}
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		c->born = c->born < s->last ? c->born : s->last;
	}
	take_back(s);
}

// After a crash the entry would be there, but the stream, or a cursor that was made before it, not.
static bool lacks_records(const struct stream *s, uint64_t seq)
{
	bool lacks = !s->kept.once;
	list_each(it, &s->cursors)
	{
		const struct cursor *c = container_of(it, struct cursor, in_stream);
		lacks |= !c->kept.once && c->born < seq;
	}
	return lacks;
}

static void settle(struct stream *s)
{
	uint64_t before = s->last;
	while (s->last < s->newest) {
		struct entry *e = stream_entry(s, s->last + 1);
		if (e->state == ENTRY_WRITING)
			break;
		if (e->state == ENTRY_REFUSED || lacks_records(s, s->last + 1)) {
			give_up_writing(s);
			break;
		}
		stop_writing(s, e);
		stream_account(s, ++s->last, 1);
		metric_add(METRIC_BRIDGE_QUEUE_APPENDED, 1);
		answer(e, STREAM_KEPT, s->last);
	}
	if (s->last == before)
		return;
	stream_enforce(s);
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		if (c->ready)
			c->ready(c->owner, c);
	}
}

// Almost always the first that is still being written.  None: it was given up meanwhile.
static void on_entry_written(void *owner, uint64_t id, enum store_result r)
{
	struct stream *s = owner;
	for (uint64_t seq = s->last + 1; seq <= s->newest; seq++) {
		struct entry *e = stream_entry(s, seq);
		if (e->call != id)
			continue;
		e->state = r == STORE_OK ? ENTRY_WRITTEN : ENTRY_REFUSED;
		settle(s);
		return;
	}
}

void entry_write(
	struct stream *s, const struct stream_entry_record *r, const struct stream_sender *sender)
{
	struct streams *all = s->all;
	struct entry *e = stream_push(s, r, ENTRY_WRITING);
	struct buf key = {0};
	entry_wait(e, sender, false);
	all->writing++;
	all->writing_bytes += stream_entry_bytes(e);
	stream_record_entry_key(&key, stream_name(s), s->newest);
	buf_clear(&all->value);
	stream_record_put_entry(&all->value, r);
	e->call = store_put(all->store, STREAM_ENTRY_TABLE, buf_bytes(&key), buf_bytes(&all->value),
		on_entry_written, s);
	buf_fini(&key);
}

void stream_flush(struct stream *s)
{
	if (s->broken && !s->taking_back && s->newest == s->last)
		take_back(s);
	stream_keep(s);
}
