// SPDX-License-Identifier: MIT
// Told: the tells, emotetos and beeps of the last minute.  The network never says that one has
// arrived; it may say that one has not, and then we know which of ours it was.
#pragma once
#include "base/list.h"
#include "base/value.h"

enum {
	TOLD_MS = 60000, // an error that takes longer is about something else
	TOLD_MAX = 512,  // what a router takes of us in that time, at eight a second
};

struct told_line {
	struct link link;
	uint64_t until_ms;
	uint64_t place;                                   // in the pacing queue; 0: never was there
	uint64_t digest;                                  // of the text, a beep has none
	struct span type, id, from_user, to_mud, to_user; // in bytes
	char bytes[];
};

struct told {
	struct link lines; // struct told_line, the oldest first
	unsigned n;
};

struct told_new {
	uint64_t place;
	struct span type, id, from_user, to_mud, to_user, text;
};

void told_init(struct told *);
void told_fini(struct told *);
void told_put(struct told *, const struct told_new *, uint64_t now_ms);

// NULL: none.  Of several the oldest.
struct told_line *told_find(const struct told *, struct span id);
// The one a packet is a copy of; the text need not be, as some routers change it.
struct told_line *told_quoted(struct told *, const struct value *packet, uint64_t now_ms);
// One by this user to this MUD; an empty MUD is any.
struct told_line *told_by(struct told *, struct span from_user, struct span mud, uint64_t now_ms);
struct told_line *told_unsent(const struct told *, uint64_t taken); // still in the queue
void told_forget(struct told *, struct told_line *);
