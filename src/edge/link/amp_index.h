// SPDX-License-Identifier: MIT
// AMP index: who controls an object.  Made anew when players have moved: a game that tells all of
// thousands something says it once for each object.
#pragma once
#include "base/value.h"

struct game;

struct amp_held {
	int64_t object;
	uint64_t player;
};

struct amp_index {
	struct amp_held *at; // in order of object
	size_t n, cap;
	uint32_t moves; // game->moves when it was made
};

void amp_index_fini(struct amp_index *);
// Players' ids, those who joined first first.
struct value amp_index_find(
	struct amp_index *, const struct game *, int64_t object, struct arena *);
