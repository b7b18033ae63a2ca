// SPDX-License-Identifier: MIT
#include "bridge/streams.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

#define SECOND_US UINT64_C(1000000)

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

// What has been acknowledged while an older number was on its way to the disk: its answer, which
// would bring the next write, does not come any more.
static void keep_last(struct stream *s)
{
	list_each(it, &s->cursors)
	{
		struct cursor *c = container_of(it, struct cursor, in_stream);
		c->kept.call = 0;
		cursor_keep(c);
	}
}

void streams_keep_last(struct streams *all)
{
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at))
		keep_last(at.value);
}

void streams_free(struct streams *all)
{
	streams_keep_last(all);
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at))
		stream_free(at.value);
	map_fini(&all->at);
	list_each(it, &all->followers)
	{
		follower_free(container_of(it, struct follower, in_streams));
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

struct stream *streams_find(struct streams *all, enum stream_towards towards, struct span channel)
{
	buf_clear(&all->key);
	stream_record_name(&all->key, towards, channel);
	return map_find(&all->at, buf_bytes(&all->key));
}

size_t streams_room(const struct streams *all)
{
	return STREAMS_MAX - min_size(map_count(&all->at), STREAMS_MAX);
}

static struct stream *make(struct streams *all, enum stream_towards towards, struct span channel)
{
	struct buf name = {0};
	struct stream *s = NULL;
	stream_record_name(&name, towards, channel);
	if (stream_record_is_name(buf_bytes(&name)) && streams_room(all))
		s = stream_new(all, buf_bytes(&name));
	buf_fini(&name);
	if (!s)
		return NULL;
	list_each(it, &all->followers)
	{
		struct follower *f = container_of(it, struct follower, in_streams);
		if (f->towards == towards)
			follower_join(f, s, true);
	}
	stream_keep(s);
	return s;
}

struct stream *streams_open(struct streams *all, enum stream_towards towards, struct span channel)
{
	struct stream *s = streams_find(all, towards, channel);
	return s ? s : make(all, towards, channel);
}

struct stream *streams_get(struct streams *all, enum stream_towards towards, struct span channel)
{
	struct stream *s = streams_find(all, towards, channel);
	if (s)
		return s;
	list_each(it, &all->followers)
	{
		if (container_of(it, struct follower, in_streams)->towards == towards)
			return make(all, towards, channel);
	}
	return NULL;
}

void streams_each(struct streams *all, enum stream_towards towards,
	void (*run)(void *to, struct stream *), void *to)
{
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		if (stream_towards(s) == towards)
			run(to, s);
	}
}

// --- the minute ---

bool streams_is_long_gone(const struct streams *all, uint64_t seen_us, uint64_t now)
{
	return now > seen_us && now - seen_us >= all->config.cursor_age_s * SECOND_US;
}

static void age_cursor(struct cursor *c, uint64_t now)
{
	if (c->ready) {
		cursor_see(c, now);
	} else if (streams_is_long_gone(c->stream->all, c->seen_us, now)) {
		log_info("bridge_queue_forgets", log_str("consumer", c->name),
			log_span("channel", stream_channel(c->stream)),
			log_int("unread", (int64_t)(c->stream->last - c->acked)));
		cursor_forget(c);
	}
}

// All its cursors are followers', who get it anew with its next message.
static bool is_only_followed(const struct stream *s)
{
	bool only = true;
	list_each(it, &s->cursors)
	{
		const struct cursor *c = container_of(it, struct cursor, in_stream);
		const struct follower *f =
			follower_find(s->all, stream_towards(s), span_str(c->name));
		only &= c->acked == s->last && f && c->owner == f->owner;
	}
	return only;
}

static bool is_over(const struct stream *s, uint64_t now)
{
	uint64_t since = s->floor.us > s->epoch ? s->floor.us : s->epoch;
	if (s->newest > s->floor.seq || s->seen.past_n || s->broken || s->kept.call)
		return false;
	return list_empty(&s->cursors) ||
	       (streams_is_long_gone(s->all, since, now) && is_only_followed(s));
}

// Its entries go before its record: a stream made anew under this name shall not find them.
static void end_stream(struct stream *s)
{
	struct streams *all = s->all;
	list_each(it, &s->cursors) cursor_forget(container_of(it, struct cursor, in_stream));
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
		follower_age(container_of(it, struct follower, in_streams), now);
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		list_each(it, &s->cursors)
			age_cursor(container_of(it, struct cursor, in_stream), now);
		stream_enforce(s);
		stream_age_past(s, 1);
		stream_flush(s);
		if (is_over(s, now))
			end_stream(s);
	}
}
