// SPDX-License-Identifier: MIT
// The store's own state, for the two files that share it: store.c, which runs jobs and answers,
// and calls.c, which takes calls in.
#pragma once
#include "store/batch.h"
#include "store/outage.h"

// In memory of their own, because closing a timer takes a turn.
struct store_timers {
	struct timer patience; // for calls that may wait
	bool patience_over;    // nothing waits any longer
	struct timer retry;    // for a back end that could not write
	bool retry_due;
	int open;
};

struct store {
	struct loop *loop;
	struct store_timers *timers;
	struct turn_end turn_end;
	struct held_over over; // the back end
	struct held held;      // not to be touched while there is a batch
	size_t n_held;         // as of the last batch
	struct outage outage;
	struct batch *batch;   // under way, or NULL
	struct queue queue;    // calls accepted, not yet in a job
	struct link answering; // calls carried out
	struct link refused;   // calls over a bound; answered at the end of the turn
	uint64_t last_id;
	bool turned; // the loop has run: blocking is over
	bool in_callback;
	bool full; // a call was refused since the last job began
	unsigned fail_next, hold_next;
	struct buf notice; // from opening
};

const struct store_backend *store_find_backend(const struct store_config *, struct buf *why);
void store_drain(struct store *); // blocks until the queue is empty; the answers wait their turn
