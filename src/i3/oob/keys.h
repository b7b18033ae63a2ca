// SPDX-License-Identifier: MIT
// Keys: what we gave other MUDs to open an out-of-band link with.  A key is good for ten minutes
// and one link, and only the newest a MUD has from an identity counts.  Number 0 stands for an
// announced link without a key (oob-req).
#pragma once
#include "base/span.h"

struct identity;

enum {
	OOB_KEYS_MAX = 256, // as many as the networks have MUDs; the one that ends first goes
	OOB_KEY_MS = 600000,
};

struct oob_key {
	struct identity *identity;
	char *mud; // NULL: this place is free
	int64_t number;
	uint64_t until_ms;
};

struct oob_keys {
	struct oob_key at[OOB_KEYS_MAX];
};

void oob_keys_fini(struct oob_keys *);
// 1 to 2^31-1: some MUDs keep integers in 32 bits.
int64_t oob_keys_give(struct oob_keys *, struct identity *, struct span mud, uint64_t now_ms);
void oob_keys_expect(struct oob_keys *, struct identity *, struct span mud, uint64_t now_ms);
// The key of that MUD and number, or NULL.  It stays good until it is spent.
struct oob_key *oob_keys_find(struct oob_keys *, struct span mud, int64_t number, uint64_t now_ms);
void oob_keys_spend(struct oob_key *);
