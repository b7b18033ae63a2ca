// SPDX-License-Identifier: MIT
// Delivery: one message on its way to all its receivers.  It is encoded at most once for each wire
// that has a receiver, and recorded at most once however many tapes it goes on.
#pragma once
#include "hub/message.h"

struct channel;
struct hub;
struct identity;
struct session;

struct delivery {
	struct hub *hub;
	const struct identity *identity;
	const struct channel *channel; // NULL: to any session of the identity
	const struct session *except;  // the caller's, for the store; or NULL
	struct tick *tick;
	const struct message *message;
	struct tape_kind kind;
	struct span text; // a loan from the hub's scratch; empty: not made yet
	struct slice made[WIRE_COUNT];
	struct tape_record *record; // NULL: nobody keeps it yet
	int64_t n;                  // receivers
};

// Numbers and dates the message.
void delivery_begin(struct delivery *, struct identity *, struct channel *, struct message *);
void delivery_to(struct delivery *, struct session *); // who has the right for it
void delivery_end(struct delivery *);
