// SPDX-License-Identifier: MIT
#include "base/value.h"
#include "base/mem.h"

static const struct value null_value;

const struct value *value_at(const struct value *array, size_t i)
{
	return array->type == VALUE_ARRAY && i < array->n ? &array->at[i] : &null_value;
}

const struct value *value_find(const struct value *map, struct span key)
{
	if (map->type != VALUE_MAP)
		return NULL;
	for (size_t i = map->n; i-- > 0;) // the last of two equal keys wins
		if (map->at[2 * i].type == VALUE_STRING &&
			span_eq(value_text(&map->at[2 * i]), key))
			return &map->at[2 * i + 1];
	return NULL;
}

const struct value *value_get(const struct value *map, const char *key)
{
	return value_find(map, span_str(key));
}

// Recursion is bounded by the depth limit of whichever notation made the tree.
struct value value_copy(struct arena *a, const struct value *v)
{
	struct value copy = *v;
	if (v->type == VALUE_STRING) {
		copy.s = arena_copy(a, v->s, v->n);
	} else if (v->type == VALUE_ARRAY || v->type == VALUE_MAP) {
		size_t n = v->type == VALUE_MAP ? 2 * (size_t)v->n : v->n;
		struct value *at = arena_alloc(a, n * sizeof *at);
		for (size_t i = 0; i < n; i++)
			at[i] = value_copy(a, &v->at[i]);
		copy.at = at;
	}
	return copy;
}

static size_t children(const struct value *v)
{
	return v->type == VALUE_ARRAY ? v->n : v->type == VALUE_MAP ? 2 * (size_t)v->n : 0;
}

static void measure(const struct value *v, size_t *nodes, size_t *bytes)
{
	*nodes += children(v);
	*bytes += v->type == VALUE_STRING ? v->n : 0;
	for (size_t i = 0; i < children(v); i++)
		measure(&v->at[i], nodes, bytes);
}

static struct value pack(const struct value *v, struct value **node, char **byte)
{
	struct value copy = *v;
	if (v->type == VALUE_STRING) {
		copy.s = *byte;
		if (v->n)
			memcpy(*byte, v->s, v->n);
		*byte += v->n;
	} else if (v->type == VALUE_ARRAY || v->type == VALUE_MAP) {
		struct value *at = *node;
		*node += children(v);
		for (size_t i = 0; i < children(v); i++)
			at[i] = pack(&v->at[i], node, byte);
		copy.at = at;
	}
	return copy;
}

size_t value_bytes(const struct value *v)
{
	size_t nodes = 0, bytes = 0;
	measure(v, &nodes, &bytes);
	return nodes * sizeof *v + bytes;
}

void *value_pack(const struct value *v, struct value *copy)
{
	size_t nodes = 0, bytes = 0;
	measure(v, &nodes, &bytes);
	struct value *block = mem_alloc(nodes * sizeof *block + bytes);
	struct value *node = block;
	char *byte = (char *)(block + nodes);
	*copy = pack(v, &node, &byte);
	return block;
}

bool value_eq(const struct value *a, const struct value *b)
{
	if (a->type != b->type)
		return false;
	switch (a->type) {
	case VALUE_NULL: return true;
	case VALUE_BOOL: return a->b == b->b;
	case VALUE_INT: return a->i == b->i;
	case VALUE_FLOAT: return a->f == b->f;
	case VALUE_STRING: return span_eq(value_text(a), value_text(b));
	case VALUE_ARRAY:
	case VALUE_MAP: break;
	}
	size_t n = a->type == VALUE_MAP ? 2 * (size_t)a->n : a->n;
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!value_eq(&a->at[i], &b->at[i]))
			return false;
	return true;
}

void value_push(struct value_list *l, struct value v)
{
	if (l->n == l->cap) {
		size_t cap = l->cap ? l->cap * 2 : 8;
		struct value *at = arena_alloc(l->arena, cap * sizeof *at);
		if (l->n)
			memcpy(at, l->at, l->n * sizeof *at);
		l->at = at;
		l->cap = cap;
	}
	l->at[l->n++] = v;
}
