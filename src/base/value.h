// SPDX-License-Identifier: MIT
// Value: one tree type for every notation (JSON, LPC, YAML).  Nodes are 16 bytes; children and
// strings are loans from an arena or from the input, so a tree lives as long as its message.
#pragma once
#include "base/arena.h"

enum value_type {
	VALUE_NULL,
	VALUE_BOOL,
	VALUE_INT,
	VALUE_FLOAT,
	VALUE_STRING,
	VALUE_ARRAY,
	VALUE_MAP,
};

struct value {
	enum value_type type;
	uint32_t n; // VALUE_STRING: bytes; VALUE_ARRAY: elements; VALUE_MAP: pairs
	union {
		bool b;
		int64_t i;
		double f;
		const char *s;          // VALUE_STRING, not terminated
		const struct value *at; // n elements, or n pairs: key, value, key, value, …
	};
};

static inline struct value value_null(void)
{
	return (struct value){.type = VALUE_NULL};
}
static inline struct value value_bool(bool b)
{
	return (struct value){.type = VALUE_BOOL, .b = b};
}
static inline struct value value_int(int64_t i)
{
	return (struct value){.type = VALUE_INT, .i = i};
}
static inline struct value value_float(double f)
{
	return (struct value){.type = VALUE_FLOAT, .f = f};
}
static inline struct value value_span(struct span s)
{
	return (struct value){.type = VALUE_STRING, .n = (uint32_t)s.n, .s = s.p};
}
static inline struct value value_str(const char *text)
{
	return value_span(span_str(text));
}
static inline struct value value_array(const struct value *at, size_t n)
{
	return (struct value){.type = VALUE_ARRAY, .n = (uint32_t)n, .at = at};
}
static inline struct value value_map(const struct value *at, size_t pairs)
{
	return (struct value){.type = VALUE_MAP, .n = (uint32_t)pairs, .at = at};
}
#define VALUE_LIST(...)                                                                            \
	value_array((const struct value[]){__VA_ARGS__},                                           \
		sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value))

static inline bool value_is_str(const struct value *v)
{
	return v->type == VALUE_STRING;
}
static inline bool value_is_int(const struct value *v)
{
	return v->type == VALUE_INT;
}
static inline struct span value_text(const struct value *v) // "" unless a string
{
	return v->type == VALUE_STRING ? span_of(v->s, v->n) : (struct span){0};
}

const struct value *value_at(const struct value *array, size_t i);       // never NULL: a null value
const struct value *value_get(const struct value *map, const char *key); // NULL when absent
const struct value *value_find(const struct value *map, struct span key); // NULL when absent
struct value value_copy(struct arena *, const struct value *);            // deep
void *value_pack(const struct value *, struct value *copy); // deep, in one block for free()
size_t value_bytes(const struct value *);                   // of that block
bool value_eq(const struct value *, const struct value *);  // deep; maps compare in order

// Growing: a list that doubles inside an arena.
struct value_list {
	struct arena *arena;
	struct value *at;
	size_t n, cap;
};
void value_push(struct value_list *, struct value);
static inline void value_pair(struct value_list *l, const char *key, struct value v)
{
	value_push(l, value_str(key));
	value_push(l, v);
}
static inline struct value value_list_array(const struct value_list *l)
{
	return value_array(l->at, l->n);
}
static inline struct value value_list_map(const struct value_list *l)
{
	return value_map(l->at, l->n / 2);
}
