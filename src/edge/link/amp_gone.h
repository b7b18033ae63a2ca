// SPDX-License-Identifier: MIT
// AMP gone: players that left while the game was away, so that it can be told when it is back.
#pragma once
#include "base/list.h"
#include "base/span.h"

struct amp_link;
struct player;

enum { AMP_GONE_MAX = 4096, AMP_GONE_WHY_BYTES = 24 };

struct amp_gone {
	struct link all; // struct departure, the oldest first
	size_t n, forgotten;
};

void amp_gone_init(struct amp_gone *);
void amp_gone_fini(struct amp_gone *);
void amp_gone_keep(struct amp_gone *, const struct player *, const char *why);
void amp_gone_tell(struct amp_link *);
// A player who is gone from an object, as the game at hand hears it.
void amp_gone_say(struct amp_link *, uint64_t player, int64_t object, const char *why);
