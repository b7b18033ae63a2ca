// SPDX-License-Identifier: MIT
// Roster: the MUDs and channels of the network as one identity knows them, kept up by its uplink
// from deltas.  Survives the loss of the link: stale is better than empty.
#pragma once
#include "base/map.h"
#include "base/value.h"

enum {
	ROSTER_MUDS_MAX = 10000, // records a router may make us hold
	ROSTER_CHANNELS_MAX = 10000,
	ROSTER_RECORD_MAX = 16 << 10, // bytes of one record, as a tree
};

enum { MUD_UP = -1, MUD_DOWN = 0 }; // above 0: down, expected in so many seconds

struct roster_mud {
	char *name;
	int64_t state;
	struct value facts; // a map, in the names of the API: host, port, driver, services, …
	void *block;        // what facts lives in
	struct roster_mud *twin; // an older one whose name differs in case only, or NULL
};

struct roster_channel {
	char *name;
	char *owner;
	int64_t type;
};

struct roster {
	struct map muds, channels; // exact name → row
	struct map folded; // name in lower case → the newest struct roster_mud of that name
	int64_t mudlist_id, chanlist_id;
};

void roster_init(struct roster *);
void roster_fini(struct roster *);

// True when the MUD's being up has changed by it.
bool roster_put_mud(struct roster *, struct span name, int64_t state, const struct value *facts);
bool roster_drop_mud(struct roster *, struct span name); // true: it was up
void roster_put_channel(struct roster *, struct span name, struct span owner, int64_t type);
void roster_drop_channel(struct roster *, struct span name);

// As people write it: exact, else the one that differs in case only.  NULL: not known.
const struct roster_mud *roster_mud(const struct roster *, struct span name);
const struct roster_channel *roster_channel(const struct roster *, struct span name);
size_t roster_up(const struct roster *); // MUDs that are up
const char *roster_state(int64_t state); // "up", "down", "reboot"
