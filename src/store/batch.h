// SPDX-License-Identifier: MIT
// Batch: what one job does: a run of changes as one transaction, or one scan.  So a scan that
// cannot be read fails no change, and the rows of only one scan wait in memory.  What is held goes
// into the transaction before the changes; what cannot be written is held behind them.  A held
// change that is refused for good must not take all that comes later with it: it is looked for, and
// dropped when others, which can be written, have proved that the fault is its own.
#pragma once
#include "net/loop.h"
#include "store/held.h"
#include "store/queue.h"

struct batch {
	struct job job;
	struct store *store; // NULL: closed meanwhile
	struct held_over over;
	struct held *held; // ours alone until the job is done
	struct link calls;
	struct call *scan; // NULL: changes
	struct store_change *changes;
	size_t n, cap;
	uint64_t since_ms;
	bool tries;               // to write; false: what there is is held at once
	bool waited_for;          // by somebody who wants to know whether it is on the disk
	enum store_result told;   // not STORE_OK: what comes of it, in a test
	enum store_result result; // of writing, or of the scan
	bool full;                // there was no room to hold a change
	size_t n_held;            // before the job
	size_t n_refused;         // of those: never to be written, and dropped
	struct buf why;
	uv_sem_t worked; // posted by the worker; store_close() waits for it
};

struct batch *batch_take(struct queue *, struct store *, struct held_over, struct held *);
void batch_run(struct batch *); // on a worker, or on the loop where blocking is allowed
void batch_free(struct batch *);
