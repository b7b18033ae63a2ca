// SPDX-License-Identifier: MIT
#include "base/arena.h"
#include "base/mem.h"
#include <stdlib.h>

enum { BLOCK_BYTES = 16 << 10 };

struct arena_block {
	struct arena_block *older;
	size_t cap;
	_Alignas(16) char bytes[];
};

static void push_block(struct arena *a, size_t need)
{
	size_t cap = max_size(need, BLOCK_BYTES);
	struct arena_block *b = mem_alloc(sizeof *b + cap);
	b->older = a->block;
	b->cap = cap;
	a->block = b;
	a->used = 0;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	size_t need = (bytes + 15) & ~(size_t)15;
	ensure(need >= bytes);
	if (!a->block || need > a->block->cap - a->used)
		push_block(a, need);
	void *at = a->block->bytes + a->used;
	a->used += need;
	return at;
}

void *arena_copy(struct arena *a, const void *p, size_t n)
{
	void *at = arena_alloc(a, n);
	if (n)
		memcpy(at, p, n);
	return at;
}

struct span arena_span(struct arena *a, struct span s)
{
	return span_of(arena_copy(a, s.p, s.n), s.n);
}

void arena_clear(struct arena *a)
{
	while (a->block && (a->block->older || a->block->cap > BLOCK_BYTES)) {
		struct arena_block *older = a->block->older;
		free(a->block);
		a->block = older;
	}
	a->used = 0;
}

void arena_fini(struct arena *a)
{
	arena_clear(a);
	free(a->block);
	*a = (struct arena){0};
}

struct span arena_join(struct arena *a, struct span x, struct span y)
{
	char *out = arena_alloc(a, x.n + y.n), *at = out;
	span_put(&at, x);
	span_put(&at, y);
	return span_of(out, x.n + y.n);
}
