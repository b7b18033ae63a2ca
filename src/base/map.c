// SPDX-License-Identifier: MIT
#include "base/map.h"
#include "base/mem.h"
#include <sodium.h>
#include <stdlib.h>

static unsigned keyed_hash(const void *key, size_t n)
{
	static unsigned char secret[crypto_shorthash_KEYBYTES];
	static bool drawn;
	if (!drawn) {
		randombytes_buf(secret, sizeof secret);
		drawn = true;
	}
	unsigned char out[crypto_shorthash_BYTES];
	crypto_shorthash(out, key, n, secret);
	unsigned hash;
	memcpy(&hash, out, sizeof hash);
	return hash;
}

#define HASH_FUNCTION(key, n, hash) ((hash) = keyed_hash((key), (n)))
#define uthash_fatal(text)          bug(text)
#include <uthash.h>

struct map_entry {
	UT_hash_handle hh;
	void *value;
	size_t n;
	char key[];
};

static struct map_entry *entry_of(const struct map *m, struct span key)
{
	struct map_entry *e = NULL;
	HASH_FIND(hh, m->head, key.n ? key.p : "", (unsigned)key.n, e);
	return e;
}

void map_fini(struct map *m)
{
	struct map_entry *e, *next;
	HASH_ITER(hh, m->head, e, next)
	{
		HASH_DEL(m->head, e);
		free(e);
	}
}

void *map_find(const struct map *m, struct span key)
{
	struct map_entry *e = entry_of(m, key);
	return e ? e->value : NULL;
}

void *map_put(struct map *m, struct span key, void *value)
{
	ensure(value);
	struct map_entry *e = entry_of(m, key);
	if (e) {
		void *old = e->value;
		e->value = value;
		return old;
	}
	e = mem_alloc(sizeof *e + key.n + 1);
	e->value = value;
	e->n = key.n;
	if (key.n)
		memcpy(e->key, key.p, key.n);
	e->key[key.n] = '\0';
	HASH_ADD(hh, m->head, key, (unsigned)key.n, e);
	return NULL;
}

void *map_take(struct map *m, struct span key)
{
	struct map_entry *e = entry_of(m, key);
	if (!e)
		return NULL;
	void *value = e->value;
	HASH_DEL(m->head, e);
	free(e);
	return value;
}

size_t map_count(const struct map *m)
{
	return HASH_COUNT(m->head);
}

static struct map_at at_entry(struct map_entry *e)
{
	if (!e)
		return (struct map_at){0};
	return (struct map_at){span_of(e->key, e->n), e->value, e->hh.next};
}

struct map_at map_first(const struct map *m)
{
	return at_entry(m->head);
}

struct map_at map_next(struct map_at at)
{
	return at_entry(at.next);
}
