// SPDX-License-Identifier: MIT
// Session: somebody identified, with rights, a rate, channels joined and a tape.  Owned by its
// identity's list in the hub.  It outlives its connections:
//
//	             session_open()
//	                  │        ┌── the outlet is full ──┐
//	                  ▼        │                        ▼
//	   expired ◄── AWAY      LIVE ◄── all is sent ── BEHIND ◄── session_resume()
//	                ▲          │                        │           (from any state)
//	                └──────────┴── session_detach() ────┘
//
//	LIVE    messages go to the outlet as they come, and on the tape
//	BEHIND  messages go on the tape, and from there to the outlet as it has room
//	AWAY    messages go on the tape, for session_limits.timeout
#pragma once
#include "base/ids.h"
#include "hub/limit.h"
#include "hub/message.h"
#include "hub/rights.h"

struct hub;
struct identity;

// Where a session's messages go: its connection, as the hub sees it.
struct outlet {
	// A part of this process: hears messages as they are.  Such a session has no tape, is
	// always LIVE, and the other members are not used.
	void (*hear)(void *to, const struct message *);
	void (*share)(void *to, struct blob *, uint32_t from, uint32_t to_byte);
	void (*write)(void *to, struct span framed); // a copy
	bool (*is_full)(void *to);                   // then session_drained() will be called
	void (*replaced)(void *to); // another connection has taken the session over
};

enum {
	SESSION_CHANNELS_MAX = 256, // joined at a time: a join may create a channel
	// Sessions AWAY per identity; more, and the one away for longest expires.  Older clients
	// never come back to theirs, whatever happens.
	SESSION_AWAY_MAX = 1024,
	SESSION_KEY_BYTES = 32,
	// Waiting for who is BEHIND; with more it does not keep up.  So many of the longest lines of
	// players, escaped, are less than TAPE_BYTES_MAX.
	SESSION_WAITING_MAX = 400,
};

struct session_limits {
	uint64_t timeout_ms; // AWAY for longer, it expires
	struct tape_limits tape;
};

struct session_kept {                 // what its keeper knows of its record
	struct link link;             // being written, or waiting for that
	uint64_t call;                // the write under way; 0: none
	bool dirty;                   // it has changed since
	bool once;                    // the store may have one
	struct ids_digest sent, next; // session.next, as it is being written, and in the store
};

enum session_state { SESSION_AWAY, SESSION_BEHIND, SESSION_LIVE };

struct session {
	struct link in_identity;
	// AWAY: on its identity's list; BEHIND: on the hub's while there may be room for more.
	struct link in_state;
	struct identity *identity;
	enum session_state state;
	uint64_t number;           // what others may know it by; never used twice
	char id[IDS_SECRET_BYTES]; // what its client knows it by; empty: only the digest is known
	struct ids_digest digest;  // of id
	struct ids_digest former;  // of the id before, good until the client has shown the new one
	// Of the id it gets next: in the store before anybody has it, and good after a restart.
	struct ids_digest next;
	char next_id[IDS_SECRET_BYTES]; // empty: only the digest is known
	uint8_t key[SESSION_KEY_BYTES]; // digest of the API key that opened it
	bool kept;                      // in the store, when there is one
	struct session_kept record;
	bool returns;                // its client has come back once, or acknowledged something
	uint64_t opened_seq;         // messages with higher numbers are for it
	struct restoring *restoring; // while it is being brought back from the store
	unsigned rights;
	bool plays;     // a game: it has the right to, and a connection
	unsigned wants; // 1 << enum query_kind: answered by it when the network asks
	struct limit limit;
	struct link memberships; // struct member, by in_session
	uint32_t n_channels;
	enum wire wire;
	const struct outlet *outlet;
	void *outlet_to;
	uint64_t opened_ms;
	uint64_t left_ms; // AWAY since
	struct tape tape;
	uint64_t stored_ack; // what its record says
};

struct delivery;
// Who writes sessions down, so that they outlive the daemon.
struct session_keeper {
	void (*put)(struct session_keeper *, struct session *);        // it has changed
	bool (*has)(struct session_keeper *, const struct session *);  // its next id, safely
	void (*take)(struct session_keeper *, const struct session *); // it is gone
	void (*add)(struct session_keeper *, const struct delivery *); // a message, with its record
};

struct session_spec {       // a connection, and what its key is good for
	const uint8_t *key; // SESSION_KEY_BYTES, or NULL: it cannot be resumed
	unsigned rights;
	uint32_t per_minute, burst;
	enum wire wire;
	const struct outlet *outlet;
	void *outlet_to;
};

struct session *session_open(struct identity *, const struct session_spec *);
void session_close(struct session *); // leaves its channels
void session_changed(struct session *);
void session_allow(struct session *, unsigned rights); // its key is good for these now

// For session_record.c: as it was, AWAY.
struct session *session_restore(struct identity *, uint64_t number);
// which: its digest, former or next.
void session_known_as(struct session *, struct ids_digest *which, const struct ids_digest *);
void session_left(
	struct session *, uint64_t ms); // by clock_ms(), which may be before its beginning
void session_detach(struct session *);  // the connection is gone
struct session *session_find(struct hub *, struct span id); // NULL: unknown, or expired
// A new connection, whose client knows that id and has seen everything up to seq.  An older
// connection is told that it was replaced.  The session has a new id from now on, if that is safe
// in the store; the one it came with is good until the client acknowledges something or comes with
// the new one.
void session_resume(struct session *, const struct session_spec *, struct span id, uint64_t seq);
void session_drained(struct session *);           // there is room in the outlet again
void session_ack(struct session *, uint64_t seq); // the client has seen everything up to seq
// What is behind the session's connection can be given more now without anything being let go of.
bool session_keeps_up(const struct session *);
void sessions_sweep(struct hub *);   // every now and then: what has expired
void sessions_relieve(struct hub *); // all tapes together hold too much: the oldest goes
