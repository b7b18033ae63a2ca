// SPDX-License-Identifier: MIT
// Showing: one piece of text on its way to one player or thousands.  It is rendered once for each
// look among them; renders of one look made in one turn stand behind one another in a blob that all
// outputs refer to (the same as the hub's ticks).
#pragma once
#include "base/blob.h"
#include "base/list.h"
#include "proto/markup.h"

// Looks that share bytes in one turn; with more, the oldest is sealed early.
enum { SHOWS_MAX = 16 };

struct show_tick {
	struct look look;
	struct blob *blob; // open; NULL: none
};
// Of the edge; sealed at the end of the turn.
struct shows {
	struct show_tick at[SHOWS_MAX];
	uint32_t next;
	struct buf scratch;
};
void shows_seal(struct shows *);
void shows_fini(struct shows *);

struct shown {
	struct look look;
	struct blob *blob; // a reference
	uint32_t from, to;
};

struct showing {
	struct shows *shows;
	const struct rich *rich; // a loan
	bool prompt;             // its end is a prompt: the player is to type there
	bool stream;             // one player's own: goes on with its pen, and is not shared
	bool notice;             // the gate's own words: on a line of its own, even behind a prompt
	struct shown made[SHOWS_MAX]; // the oldest is made anew for a look too many
	uint32_t n;                   // made so far
};
void showing_init(struct showing *, struct shows *, const struct rich *);
// Where its telnet bytes for that look stand: from the default style to the default style.  A loan
// until the next one is asked for; the bytes are good for whoever refers to the blob.  Not of a
// stream: its terminal renders `rich` itself, with its pen.
const struct shown *showing_for(struct showing *, const struct look *);
void showing_fini(struct showing *);
