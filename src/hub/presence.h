// SPDX-License-Identifier: MIT
// Presence: who is on a MUD of ours, as it told us last: a whole list, then changes to it.  A
// lease: without news for so long we know nothing, and say nothing rather than something old.
#pragma once
#include "base/map.h"
#include "base/value.h"

enum {
	PRESENCE_LEASE_MS = 30000,    // when the MUD does not say for how long
	PRESENCE_USERS_MAX = 20000,   // ten times the largest MUD there is
	PRESENCE_BYTES_MAX = 8 << 20, // of their facts: those with 400 bytes each
};

struct presence {
	struct map users; // name in lower case → struct presence_user; in the order given
	size_t bytes;     // of their facts
	uint32_t lease_ms;
	uint64_t until_ms; // 0: nothing was ever said
};

struct presence_user {
	struct value facts; // a map: name, title, level, idle, …
	void *block;        // what it lives in
	size_t bytes;
};

struct presence_news {
	bool delta;                // changes to what holds, not all there is
	const struct value *users; // an array of maps with a name each, no two alike
	const struct value *gone;  // an array of names, with a delta; those not known are fine
	uint32_t lease_ms;         // 0: of a delta that of the last list, else PRESENCE_LEASE_MS
};

// All or nothing: what is refused changes nothing.
enum presence_said {
	PRESENCE_TAKEN,
	PRESENCE_STALE, // a delta, and nothing holds that it could change
	PRESENCE_TOO_MANY,
	PRESENCE_TOO_BIG,
};
enum presence_said presence_hear(
	struct presence *, const struct presence_news *, uint64_t now_ms) must_check;

void presence_fini(struct presence *);
bool presence_known(const struct presence *, uint64_t now_ms);
const struct value *presence_find(const struct presence *, struct span name); // any case; or NULL
size_t presence_count(const struct presence *);
// for (struct map_at at = map_first(&p->users); at.value; at = map_next(at)) presence_facts(at)
const struct value *presence_facts(struct map_at);
