// SPDX-License-Identifier: MIT
// Limit: a token bucket.  Starts full, refills continuously.
#pragma once
#include "base/base.h"

struct limit {
	uint32_t per_minute; // 0: no limit
	uint32_t burst;
	uint64_t tokens; // in 1/60000 of a token: what one per minute gains in a millisecond
	uint64_t at_ms;
};

void limit_init(struct limit *, uint32_t per_minute, uint32_t burst, uint64_t now_ms);
// Takes one token.  → 0, or the milliseconds until there will be one.
uint32_t limit_take(struct limit *, uint64_t now_ms);
