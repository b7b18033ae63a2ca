// SPDX-License-Identifier: MIT
// Sessions in the store: with it they, their channels and what is on their tapes outlive the
// daemon.
//
// Two tables.  `sessions` has a record each, under the session's number; `tape` has a record for
// each message that stands on a tape, once however many tapes those are, under its number and with
// whom it was for.  So a session is told after a restart what it would have been told without.
//
// A daemon that stops writes down the state of every tape and, last, that it stopped; what it kept
// is exact then.  After one that was killed the tapes are made anew from the messages.  Those are
// written within STORE_SOON_MS and the time of the write, so the last ones may be missing, and
// sessions are told that nobody knows how many.
#pragma once
#include "base/buf.h"
#include "hub/session.h"

struct hub;
struct store;

enum {
	// Messages kept for all sessions together: more than a minute of a busy network.
	SESSION_STORE_EVENTS_MAX = 65536,
	// On their way to a disk that does not answer: they leave room for what matters more.
	SESSION_STORE_WAITING_MAX = 2048,
	// Sessions' records on their way, one a session: with all the channels it may be in, one
	// has about 25 KiB.
	SESSION_STORE_WRITING_MAX = 256,
};

struct session_store {
	struct session_keeper keeper;
	struct hub *hub;
	struct store *store;
	uint32_t waiting;    // messages on their way
	uint32_t n_writing;  // sessions' records on their way
	struct link writing; // their sessions, but for those that have ended since
	struct link changed; // sessions whose records wait for room among them
	bool clean;          // the last daemon stopped, at start
	struct buf key, value;
};

// Brings the sessions of the hub's identities back.  Blocks: start-up only.
void session_store_open(struct session_store *, struct hub *, struct store *);
// The daemon stops: writes down how things stand.  No session is heard of any more.
void session_store_close(struct session_store *);
void session_store_sweep(
	struct session_store *); // every now and then: messages too old for any tape
