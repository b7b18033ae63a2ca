// SPDX-License-Identifier: MIT
// Arena: scratch memory for one message, emptied as a whole.  Trees that notations read live here
// and are never freed one by one.  The first block stays between messages.
#pragma once
#include "base/span.h"

struct arena {
	struct arena_block *block; // newest first
	size_t used;               // bytes taken from the newest block
};

void arena_fini(struct arena *);
void arena_clear(struct arena *);
void *arena_alloc(struct arena *, size_t bytes) must_check; // 16-byte aligned, not zeroed
void *arena_copy(struct arena *, const void *, size_t) must_check;
struct span arena_span(struct arena *, struct span) must_check;
struct span arena_join(struct arena *, struct span, struct span) must_check;
