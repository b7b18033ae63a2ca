// SPDX-License-Identifier: MIT
#include "i3/pacing.h"
#include "base/mem.h"
#include <stdlib.h>

enum { EVEN_MS = SECOND_MS / PACE_PER_SECOND };

void pacing_init(struct pacing *p)
{
	*p = (struct pacing){0};
	list_init(&p->queue);
}

static void drop(struct pacing *p, struct pace_frame *f)
{
	list_unlink(&f->link);
	p->n--;
	p->bytes -= f->n;
}

void pacing_clear(struct pacing *p)
{
	list_each(it, &p->queue)
	{
		struct pace_frame *f = container_of(it, struct pace_frame, link);
		drop(p, f);
		free(f);
	}
	p->taken = p->put;
}

bool pacing_put(struct pacing *p, struct span frame, unsigned cost, uint64_t now_ms)
{
	ensure(cost >= 1 && cost <= PACE_PER_SECOND);
	if (p->n >= PACE_FRAMES_MAX || p->bytes + frame.n > PACE_BYTES_MAX)
		return false;
	struct pace_frame *f = mem_alloc(sizeof *f + frame.n);
	f->put_ms = now_ms;
	f->cost = cost;
	f->n = frame.n;
	memcpy(f->bytes, frame.p, frame.n);
	list_append(&p->queue, &f->link);
	p->put++;
	p->n++;
	p->bytes += frame.n;
	return true;
}

// The places are used in a ring, so a frame of cost n needs the n oldest ones.
uint64_t pacing_due(const struct pacing *p)
{
	if (list_empty(&p->queue))
		return CLOCK_NEVER;
	const struct pace_frame *f = container_of(p->queue.next, struct pace_frame, link);
	uint64_t due = p->free_ms[(p->oldest + f->cost - 1) % PACE_PER_SECOND];
	return due > p->even_ms ? due : p->even_ms;
}

uint64_t pacing_empty_ms(const struct pacing *p, uint64_t now_ms)
{
	uint64_t due = pacing_due(p);
	if (due == CLOCK_NEVER)
		return now_ms;
	return (due > now_ms ? due : now_ms) + (p->n - 1) * (uint64_t)EVEN_MS;
}

struct pace_frame *pacing_take(struct pacing *p, uint64_t now_ms)
{
	uint64_t due = pacing_due(p);
	if (due > now_ms)
		return NULL;
	struct pace_frame *f = container_of(p->queue.next, struct pace_frame, link);
	if (due > f->put_ms) // it had to wait
		p->even_ms = now_ms + EVEN_MS;
	for (unsigned i = 0; i < f->cost; i++) {
		p->free_ms[p->oldest] = now_ms + SECOND_MS;
		p->oldest = (p->oldest + 1) % PACE_PER_SECOND;
	}
	drop(p, f);
	p->taken++;
	return f;
}
