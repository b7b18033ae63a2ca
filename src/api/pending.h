// SPDX-License-Identifier: MIT
// Pending: a call that is answered later, exactly once: when what it waits for comes or its time is
// up, whichever is first.  It keeps a copy of its request.  What it waits for, the network
// (ask.c) or the store, is its kind's business:
//
//	pending_new ──► waits ──┬── pending_finish(what came) ──► kind->fill, answered, gone
//	                        ├── time is up ──► kind->fill(NULL), answered, gone
//	                        └── the client leaves ──► gone
#pragma once
#include "api/api.h"

struct pending_kind {
	size_t bytes; // of the struct whose first member is the struct pending
	void (*fill)(struct pending *, struct call *, const void *came); // NULL: nothing in time
	void (*forget)(struct pending *); // nothing may come any more
};

struct pending { // owned by its client
	struct link link;
	const struct pending_kind *kind;
	struct client *client;
	struct timer timer;
	const struct method *method;
	struct value id, params;
	int64_t number;   // of its wish, see call_exchange()
	char *message_id; // or NULL
	void *id_block, *params_block;
};

bool call_may_wait(const struct call *); // not in a batch, not without an id, not one too many
// The call is answered later.  → the kind's struct, zeroed but for the struct pending.
void *pending_new(struct call *, const struct pending_kind *, uint64_t ms) must_check;
void pending_finish(struct pending *, const void *came);
