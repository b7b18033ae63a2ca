// SPDX-License-Identifier: MIT
#include "hub/queries.h"
#include "base/clock.h"
#include "hub/hub.h"
#include <stdio.h>

const struct query_row query_rows[QUERY_COUNT] = {
#define QUERY(id, name, event, ms) [QUERY_##id] = {name, EVENT_##event, ms},
#include "tables/queries.tbl"
};

void queries_init(struct queries *r)
{
	*r = (struct queries){0};
	list_init(&r->open);
}

bool queries_full(const struct queries *r, enum query_kind kind)
{
	return r->n[kind] >= QUERIES_MAX;
}

static struct query *of(struct link *it)
{
	return container_of(it, struct query, link);
}

void query_reopen(struct queries *all, struct query *r)
{
	list_append(&all->open, &r->link);
	all->n[r->kind]++;
}

void query_open(struct queries *all, struct query *r, uint64_t now_ms)
{
	const struct query_row *row = &query_rows[r->kind];
	r->due_ms = now_ms + row->ms;
	snprintf(r->id, sizeof r->id, "%s-%llu", row->name, (unsigned long long)++all->last);
	query_reopen(all, r);
}

void query_close(struct queries *all, struct query *r)
{
	list_unlink(&r->link);
	all->n[r->kind]--;
}

struct query *queries_find(const struct queries *all, enum query_kind kind, struct span id)
{
	list_each(it, &all->open) if (of(it)->kind == kind && span_is(id, of(it)->id)) return of(
		it);
	return NULL;
}

uint64_t queries_due(const struct queries *all)
{
	uint64_t due = CLOCK_NEVER;
	list_each(it, &all->open) if (of(it)->due_ms < due) due = of(it)->due_ms;
	return due;
}

// What one of them does when it ends may end others, so the search begins anew after each.
void queries_expire(struct queries *all, uint64_t now_ms)
{
	struct query *late;
	do {
		late = NULL;
		list_each(it, &all->open) if (!late && of(it)->due_ms <= now_ms) late = of(it);
		if (late)
			late->run(late, NULL);
	} while (late);
}

void queries_unwanted(struct identity *i)
{
	struct query *vain;
	do {
		vain = NULL;
		list_each(it, &i->queries.open) if (!vain && !identity_wants(i, of(it)->kind))
			vain = of(it);
		if (vain)
			vain->run(vain, NULL);
	} while (vain);
}
