// SPDX-License-Identifier: MIT
#include "hub/requests.h"
#include "base/clock.h"
#include "hub/hub.h"
#include <stdio.h>

const struct request_row request_rows[REQUEST_COUNT] = {
#define REQUEST(id, name, event, ms) [REQUEST_##id] = {name, EVENT_##event, ms},
#include "tables/requests.tbl"
};

void requests_init(struct requests *r)
{
	*r = (struct requests){0};
	list_init(&r->open);
}

bool requests_full(const struct requests *r)
{
	return r->n >= REQUESTS_MAX;
}

static struct request *of(struct link *it)
{
	return container_of(it, struct request, link);
}

void request_reopen(struct requests *all, struct request *r)
{
	list_append(&all->open, &r->link);
	all->n++;
}

void request_open(struct requests *all, struct request *r, uint64_t now_ms)
{
	const struct request_row *row = &request_rows[r->kind];
	r->due_ms = now_ms + row->ms;
	snprintf(r->id, sizeof r->id, "%s-%llu", row->name, (unsigned long long)++all->last);
	request_reopen(all, r);
}

void request_close(struct requests *all, struct request *r)
{
	list_unlink(&r->link);
	all->n--;
}

struct request *requests_find(const struct requests *all, enum request_kind kind, struct span id)
{
	list_each(it, &all->open) if (of(it)->kind == kind && span_is(id, of(it)->id)) return of(
		it);
	return NULL;
}

uint64_t requests_due(const struct requests *all)
{
	uint64_t due = CLOCK_NEVER;
	list_each(it, &all->open) if (of(it)->due_ms < due) due = of(it)->due_ms;
	return due;
}

// What one of them does when it ends may end others, so the search begins anew after each.
void requests_expire(struct requests *all, uint64_t now_ms)
{
	struct request *late;
	do {
		late = NULL;
		list_each(it, &all->open) if (!late && of(it)->due_ms <= now_ms) late = of(it);
		if (late)
			late->run(late, NULL);
	} while (late);
}

void requests_unwanted(struct identity *i)
{
	struct request *vain;
	do {
		vain = NULL;
		list_each(it, &i->requests.open) if (!vain && !identity_wants(i, of(it)->kind))
			vain = of(it);
		if (vain)
			vain->run(vain, NULL);
	} while (vain);
}
