// SPDX-License-Identifier: MIT
#include "bridge/streams.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

#define SECOND_US UINT64_C(1000000)

static void free_follower(struct follower *f)
{
	store_forget(f->all->store, f);
	list_unlink(&f->in_streams);
	f->all->n_followers--;
	free(f->name);
	free(f);
}

struct streams *streams_new(struct store *store, const struct streams_config *config)
{
	struct streams *all = mem_zalloc(sizeof *all);
	all->bridging.ops = &streams_ops;
	all->store = store;
	all->config = *config;
	list_init(&all->followers);
	streams_load(all);
	return all;
}

void streams_free(struct streams *all)
{
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at))
		stream_free(at.value);
	map_fini(&all->at);
	list_each(it, &all->followers)
	{
		free_follower(container_of(it, struct follower, in_streams));
	}
	buf_fini(&all->key);
	buf_fini(&all->value);
	free(all);
	metric_set(METRIC_BRIDGE_QUEUE_DEPTH, 0);
}

void streams_configure(struct streams *all, const struct streams_config *config)
{
	all->config = *config;
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at))
		stream_enforce(at.value);
}

struct bridging *streams_bridging(struct streams *all)
{
	return &all->bridging;
}

// --- making ---

static struct stream *find(struct streams *all, enum stream_towards towards, struct span channel)
{
	buf_clear(&all->key);
	stream_record_name(&all->key, towards, channel);
	return map_find(&all->at, buf_bytes(&all->key));
}

static void join(struct follower *f, struct stream *s, bool from_start)
{
	bool is_new;
	struct cursor *c = cursor_open(s,
		&(struct cursor_spec){span_str(f->name), from_start, f->ready, f->owner}, &is_new);
	if (!c)
		log_warning("bridge_queue_cursors", log_span("channel", stream_channel(s)),
			log_str("consumer", f->name));
	else if (!f->ready)
		c->seen_us = f->seen_us;
}

static struct stream *make(struct streams *all, enum stream_towards towards, struct span channel)
{
	struct buf name = {0};
	struct stream *s = NULL;
	stream_record_name(&name, towards, channel);
	if (stream_record_is_name(buf_bytes(&name)) && map_count(&all->at) < STREAMS_MAX)
		s = stream_new(all, buf_bytes(&name));
	buf_fini(&name);
	if (!s)
		return NULL;
	list_each(it, &all->followers)
	{
		struct follower *f = container_of(it, struct follower, in_streams);
		if (f->towards == towards)
			join(f, s, true);
	}
	stream_keep(s);
	return s;
}

struct stream *streams_open(struct streams *all, enum stream_towards towards, struct span channel)
{
	struct stream *s = find(all, towards, channel);
	return s ? s : make(all, towards, channel);
}

struct stream *streams_get(struct streams *all, enum stream_towards towards, struct span channel)
{
	struct stream *s = find(all, towards, channel);
	if (s)
		return s;
	list_each(it, &all->followers)
	{
		if (container_of(it, struct follower, in_streams)->towards == towards)
			return make(all, towards, channel);
	}
	return NULL;
}

// --- followers ---

static struct follower *find_follower(
	const struct streams *all, enum stream_towards towards, struct span name)
{
	list_each(it, &all->followers)
	{
		struct follower *f = container_of(it, struct follower, in_streams);
		if (f->towards == towards && span_is(name, f->name))
			return f;
	}
	return NULL;
}

static void put_follower_key(struct follower *f)
{
	struct buf *key = &f->all->key;
	struct buf name = {0};
	stream_record_name(&name, f->towards, SPAN(""));
	buf_clear(key);
	stream_record_cursor_key(key, buf_bytes(&name), span_str(f->name));
	buf_fini(&name);
}

static void on_follower_kept(void *owner, uint64_t id, enum store_result r)
{
	struct follower *f = owner;
	(void)id;
	f->kept.call = 0;
	f->kept.dirty |= r != STORE_OK;
}

static void write_follower(struct follower *f)
{
	struct streams *all = f->all;
	if (!f->kept.dirty || f->kept.call)
		return;
	f->kept.dirty = false;
	f->seen_sent_us = f->seen_us;
	put_follower_key(f);
	buf_clear(&all->value);
	stream_record_put_cursor(
		&all->value, &(struct stream_cursor_record){.seen_us = f->seen_us});
	f->kept.call = store_put_soon(all->store, STREAM_CURSOR_TABLE, buf_bytes(&all->key),
		buf_bytes(&all->value), on_follower_kept, f);
}

static void forget_follower(struct follower *f)
{
	put_follower_key(f);
	store_take(f->all->store, STREAM_CURSOR_TABLE, buf_bytes(&f->all->key), NULL, NULL);
	free_follower(f);
}

struct follower *streams_add_follower(
	struct streams *all, enum stream_towards towards, struct span name)
{
	struct follower *f = mem_zalloc(sizeof *f);
	f->all = all;
	f->towards = towards;
	f->name = span_dup(name);
	list_append(&all->followers, &f->in_streams);
	all->n_followers++;
	return f;
}

static void see_follower(struct follower *f, uint64_t now)
{
	f->seen_us = now;
	f->kept.dirty |= stream_seen_changed(f->seen_sent_us, now);
	write_follower(f);
}

bool streams_follow(
	struct streams *all, enum stream_towards towards, const struct cursor_spec *spec)
{
	struct follower *f = find_follower(all, towards, spec->name);
	if (!f && (all->n_followers >= STREAMS_FOLLOWERS_MAX || !cursor_is_name(spec->name)))
		return false;
	if (!f)
		f = streams_add_follower(all, towards, spec->name);
	f->ready = spec->ready;
	f->owner = spec->owner;
	see_follower(f, clock_wall_us());
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		if (stream_towards(s) == towards)
			join(f, s, spec->from_start);
	}
	return true;
}

void streams_unfollow(
	struct streams *all, enum stream_towards towards, struct span name, const void *owner)
{
	struct follower *f = find_follower(all, towards, name);
	if (!f || !f->ready || f->owner != owner)
		return;
	see_follower(f, clock_wall_us());
	f->ready = NULL;
	f->owner = NULL;
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		struct cursor *c = stream_towards(s) == towards ? cursor_find(s, name) : NULL;
		if (c)
			cursor_close(c, owner);
	}
}

void *streams_follower_owner(
	const struct streams *all, enum stream_towards towards, struct span name)
{
	const struct follower *f = find_follower(all, towards, name);
	return f ? f->owner : NULL;
}

// --- the minute ---

static bool is_long_gone(const struct streams *all, uint64_t seen_us, uint64_t now)
{
	return now > seen_us && now - seen_us >= all->config.cursor_age_s * SECOND_US;
}

static void age_cursor(struct cursor *c, uint64_t now)
{
	if (c->ready) {
		cursor_see(c, now);
	} else if (is_long_gone(c->stream->all, c->seen_us, now)) {
		log_info("bridge_queue_forgets", log_str("consumer", c->name),
			log_span("channel", stream_channel(c->stream)),
			log_int("unread", (int64_t)(c->stream->last - c->acked)));
		cursor_forget(c);
	}
}

static void age_follower(struct follower *f, uint64_t now)
{
	if (f->ready)
		see_follower(f, now);
	else if (is_long_gone(f->all, f->seen_us, now))
		forget_follower(f);
	else
		write_follower(f);
}

static bool is_over(const struct stream *s)
{
	return list_empty(&s->cursors) && s->newest == s->floor.seq && !s->seen.past_n &&
	       !s->broken && !s->kept.call;
}

// Its entries go before its record: a stream made anew under this name shall not find them.
static void end_stream(struct stream *s)
{
	struct streams *all = s->all;
	struct store_range r =
		stream_record_range(&all->key, stream_name(s), 0, STREAM_RECORD_SEQ_END);
	store_trim(all->store, &r, 0, NULL, NULL);
	store_take(all->store, STREAM_TABLE, stream_name(s), NULL, NULL);
	stream_free(s);
}

void streams_minute(struct streams *all)
{
	uint64_t now = clock_wall_us();
	list_each(it, &all->followers)
		age_follower(container_of(it, struct follower, in_streams), now);
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		list_each(it, &s->cursors)
			age_cursor(container_of(it, struct cursor, in_stream), now);
		stream_enforce(s);
		stream_age_past(s, 1);
		stream_flush(s);
		if (is_over(s))
			end_stream(s);
	}
}
