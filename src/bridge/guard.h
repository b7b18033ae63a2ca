// SPDX-License-Identifier: MIT
// Guard: recognises lines on the network's channels.  What a link says comes back as an echo, to
// every link that hears the channel, and a line of somebody else is heard once through each
// identity.  A line carries no mark, so it is known by who says what, each saying counted once for
// each link: whoever says the same twice is heard twice.
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "bridge/trail.h"

enum {
	BRIDGE_LINKS_MAX = 256,
	BRIDGE_GUARD_MS = 60000, // an echo may have waited for a slow router's pace
	// Lines of that time.  What could not be recognised again is neither said nor carried on.
	BRIDGE_GUARD_LINES_MAX = 32768,
	BRIDGE_GUARD_BUCKETS = 1024,
};

struct bridge_line { // as people read it
	struct span channel, mud, user, name, text;
	bool emote;
};

struct bridge_known;

struct bridge_guard {
	struct link buckets[BRIDGE_GUARD_BUCKETS]; // struct bridge_known, oldest first
	struct link lines;                         // all of them, oldest first
	size_t n;
	struct buf scratch;
};

void bridge_guard_init(struct bridge_guard *);
void bridge_guard_fini(struct bridge_guard *);

// About to be said.  NULL: there are too many.
struct bridge_known *bridge_guard_say(
	struct bridge_guard *, const struct bridge_line *, struct bridge_trail *, uint64_t now_ms);
void bridge_guard_unsaid(struct bridge_guard *, struct bridge_known *);
// Heard by the link of that slot: the trail of the line, a loan; one that nobody here has said or
// heard has a new one.  NULL: there are too many.
struct bridge_trail *bridge_guard_hear(
	struct bridge_guard *, const struct bridge_line *, unsigned slot, uint64_t now_ms);
void bridge_guard_forget(struct bridge_guard *, unsigned slot); // another link has the slot now
