// SPDX-License-Identifier: MIT
// Queue: calls that wait for a job, and what a call carries with it until it is answered.
#pragma once
#include "base/list.h"
#include "store/store.h"

// The changes first, by the words of struct store_change.
enum verb { CALL_PUT = STORE_PUT, CALL_TAKE = STORE_TAKE, CALL_TRIM = STORE_TRIM, CALL_SCAN };

enum {
	// Calls in memory of one size, used again: they live for a moment, and what is made beside
	// them and stays, a message on a tape, would lie scattered in the holes they leave.
	QUEUE_CALL_BYTES = 1024,                // a channel line with all that belongs to it
	QUEUE_SPARE_MAX = 2 * STORE_SOON_CALLS, // one job's, and what comes meanwhile
};

struct call {
	struct link link; // on the queue, or on a list of its next owner
	uint64_t id;
	enum verb verb;
	enum store_result result;
	store_done *done; // NULL: nobody waits
	store_row *row;   // NULL unless a scan somebody waits for
	void *owner;
	struct span table, key, value; // in bytes; of a trim or a scan: from and to
	uint32_t n;                    // what a trim keeps, or a scan is limited to
	bool backwards;                // a scan
	bool soon;                     // a put that may wait for others
	bool again;                    // has QUEUE_CALL_BYTES
	struct buf rows;               // a scan's harvest, see queue_collect_row()
	char bytes[];
};

struct queue {
	struct link calls;
	size_t n, bytes;
	size_t n_soon;     // of n
	struct link spare; // calls that were answered
	size_t n_spare;
};

void queue_init(struct queue *);
void queue_fini(struct queue *); // calls must be gone

// A call like this one about such a change, on no list; with ok a copy of its bytes.
struct call *queue_new_call(
	struct queue *, const struct call *like, const struct store_change *, bool ok);
bool queue_has_room(const struct queue *, size_t bytes);
void queue_append(struct queue *, struct call *);
void queue_take(struct queue *, struct call *);

struct call *queue_first_call(struct link *list); // NULL: none
void queue_move_all(struct link *to, struct link *from);
void queue_free_call(struct queue *, struct call *);
void queue_free_calls(struct queue *, struct link *list);
void queue_forget(struct link *list, const void *owner);

struct store_change queue_change(const struct call *); // loans of the call's bytes
struct store_range queue_range(const struct call *);

void queue_collect_row(void *rows, struct span key, struct span value); // rows: a struct buf
void queue_deliver_rows(struct call *);
