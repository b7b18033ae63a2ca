// SPDX-License-Identifier: MIT
#include "bridge/seen.h"
#include "base/mem.h"
#include <stdlib.h>

void seen_init(struct seen *s)
{
	*s = (struct seen){0};
	list_init(&s->past);
}

void seen_fini(struct seen *s)
{
	for (struct map_at at = map_first(&s->ids); at.value; at = map_next(at))
		free(at.value);
	map_fini(&s->ids);
}

struct sighting *seen_find(const struct seen *s, struct span id)
{
	return map_find(&s->ids, id);
}

struct sighting *seen_add(struct seen *s, struct span id, uint64_t seq, uint64_t bytes)
{
	struct sighting *it = mem_alloc(sizeof *it + id.n);
	*it = (struct sighting){.seq = seq, .bytes = bytes, .id_n = (uint32_t)id.n};
	list_init(&it->in_past);
	char *at = it->id;
	span_put(&at, id);
	ensure(!map_put(&s->ids, id, it));
	return it;
}

void seen_gone(struct seen *s, struct sighting *it, uint64_t now_ms)
{
	it->gone_ms = now_ms;
	list_append(&s->past, &it->in_past);
	s->past_n++;
	s->past_bytes += it->bytes;
}

void seen_forget(struct seen *s, struct sighting *it)
{
	if (!list_empty(&it->in_past)) {
		list_unlink(&it->in_past);
		s->past_n--;
		s->past_bytes -= it->bytes;
	}
	map_take(&s->ids, span_of(it->id, it->id_n));
	free(it);
}

struct sighting *seen_oldest(const struct seen *s)
{
	return s->past_n ? container_of(s->past.next, struct sighting, in_past) : NULL;
}
