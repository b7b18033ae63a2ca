// SPDX-License-Identifier: MIT
// Presence: who is on a MUD of ours, as it told us last.  A lease: after 30 s without news we know
// nothing, and say nothing rather than something old.
#pragma once
#include "base/value.h"

enum { PRESENCE_LEASE_MS = 30000, PRESENCE_USERS_MAX = 512 };

struct presence {
	struct value users; // an array of maps: name, title, level, idle, …
	void *block;        // what it lives in
	uint64_t until_ms;
};

void presence_put(struct presence *, const struct value *users, uint64_t now_ms);
void presence_fini(struct presence *);
bool presence_known(const struct presence *, uint64_t now_ms);
const struct value *presence_find(const struct presence *, struct span name); // any case; or NULL
