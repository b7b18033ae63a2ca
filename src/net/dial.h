// SPDX-License-Identifier: MIT
// Dial: a name looked up on a worker thread, then connected to.  And the pauses between tries.
#pragma once
#include "net/conn.h"

struct dial;

struct dial_to {
	const char *path; // of a Unix socket; NULL: host and port
	const char *host;
	uint16_t port;
	unsigned attempt;     // which of several addresses: attempt modulo their number
	uint32_t timeout_ms;  // for the connection, once the name is known
	struct conn_for conn; // on_open or on_close(UNREACHABLE) of its face follow
	void (*on_failed)(void *owner, const char *why); // no address, or no socket
};

// Answers later, by exactly one of: on_failed, or face->on_open, or face->on_close.
struct dial *dial_open(struct net *, const struct dial_to *);
// Before the name is known: no answer follows.  Afterwards the dial is gone and *slot is NULL:
// pass the address of the pointer you keep.
void dial_watch(struct dial *, struct dial **slot);
void dial_cancel(struct dial *); // all must be answered or cancelled before net_free()

// Pauses between tries: base x 2^failures up to cap, plus up to a tenth, so that many clients of
// one router that restarted do not come back in step.
struct backoff {
	uint32_t base_ms, cap_ms;
	unsigned failures;
};
uint32_t backoff_next(struct backoff *); // counts a failure; → ms to wait
static inline void backoff_reset(struct backoff *b)
{
	b->failures = 0;
}
