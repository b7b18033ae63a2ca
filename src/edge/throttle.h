// SPDX-License-Identifier: MIT
// Throttle: how often something may go wrong for one key before it has to wait, and how the wait
// doubles.  Keys are strangers' choice, so the table is bounded: the one that was quiet longest goes.
#pragma once
#include "base/list.h"
#include "base/map.h"

enum { THROTTLE_MAX = 4096 }; // keys; each of them took a stranger the time of a password

struct throttle_rule {
	uint32_t free; // so many have no consequence but the last, which begins the waits
	uint32_t first_ms, most_ms; // the first wait, and the longest
	uint32_t forget_ms;         // of quiet, behind the wait
};

struct throttle {
	const struct throttle_rule *rule;
	struct map keys;   // → struct strikes
	struct link order; // of the last strike, the oldest first
};

void throttle_init(struct throttle *, const struct throttle_rule *);
void throttle_fini(struct throttle *);
uint32_t throttle_wait_ms(const struct throttle *, struct span key, uint64_t now_ms); // 0: none
void throttle_strike(struct throttle *, struct span key, uint64_t now_ms);
void throttle_clear(struct throttle *, struct span key);
void throttle_minute(struct throttle *, uint64_t now_ms); // what is long over is forgotten
