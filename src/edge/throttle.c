// SPDX-License-Identifier: MIT
#include "edge/throttle.h"
#include "base/mem.h"
#include <stdlib.h>

struct strikes {
	struct link link;
	struct span key; // behind this struct
	uint32_t n;
	uint64_t last_ms, until_ms;
};

void throttle_init(struct throttle *t, const struct throttle_rule *rule)
{
	*t = (struct throttle){.rule = rule};
	list_init(&t->order);
}

static void drop(struct throttle *t, struct strikes *s)
{
	map_take(&t->keys, s->key);
	list_unlink(&s->link);
	free(s);
}

void throttle_fini(struct throttle *t)
{
	list_each(it, &t->order) drop(t, container_of(it, struct strikes, link));
	map_fini(&t->keys);
}

uint32_t throttle_wait_ms(const struct throttle *t, struct span key, uint64_t now_ms)
{
	const struct strikes *s = map_find(&t->keys, key);
	return s && s->until_ms > now_ms ? (uint32_t)(s->until_ms - now_ms) : 0;
}

static struct strikes *add(struct throttle *t, struct span key)
{
	if (map_count(&t->keys) >= THROTTLE_MAX)
		drop(t, container_of(t->order.next, struct strikes, link));
	struct strikes *s = mem_zalloc(sizeof *s + key.n);
	char *at = (char *)(s + 1);
	s->key = span_put(&at, key);
	list_init(&s->link);
	map_put(&t->keys, key, s);
	return s;
}

static uint64_t wait_of(const struct throttle_rule *rule, uint32_t n)
{
	uint64_t ms = rule->first_ms;
	if (n < rule->free)
		return 0;
	for (n -= rule->free; n && ms < rule->most_ms; n--)
		ms *= 2;
	return ms < rule->most_ms ? ms : rule->most_ms;
}

static bool is_over(const struct throttle *t, const struct strikes *s, uint64_t now_ms)
{
	uint64_t end = s->until_ms > s->last_ms ? s->until_ms : s->last_ms;
	return now_ms >= end + t->rule->forget_ms;
}

void throttle_strike(struct throttle *t, struct span key, uint64_t now_ms)
{
	struct strikes *s = map_find(&t->keys, key);
	if (!key.n)
		return;
	if (!s)
		s = add(t, key);
	else if (is_over(t, s, now_ms))
		s->n = 0;
	s->n++;
	s->last_ms = now_ms;
	s->until_ms = now_ms + wait_of(t->rule, s->n);
	list_unlink(&s->link);
	list_append(&t->order, &s->link);
}

void throttle_clear(struct throttle *t, struct span key)
{
	struct strikes *s = map_find(&t->keys, key);
	if (s)
		drop(t, s);
}

void throttle_minute(struct throttle *t, uint64_t now_ms)
{
	list_each(it, &t->order)
	{
		struct strikes *s = container_of(it, struct strikes, link);
		if (is_over(t, s, now_ms))
			drop(t, s);
	}
}
