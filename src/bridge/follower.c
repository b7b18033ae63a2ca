// SPDX-License-Identifier: MIT
// Follower: a consumer of all channels of a direction.  Its record is a cursor's, of the channel
// without a name.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "bridge/stream_priv.h"
#include <stdlib.h>

void follower_free(struct follower *f)
{
	store_forget(f->all->store, f);
	list_unlink(&f->in_streams);
	f->all->n_followers--;
	free(f->name);
	free(f);
}

void follower_join(struct follower *f, struct stream *s, bool from_start)
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

struct follower *follower_find(
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
	follower_free(f);
}

struct follower *follower_new(struct streams *all, enum stream_towards towards, struct span name)
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

bool streams_may_follow(const struct streams *all, enum stream_towards towards, struct span name)
{
	return follower_find(all, towards, name) ||
	       (all->n_followers < STREAMS_FOLLOWERS_MAX && cursor_is_name(name));
}

bool streams_follow(
	struct streams *all, enum stream_towards towards, const struct cursor_spec *spec)
{
	struct follower *f = follower_find(all, towards, spec->name);
	if (!streams_may_follow(all, towards, spec->name))
		return false;
	if (!f)
		f = follower_new(all, towards, spec->name);
	f->ready = spec->ready;
	f->owner = spec->owner;
	see_follower(f, clock_wall_us());
	for (struct map_at at = map_first(&all->at); at.value; at = map_next(at)) {
		struct stream *s = at.value;
		if (stream_towards(s) == towards)
			follower_join(f, s, spec->from_start);
	}
	return true;
}

void streams_unfollow(
	struct streams *all, enum stream_towards towards, struct span name, const void *owner)
{
	struct follower *f = follower_find(all, towards, name);
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
	const struct follower *f = follower_find(all, towards, name);
	return f ? f->owner : NULL;
}

void follower_age(struct follower *f, uint64_t now)
{
	if (f->ready)
		see_follower(f, now);
	else if (streams_is_long_gone(f->all, f->seen_us, now))
		forget_follower(f);
	else
		write_follower(f);
}
