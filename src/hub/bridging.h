// SPDX-License-Identifier: MIT
// Bridging: the bridge's queues, as an operator sees them.  The API asks for things here without
// knowing the bridge.
#pragma once
#include "base/span.h"

enum { BRIDGING_CHANNEL_MAX = 256 }; // bytes of a channel's id

enum bridging_towards { BRIDGING_TO_BOTS, BRIDGING_TO_MODS };

static inline const char *bridging_word(enum bridging_towards towards)
{
	return towards == BRIDGING_TO_MODS ? "mods" : "bots";
}

static inline bool bridging_read(struct span word, enum bridging_towards *out)
{
	*out = span_is(word, "mods") ? BRIDGING_TO_MODS : BRIDGING_TO_BOTS;
	return span_is(word, bridging_word(*out));
}

struct bridging_consumer { // loans
	struct span name;  // "bot:ID" or "mod:SERVER_ID"
	uint64_t acked;    // it has acknowledged this and all before
	uint64_t waiting;  // messages it has not acknowledged and still can get
	uint64_t lost;     // messages it will be told it has lost
	uint64_t seen_us;  // Unix time it was last here
	bool connected;
};

struct bridging_queue { // loans
	struct span channel;
	enum bridging_towards towards;
	uint64_t depth, bytes;
	uint64_t last;      // number of the newest message there ever was
	uint64_t oldest_us; // Unix time the oldest message came; 0: none waits
	const struct bridging_consumer *consumers;
	size_t n_consumers;
};

struct bridging_page {
	struct span after; // a channel; empty: from the first
	enum bridging_towards after_towards;
	size_t limit;
};

struct bridging {
	const struct bridging_ops *ops;
};

struct bridging_ops {
	// In order of channel, towards bots before towards mods → whether there are more.
	bool (*queues)(struct bridging *, const struct bridging_page *,
		void (*row)(void *to, const struct bridging_queue *), void *to);
	// Drops all that waits; consumers are told how many they have lost.  NULL and how many when
	// it is done, else why not.
	const char *(*clear)(
		struct bridging *, struct span channel, enum bridging_towards, uint64_t *cleared);
};
