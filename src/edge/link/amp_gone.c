// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "edge/link/amp_link.h"
#include <stdio.h>
#include <stdlib.h>

struct departure {
	struct link in_gone;
	uint64_t player;
	int64_t object;
	char why[AMP_GONE_WHY_BYTES];
};

static void forget(struct amp_gone *g, struct departure *d)
{
	list_unlink(&d->in_gone);
	g->n--;
	free(d);
}

void amp_gone_init(struct amp_gone *g)
{
	list_init(&g->all);
}

void amp_gone_fini(struct amp_gone *g)
{
	list_each(it, &g->all) forget(g, container_of(it, struct departure, in_gone));
	g->forgotten = 0;
}

void amp_gone_keep(struct amp_gone *g, const struct player *p, const char *why)
{
	if (g->n >= AMP_GONE_MAX) {
		g->forgotten++;
		return;
	}
	struct departure *d = mem_zalloc(sizeof *d);
	d->player = p->id;
	d->object = p->object;
	snprintf(d->why, sizeof d->why, "%s", why);
	list_append(&g->all, &d->in_gone);
	g->n++;
}

// A plain game knows objects only: one is left when nobody controls it any more.
void amp_gone_say(struct amp_link *l, uint64_t player, int64_t object, const char *why)
{
	if (l->extended) {
		struct buf *b = amp_call(l, "PlayerDisconnectedCmd");
		amp_put_int(b, "player_id", (int64_t)player);
		amp_put(b, "reason", span_str(why));
	} else if (object >= 0 && !amp_is_controlled(l->game, object, NULL)) {
		amp_put_int(
			amp_call(l, "TriggerAtSessionDisconnectForObjectCmd"), "object_id", object);
	} else {
		return;
	}
	amp_call_send(l, &(struct amp_call){.player = player});
}

void amp_gone_tell(struct amp_link *l)
{
	struct amp_gone *g = &l->gone;
	struct map told = {0}; // objects: several sessions may have left one
	if (g->forgotten)
		log_warning("amp_gone", log_str("game", l->game->name),
			log_int("not_told", (int64_t)g->forgotten));
	list_each(it, &g->all)
	{
		struct departure *d = container_of(it, struct departure, in_gone);
		if (l->extended || !map_put(&told, span_of(&d->object, sizeof d->object), g))
			amp_gone_say(l, d->player, d->object, d->why);
	}
	map_fini(&told);
	amp_gone_fini(g);
}
