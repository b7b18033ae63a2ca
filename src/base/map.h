// SPDX-License-Identifier: MIT
// Map: bytes → pointer, over uthash with a keyed hash, because strangers choose the keys.
// Keeps its own copy of each key, never owns the values.  Iterates in order of insertion.
#pragma once
#include "base/span.h"

struct map {
	struct map_entry *head; // zero-initialised is an empty map
};

void map_fini(struct map *);                               // frees the entries, not the values
void *map_find(const struct map *, struct span key);       // NULL when absent
void *map_put(struct map *, struct span key, void *value); // → the value it replaced, or NULL
void *map_take(struct map *, struct span key);             // removes; → the value, or NULL
size_t map_count(const struct map *);

// for (struct map_at at = map_first(m); at.value; at = map_next(at)) …; the body may take at.key.
struct map_at {
	struct span key;
	void *value;
	struct map_entry *next;
};
struct map_at map_first(const struct map *);
struct map_at map_next(struct map_at);
