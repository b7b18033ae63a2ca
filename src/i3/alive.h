// SPDX-License-Identifier: MIT
// Alive: is the router still there?  Anything it sends proves so.  After a while of silence we send
// a packet to ourselves, which a router loops back.  Some routers swallow such packets: until one
// has come back from this router, only TCP's own keepalive judges it.
#pragma once
#include "net/loop.h"

struct i3_link;

enum {
	ALIVE_QUIET_MAX_MS = 60000,  // silence before a probe, whatever the configuration says
	ALIVE_ANSWER_MAX_MS = 30000, // then half of that for anything to come: 90 s in all
	ALIVE_ANSWER_MIN_MS = 2000,  // but never so little that a busy network looks dead
};

struct alive {
	struct timer timer;
	uint64_t heard_ms;
	uint64_t probe_ms; // when the unanswered probe leaves the queue, or left; 0: none
	bool loops;        // this router has looped a packet of ours
};

void alive_init(struct i3_link *);
uint32_t alive_answer_ms(const struct i3_link *); // for anything to come; 0: not probed
void alive_start(struct i3_link *);               // READY
void alive_stop(struct i3_link *);
void alive_heard(struct i3_link *);
void alive_looped(struct i3_link *); // our own probe came back
