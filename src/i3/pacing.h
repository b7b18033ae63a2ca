// SPDX-License-Identifier: MIT
// Pacing: how fast packets may go to a router over a socket.  Routers in use drop everything from a
// MUD for about ten seconds after its 11th packet in one second, and count the start-up packet as
// six.  So: at most eight in any second, whatever they are; after a pause eight at once, and those
// that had to wait go evenly from then on, so that a stalled network cannot bring sixteen together.
#pragma once
#include "base/buf.h"
#include "base/clock.h"
#include "base/list.h"

enum {
	PACE_PER_SECOND = 8,
	PACE_STARTUP = 6,      // what the start-up packet counts
	PACE_FRAMES_MAX = 256, // half a minute of waiting is more than talk is worth
	PACE_BYTES_MAX = 256 << 10,
};

struct pace_frame {
	struct link link;
	uint64_t put_ms;
	unsigned cost;
	size_t n;
	char bytes[];
};

struct pacing {
	uint64_t free_ms[PACE_PER_SECOND]; // when each of a second's places is free again
	unsigned oldest;
	uint64_t even_ms;  // while frames have to wait: when the next may go
	struct link queue; // struct pace_frame
	unsigned n;
	size_t bytes;
	uint64_t put, taken; // frames ever: what is put as number n has left when taken is n
};

void pacing_init(struct pacing *);
void pacing_clear(struct pacing *); // forgets what waits, not what was sent
// False: full.
bool pacing_put(struct pacing *, struct span frame, unsigned cost, uint64_t now_ms) must_check;
uint64_t pacing_due(const struct pacing *); // clock_ms() for the next frame; CLOCK_NEVER: none
uint64_t pacing_empty_ms(const struct pacing *, uint64_t now_ms); // when the last will have left
struct pace_frame *pacing_take(struct pacing *, uint64_t now_ms); // for free(); NULL: not yet
