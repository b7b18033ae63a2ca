// SPDX-License-Identifier: MIT
// Load: the streams as they stood on the disk, after whatever end.  Entries up to the floor are
// ids to remember; behind it they count as long as there is no hole: what is behind one was never
// acknowledged to its sender.  Records of another epoch are left over from a stream that ended.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

struct loading {
	struct streams *all;
	int64_t strange; // records that are none of ours, or of a stream that ended
};

static void remove_record(struct loading *l, struct span table, struct span key)
{
	l->strange++;
	store_take(l->all->store, table, key, NULL, NULL);
}

static void on_stream(void *owner, struct span key, struct span value)
{
	struct loading *l = owner;
	struct stream_record r;
	if (!stream_record_is_name(key) || !stream_record_read(value, &r)) {
		log_error("bridge_queue_record", log_span("key", key), log_str("of", "a stream"));
		remove_record(l, STREAM_TABLE, key);
		return;
	}
	struct stream *s = stream_new(l->all, key);
	s->epoch = r.epoch;
	s->floor = s->target = s->sent = (struct mark){r.floor, r.floor_us, r.why};
	s->last = s->newest = r.floor;
	s->kept = (struct kept){.once = true};
	if (l->all->last_epoch < r.epoch)
		l->all->last_epoch = r.epoch;
}

static void load_follower(struct loading *l, struct span name, struct span consumer,
	const struct stream_cursor_record *r)
{
	struct follower *f =
		follower_new(l->all, name.p[0] == 'b' ? STREAM_TO_BOTS : STREAM_TO_MODS, consumer);
	f->seen_us = f->seen_sent_us = r->seen_us;
}

static void on_cursor(void *owner, struct span key, struct span value)
{
	struct loading *l = owner;
	struct span name, consumer;
	struct stream_cursor_record r;
	struct stream *s = NULL;
	bool good = stream_record_read_cursor_key(key, &name, &consumer) &&
		    stream_record_read_cursor(value, &r);
	if (good && name.n == 1) {
		load_follower(l, name, consumer, &r);
		return;
	}
	if (good)
		s = map_find(&l->all->at, name);
	if (!s || s->epoch != r.epoch) {
		remove_record(l, STREAM_CURSOR_TABLE, key);
		return;
	}
	struct cursor *c = cursor_new(s, consumer);
	c->acked = c->given = c->sent = c->on_disk = r.acked;
	c->lost_us = c->lost_given_us = r.lost_us;
	c->seen_us = c->seen_sent_us = r.seen_us;
	c->kept = (struct kept){.once = true};
}

// It counts as lost, and so does all before it.
static void skip_damaged(struct stream *s, uint64_t seq)
{
	log_error("bridge_queue_record", log_span("key", stream_name(s)), log_str("of", "an entry"),
		log_int("seq", (int64_t)seq));
	struct stream_entry_record r = {.received_us = clock_wall_us(), .epoch = s->epoch};
	struct buf id = {0};
	buf_printf(&id, "%llu", (unsigned long long)seq); // no sender's: those have a LF
	r.id = buf_bytes(&id);
	stream_push(s, &r, ENTRY_WRITTEN);
	buf_fini(&id);
	stream_account(s, ++s->last, 1);
	stream_skip(s, STREAM_DAMAGED);
}

// What was forgotten may have come again before its old record was removed.
static bool is_new(struct stream *s, struct span id)
{
	struct sighting *it = seen_find(&s->seen, id);
	if (!it || it->seq > s->floor.seq)
		return !it;
	stream_past_forget(s, it);
	return true;
}

static void load_entry(struct stream *s, uint64_t seq, const struct stream_entry_record *r)
{
	if (seq <= s->floor.seq) {
		struct sighting *it = seen_add(&s->seen, r->id, seq, r->id.n + r->text.n);
		stream_past_add(s, it);
		return;
	}
	stream_push(s, r, ENTRY_WRITTEN);
	stream_account(s, ++s->last, 1);
}

static void on_entry(void *owner, struct span key, struct span value)
{
	struct loading *l = owner;
	struct span name;
	struct stream_entry_record r;
	uint64_t seq = 0;
	struct stream *s = NULL;
	if (stream_record_read_entry_key(key, &name, &seq))
		s = map_find(&l->all->at, name);
	bool good = stream_record_read_entry(value, &r);
	if (!s || (good && r.epoch != s->epoch)) {
		remove_record(l, STREAM_ENTRY_TABLE, key);
	} else if (seq > s->last + 1) {
		s->broken = true;
	} else if (good && is_new(s, r.id)) {
		load_entry(s, seq, &r);
	} else if (seq > s->last) {
		skip_damaged(s, seq);
	}
}

// What cannot be: acknowledged by one, and gone for all.
static void check_cursors(struct stream *s)
{
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		if (c->acked <= s->last)
			continue;
		log_error("bridge_queue_record", log_str("of", "a cursor"),
			log_span("key", stream_name(s)), log_int("seq", (int64_t)c->acked));
		c->acked = c->given = c->sent = c->on_disk = s->last;
		c->kept.dirty = true;
	}
}

void streams_load(struct streams *all)
{
	struct loading l = {.all = all};
	store_load(all->store, STREAM_TABLE, on_stream, &l, "the bridge's queues");
	store_load(all->store, STREAM_CURSOR_TABLE, on_cursor, &l, "the bridge's consumers");
	store_load(all->store, STREAM_ENTRY_TABLE, on_entry, &l, "the bridge's messages");
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		check_cursors(s);
		stream_flush(s);
		stream_enforce(s);
		stream_age_past(s, 1);
	}
	if (l.strange)
		log_warning("bridge_queue_strange", log_int("records", l.strange));
}
