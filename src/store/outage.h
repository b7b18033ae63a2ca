// SPDX-License-Identifier: MIT
// Outage: what is wrong with the back end, since when, and when to try it again.
//
//	well ──(a write or a scan failed)──► on ──(a write was done)──► well
#pragma once
#include "base/buf.h"

struct outage {
	bool on;
	uint64_t since_ms, since_us; // since_us is for people
	uint64_t tried_ms;           // the last attempt
	uint64_t pause_ms;           // before the next attempt; 0: nothing is held, nobody tries
	struct buf why;
	bool full;       // a change was refused, for there was no room to hold it
	uint64_t failed; // calls
};

void outage_fini(struct outage *);
// It failed; `waits` when changes are held for better times.  Logs when that is news.
void outage_note(struct outage *, struct span why, bool waits);
uint64_t outage_pause(struct outage *); // from now to the next attempt; longer each time
void outage_refuse(struct outage *, size_t held, size_t held_bytes);
void outage_over(struct outage *, size_t written); // logs
void outage_words(const struct outage *, size_t held, struct buf *words);
