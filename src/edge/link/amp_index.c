// SPDX-License-Identifier: MIT
#include "edge/link/amp_index.h"
#include "base/mem.h"
#include "edge/player.h"
#include <stdlib.h>

enum { INDEX_LEAST = 64 };

void amp_index_fini(struct amp_index *x)
{
	free(x->at);
	*x = (struct amp_index){0};
}

static int in_order(const void *a, const void *b)
{
	const struct amp_held *one = a, *two = b;
	if (one->object != two->object)
		return one->object < two->object ? -1 : 1;
	return one->player < two->player ? -1 : one->player > two->player;
}

static void make(struct amp_index *x, const struct game *g)
{
	x->n = 0;
	if (x->cap < g->n_players) {
		x->cap = max_size(2 * (size_t)g->n_players, INDEX_LEAST);
		x->at = mem_grow(x->at, x->cap, sizeof *x->at);
	}
	game_each(it, g)
	{
		const struct player *p = container_of(it, struct player, in_game);
		if (p->object >= 0)
			x->at[x->n++] = (struct amp_held){p->object, p->id};
	}
	if (x->n)
		qsort(x->at, x->n, sizeof *x->at, in_order);
	x->moves = g->moves;
}

// The first that is not before it.
static size_t lower(const struct amp_index *x, int64_t object)
{
	size_t from = 0, to = x->n;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		if (x->at[middle].object < object)
			from = middle + 1;
		else
			to = middle;
	}
	return from;
}

struct value amp_index_find(
	struct amp_index *x, const struct game *g, int64_t object, struct arena *arena)
{
	struct value_list ids = {.arena = arena};
	if (!x->at || x->moves != g->moves)
		make(x, g);
	for (size_t i = lower(x, object); i < x->n && x->at[i].object == object; i++)
		value_push(&ids, value_int((int64_t)x->at[i].player));
	return value_list_array(&ids);
}
