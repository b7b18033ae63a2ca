// SPDX-License-Identifier: MIT
#include "bridge/trail.h"
#include "base/mem.h"
#include <stdlib.h>

struct visit {
	uint64_t stop, by;
};

struct bridge_trail {
	unsigned refs;
	size_t n, cap; // two for each link at most
	struct visit *visits;
};

uint64_t bridge_stop(enum bridge_stop_kind kind, struct span name)
{
	return span_digest(name) << 1 | (kind == BRIDGE_STOP_NETWORK);
}

struct bridge_trail *bridge_trail_new(void)
{
	struct bridge_trail *t = mem_zalloc(sizeof *t);
	t->refs = 1;
	return t;
}

struct bridge_trail *bridge_trail_ref(struct bridge_trail *t)
{
	t->refs++;
	return t;
}

void bridge_trail_unref(struct bridge_trail *t)
{
	if (!t || --t->refs)
		return;
	free(t->visits);
	free(t);
}

static struct visit *find(const struct bridge_trail *t, uint64_t stop)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->visits[i].stop == stop)
			return &t->visits[i];
	return NULL;
}

bool bridge_trail_open(const struct bridge_trail *t, uint64_t stop, uint64_t by)
{
	const struct visit *v = find(t, stop);
	return !v || v->by == by;
}

enum bridge_entry bridge_trail_enter(struct bridge_trail *t, uint64_t stop, uint64_t by)
{
	const struct visit *v = find(t, stop);
	if (v)
		return v->by == by ? BRIDGE_ENTRY_MORE : BRIDGE_ENTRY_NOT;
	if (t->n == t->cap) {
		t->cap = t->cap ? 2 * t->cap : 4;
		t->visits = mem_grow(t->visits, t->cap, sizeof *t->visits);
	}
	t->visits[t->n++] = (struct visit){stop, by};
	return BRIDGE_ENTRY_FIRST;
}

void bridge_trail_retract(struct bridge_trail *t, uint64_t stop)
{
	struct visit *v = find(t, stop);
	ensure(v);
	*v = t->visits[--t->n];
}
