// SPDX-License-Identifier: MIT
#include "hub/roster.h"
#include "base/mem.h"
#include <stdlib.h>

void roster_init(struct roster *r)
{
	*r = (struct roster){0};
}

static void free_mud(struct roster_mud *m)
{
	free(m->name);
	free(m->block);
	free(m);
}

static void free_channel(struct roster_channel *c)
{
	free(c->name);
	free(c->owner);
	free(c);
}

void roster_fini(struct roster *r)
{
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at))
		free_mud(at.value);
	for (struct map_at at = map_first(&r->channels); at.value; at = map_next(at))
		free_channel(at.value);
	map_fini(&r->muds);
	map_fini(&r->folded);
	map_fini(&r->channels);
}

static struct span fold(struct span name, char into[256])
{
	size_t n = min_size(name.n, 256);
	for (size_t i = 0; i < n; i++)
		into[i] = ascii_lower(name.p[i]);
	return span_of(into, n);
}

bool roster_put_mud(struct roster *r, struct span name, int64_t state, const struct value *facts)
{
	char folded[256];
	struct roster_mud *m = map_find(&r->muds, name);
	if (!m && (map_count(&r->muds) >= ROSTER_MUDS_MAX || name.n > sizeof folded))
		return false;
	bool was_up = m && m->state == MUD_UP;
	if (!m) {
		m = mem_zalloc(sizeof *m);
		m->name = span_dup(name);
		map_put(&r->muds, name, m);
		m->twin = map_put(&r->folded, fold(name, folded), m);
	}
	free(m->block);
	m->block = value_pack(facts, &m->facts);
	m->state = state;
	return was_up != (state == MUD_UP);
}

static void forget_folded(struct roster *r, struct span folded, const struct roster_mud *m)
{
	struct roster_mud *at = map_find(&r->folded, folded);
	if (at == m && m->twin)
		map_put(&r->folded, folded, m->twin);
	else if (at == m)
		map_take(&r->folded, folded);
	while (at && at != m && at->twin != m)
		at = at->twin;
	if (at && at != m)
		at->twin = m->twin;
}

bool roster_drop_mud(struct roster *r, struct span name)
{
	char folded[256];
	struct roster_mud *m = map_take(&r->muds, name);
	if (!m)
		return false;
	bool was_up = m->state == MUD_UP;
	forget_folded(r, fold(name, folded), m);
	free_mud(m);
	return was_up;
}

void roster_put_channel(struct roster *r, struct span name, struct span owner, int64_t type)
{
	struct roster_channel *c = map_find(&r->channels, name);
	if (!c) {
		if (map_count(&r->channels) >= ROSTER_CHANNELS_MAX)
			return;
		c = mem_zalloc(sizeof *c);
		c->name = span_dup(name);
		map_put(&r->channels, name, c);
	}
	free(c->owner);
	c->owner = span_dup(owner);
	c->type = type;
}

void roster_drop_channel(struct roster *r, struct span name)
{
	struct roster_channel *c = map_take(&r->channels, name);
	if (c)
		free_channel(c);
}

const struct roster_mud *roster_mud(const struct roster *r, struct span name)
{
	char folded[256];
	const struct roster_mud *m = map_find(&r->muds, name);
	return m ? m : map_find(&r->folded, fold(name, folded));
}

const struct roster_channel *roster_channel(const struct roster *r, struct span name)
{
	return map_find(&r->channels, name);
}

size_t roster_up(const struct roster *r)
{
	size_t n = 0;
	for (struct map_at at = map_first(&r->muds); at.value; at = map_next(at))
		n += ((const struct roster_mud *)at.value)->state == MUD_UP;
	return n;
}

const char *roster_state(int64_t state)
{
	return state == MUD_UP ? "up" : state == MUD_DOWN ? "down" : "reboot";
}
