// SPDX-License-Identifier: MIT
// Delivery: one message on its way to all its receivers.  It is encoded at most once for each wire
// that has a receiver, and recorded at most once however many tapes it goes on.
#pragma once
#include "hub/message.h"

struct hub;
struct session;

struct delivery {
	struct hub *hub;
	struct tick *tick;
	const struct message *message;
	struct span text; // a loan from the hub's scratch; empty: not made yet
	struct slice made[WIRE_COUNT];
	struct tape_record *record; // NULL: nobody keeps it yet
	int64_t n;                  // receivers
};

// Numbers and dates the message.
void delivery_begin(struct delivery *, struct hub *, struct tick *, struct message *);
void delivery_to(struct delivery *, struct session *); // who has the right for it
void delivery_end(struct delivery *);
