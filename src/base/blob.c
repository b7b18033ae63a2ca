// SPDX-License-Identifier: MIT
#include "base/blob.h"
#include "base/mem.h"
#include <stdlib.h>

struct blob *blob_new(size_t cap)
{
	struct blob *b = mem_alloc(sizeof *b);
	*b = (struct blob){.refs = 1, .cap = (uint32_t)cap, .p = mem_alloc(cap)};
	return b;
}

void blob_append(struct blob *b, struct span bytes)
{
	ensure(bytes.n < UINT32_MAX / 2 - b->n);
	size_t need = b->n + bytes.n;
	if (need > b->cap) {
		b->cap = (uint32_t)max_size(need, (size_t)b->cap * 2);
		b->p = mem_grow(b->p, b->cap, 1);
	}
	if (bytes.n)
		memcpy(b->p + b->n, bytes.p, bytes.n);
	b->n = (uint32_t)need;
}

struct blob *blob_ref(struct blob *b)
{
	b->refs++;
	return b;
}

void blob_unref(struct blob *b)
{
	if (!b || --b->refs)
		return;
	free(b->p);
	free(b);
}
