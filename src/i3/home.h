// SPDX-License-Identifier: MIT
// Home: the way from the router we are at to the one we would rather use.
//
//	                    interval over           reached            nothing waits to leave
//	  STAY     AWAY ───────────────► ASKING ────────────► PARTING ───────────────► link_move()
//	             ▲                     │ not reached         ▲
//	             └── doubled interval ─┘                     └── a router's list sends us away
//
// A login there that fails leads back here, and the interval doubles as well.
#pragma once
#include "net/loop.h"

struct i3_link;

enum {
	HOME_INTERVAL_MAX_MS = 3600000, // doubling ends here
	HOME_ASKING_MS = 20000,         // a look-up and a connection
	// Routers drop a second connection within the second, and our question was one.
	HOME_PARTING_MS = 1500,
	HOME_PARTING_MAX_MS = 35000, // the pacing queue is empty by then
	HOME_LOOK_MS = 250,          // how often that is looked at
};

struct home {
	enum { HOME_STAY, HOME_AWAY, HOME_ASKING, HOME_PARTING } state;
	struct timer timer;
	struct probe *probe;
	unsigned failures;   // in a row
	unsigned goal;       // where PARTING leads
	uint64_t parting_ms; // when it leaves even if something still waits
};

void home_init(struct i3_link *);
void home_start(struct i3_link *); // READY; or the configuration has changed
void home_stop(struct i3_link *);
void home_failed(struct i3_link *);                // the better router was of no use
void home_part(struct i3_link *, unsigned router); // go there as soon as nothing waits
