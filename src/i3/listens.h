// SPDX-License-Identifier: MIT
// Listens: which channels an identity asks its router for.  After each login all of them are asked
// for again, once the router has told which channels there are, or has kept silent about it.
#pragma once
#include "base/map.h"
#include "net/loop.h"

struct i3_link;

enum {
	LISTENS_WAIT_MS = 10000, // for a channel list
	LISTENS_AHEAD = 4,       // so many may wait in the pacing queue: talk goes between them
};

struct listens {
	struct map channels; // name → struct listen
	struct timer gate;   // opens by itself when no channel list comes
	bool open;           // the gate
};

void listens_init(struct i3_link *);
void listens_fini(struct i3_link *);
void listens_start(struct i3_link *); // READY
void listens_stop(struct i3_link *);
void listens_set(struct i3_link *, struct span channel, bool on);
void listens_pump(struct i3_link *);                         // there is room in the queue again
void listens_chanlist(struct i3_link *);                     // a channel list has come
void listens_changed(struct i3_link *, struct span channel); // the list says something new of it
void listens_refused(struct i3_link *, struct span channel); // not again until then
