// SPDX-License-Identifier: MIT
#include "hub/presence.h"
#include "base/buf.h"
#include "base/mem.h"
#include <stdlib.h>

static struct span name_of(const struct value *facts)
{
	const struct value *name = value_get(facts, "name");
	return name ? value_text(name) : (struct span){0};
}

static struct span fold(struct buf *into, struct span name)
{
	buf_clear(into);
	buf_lower(into, name);
	return buf_bytes(into);
}

static void user_free(struct presence *p, struct presence_user *u)
{
	if (!u)
		return;
	p->bytes -= u->bytes;
	free(u->block);
	free(u);
}

static void clear(struct presence *p)
{
	for (struct map_at at = map_first(&p->users); at.value; at = map_next(at))
		user_free(p, at.value);
	map_fini(&p->users);
}

void presence_fini(struct presence *p)
{
	clear(p);
	*p = (struct presence){0};
}

bool presence_known(const struct presence *p, uint64_t now_ms)
{
	return p->until_ms && now_ms < p->until_ms;
}

// Whoever was known keeps the place in the order.
static void put(struct presence *p, struct span folded, const struct value *facts)
{
	struct presence_user *u = mem_zalloc(sizeof *u);
	u->block = value_pack(facts, &u->facts);
	u->bytes = value_bytes(facts);
	p->bytes += u->bytes;
	user_free(p, map_put(&p->users, folded, u));
}

struct size {
	size_t users, bytes;
};

// What there would be.  Somebody who goes and comes in one message is counted as gone first.
static struct size after(const struct presence *p, const struct presence_news *news)
{
	struct size size = {0};
	struct buf key = {0};
	struct map gone = {0};
	if (news->delta)
		size = (struct size){map_count(&p->users), p->bytes};
	for (size_t i = 0; news->delta && news->gone && i < news->gone->n; i++) {
		struct span folded = fold(&key, value_text(&news->gone->at[i]));
		struct presence_user *u = map_find(&p->users, folded);
		if (!u || map_put(&gone, folded, u))
			continue;
		size.users--;
		size.bytes -= u->bytes;
	}
	for (size_t i = 0; news->users && i < news->users->n; i++) {
		struct span folded = fold(&key, name_of(&news->users->at[i]));
		const struct presence_user *u = news->delta ? map_find(&p->users, folded) : NULL;
		bool stays = u && !map_find(&gone, folded);
		size.users += !stays;
		size.bytes += value_bytes(&news->users->at[i]) - (stays ? u->bytes : 0);
	}
	map_fini(&gone);
	buf_fini(&key);
	return size;
}

static void apply(struct presence *p, const struct presence_news *news)
{
	struct buf key = {0};
	if (!news->delta)
		clear(p);
	for (size_t i = 0; news->delta && news->gone && i < news->gone->n; i++)
		user_free(p, map_take(&p->users, fold(&key, value_text(&news->gone->at[i]))));
	for (size_t i = 0; news->users && i < news->users->n; i++)
		put(p, fold(&key, name_of(&news->users->at[i])), &news->users->at[i]);
	buf_fini(&key);
}

enum presence_said presence_hear(
	struct presence *p, const struct presence_news *news, uint64_t now_ms)
{
	if (news->delta && !presence_known(p, now_ms))
		return PRESENCE_STALE;
	struct size size = after(p, news);
	if (size.users > PRESENCE_USERS_MAX)
		return PRESENCE_TOO_MANY;
	if (size.bytes > PRESENCE_BYTES_MAX)
		return PRESENCE_TOO_BIG;
	apply(p, news);
	if (news->lease_ms)
		p->lease_ms = news->lease_ms;
	else if (!news->delta)
		p->lease_ms = PRESENCE_LEASE_MS;
	p->until_ms = now_ms + p->lease_ms;
	return PRESENCE_TAKEN;
}

const struct value *presence_find(const struct presence *p, struct span name)
{
	struct buf key = {0};
	const struct presence_user *u = map_find(&p->users, fold(&key, name));
	buf_fini(&key);
	return u ? &u->facts : NULL;
}

size_t presence_count(const struct presence *p)
{
	return map_count(&p->users);
}

const struct value *presence_facts(struct map_at at)
{
	return &((const struct presence_user *)at.value)->facts;
}
