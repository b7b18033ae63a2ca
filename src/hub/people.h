// SPDX-License-Identifier: MIT
// People: players of other MUDs, by MUD and user in any case: how their names are shown and their
// gender, as the network told us last.
#pragma once
#include "base/map.h"

enum {
	PEOPLE_MAX = 4096, // anybody on the network may tell of some; the oldest go
	PEOPLE_BYTES_MAX = 1 << 20,
	PEOPLE_FRESH_MS = 3600000,
};

enum { PERSON_MALE, PERSON_FEMALE, PERSON_NEUTER };

struct person_key {
	struct span mud, user;
};

struct person {
	struct span visname;
	int64_t gender;
};

struct people {
	struct map known; // oldest news first
	size_t bytes;
};

void people_fini(struct people *);
// True when it is news.
bool people_put(struct people *, const struct person_key *, const struct person *, uint64_t now_ms);
// NULL: not known, or for too long.
const struct person *people_find(const struct people *, const struct person_key *, uint64_t now_ms);
const char *person_gender(int64_t gender); // "male", "female", "neuter"
