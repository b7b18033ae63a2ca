// SPDX-License-Identifier: MIT
// Consumer: a peer of version 2 as the receiver of streams, from its handshake to its end.  For
// each stream it has a *tap*: how fast it may be given what its cursor comes to.
//
//	cursor ──► WINDOW: at most so many given and not acknowledged ──► pace ──► the connection
//	   ▲       its output is not full                                  │
//	   └── ready, ack, drained, time ◄─────────────────────────────────┘ not yet
#pragma once
#include "bridge/kept.h"
#include "bridge/streams.h"
#include "bridge/wish.h"

enum {
	// Messages given and not acknowledged, in one stream: what comes again after a crash, and
	// what a receiver that acknowledges nothing can make us send.
	BRIDGE_WINDOW = 256,
};

struct bridge_peer;
struct bridge_consumer;

// Is there room for it?  NULL, or words for code 503.
const char *bridge_consumer_finds_full(
	struct streams *, const struct bridge_greeting *, const struct bridge_wish *) must_check;
// There is.  Its cursors, and those of whoever had its name must be closed.  Then
// bridge_consumer_welcome(), and with it all that waits.
struct bridge_consumer *bridge_consumer_open(
	struct bridge_peer *, const struct bridge_wish *) must_check;
void bridge_consumer_close(struct bridge_consumer *); // frees; NULL is fine
void bridge_consumer_welcome(struct bridge_consumer *, struct buf *);
struct span bridge_consumer_name(const struct bridge_consumer *); // "bot:ID", "mod:SERVER_ID"

void bridge_consumer_pump(struct bridge_consumer *); // gives what can be given now
bool bridge_consumer_ack(struct bridge_consumer *, const struct bridge_ack *); // false: none such
// Gives what was held back until now; bridge_pace() says when to come again.
void bridge_consumer_pace(struct bridge_consumer *, uint64_t now_ms);
void bridge_consumer_minute(struct bridge_consumer *); // forgets streams that have ended
