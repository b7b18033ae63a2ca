// SPDX-License-Identifier: MIT
#include "bridge/guard.h"
#include "base/mem.h"
#include <stdlib.h>

struct bridge_known {
	struct link in_bucket, in_lines;
	uint64_t digest, until_ms;
	struct bridge_trail *trail;
	uint64_t heard[BRIDGE_LINKS_MAX / 64]; // a bit for each link's slot
};

// Some routers and drivers wrap lines or spell names in another case.
static void put_folded(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] > ' ')
			buf_char(out, ascii_lower(s.p[i]));
	buf_char(out, '\n');
}

static uint64_t digest_of(struct bridge_guard *g, const struct bridge_line *line)
{
	buf_clear(&g->scratch);
	put_folded(&g->scratch, line->channel);
	put_folded(&g->scratch, line->mud);
	put_folded(&g->scratch, line->user);
	put_folded(&g->scratch, line->name);
	put_folded(&g->scratch, line->text);
	buf_char(&g->scratch, line->emote ? 'e' : 'm');
	return span_digest(buf_bytes(&g->scratch));
}

static void drop(struct bridge_guard *g, struct bridge_known *k)
{
	list_unlink(&k->in_bucket);
	list_unlink(&k->in_lines);
	bridge_trail_unref(k->trail);
	free(k);
	g->n--;
}

static void forget_old(struct bridge_guard *g, uint64_t now_ms)
{
	list_each(it, &g->lines)
	{
		struct bridge_known *k = container_of(it, struct bridge_known, in_lines);
		if (k->until_ms > now_ms)
			return;
		drop(g, k);
	}
}

static struct link *bucket_of(struct bridge_guard *g, uint64_t digest)
{
	return &g->buckets[digest % BRIDGE_GUARD_BUCKETS];
}

// Takes the trail over.
static struct bridge_known *put(
	struct bridge_guard *g, uint64_t digest, struct bridge_trail *trail, uint64_t now_ms)
{
	struct bridge_known *k = mem_zalloc(sizeof *k);
	k->digest = digest;
	k->until_ms = now_ms + BRIDGE_GUARD_MS;
	k->trail = trail;
	list_append(bucket_of(g, digest), &k->in_bucket);
	list_append(&g->lines, &k->in_lines);
	g->n++;
	return k;
}

struct bridge_known *bridge_guard_say(struct bridge_guard *g, const struct bridge_line *line,
	struct bridge_trail *trail, uint64_t now_ms)
{
	forget_old(g, now_ms);
	if (g->n >= BRIDGE_GUARD_LINES_MAX)
		return NULL;
	return put(g, digest_of(g, line), bridge_trail_ref(trail), now_ms);
}

void bridge_guard_unsaid(struct bridge_guard *g, struct bridge_known *k)
{
	drop(g, k);
}

static struct bridge_known *find(struct bridge_guard *g, uint64_t digest, unsigned slot)
{
	list_each(it, bucket_of(g, digest))
	{
		struct bridge_known *k = container_of(it, struct bridge_known, in_bucket);
		if (k->digest == digest && !(k->heard[slot / 64] >> slot % 64 & 1))
			return k;
	}
	return NULL;
}

struct bridge_trail *bridge_guard_hear(
	struct bridge_guard *g, const struct bridge_line *line, unsigned slot, uint64_t now_ms)
{
	uint64_t digest = digest_of(g, line);
	forget_old(g, now_ms);
	struct bridge_known *k = find(g, digest, slot);
	if (!k) {
		if (g->n >= BRIDGE_GUARD_LINES_MAX)
			return NULL;
		k = put(g, digest, bridge_trail_new(), now_ms);
		bridge_trail_enter(k->trail, bridge_stop(BRIDGE_STOP_NETWORK, line->channel), 0);
	}
	k->heard[slot / 64] |= UINT64_C(1) << slot % 64;
	return k->trail;
}

void bridge_guard_forget(struct bridge_guard *g, unsigned slot)
{
	list_each(it, &g->lines) container_of(it, struct bridge_known, in_lines)
		->heard[slot / 64] &= ~(UINT64_C(1) << slot % 64);
}

void bridge_guard_init(struct bridge_guard *g)
{
	*g = (struct bridge_guard){0};
	list_init(&g->lines);
	for (size_t i = 0; i < BRIDGE_GUARD_BUCKETS; i++)
		list_init(&g->buckets[i]);
}

void bridge_guard_fini(struct bridge_guard *g)
{
	forget_old(g, UINT64_MAX);
	buf_fini(&g->scratch);
}
