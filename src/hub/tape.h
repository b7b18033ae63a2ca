// SPDX-License-Identifier: MIT
// Tape: the messages of one session that its client may not have seen: those it has not been sent,
// and those it was sent and has not acknowledged.  Bounded by count, bytes and age.  Owned by its
// session.
//
// A record is the text of one message, shared by all tapes it stands on: a message for a thousand
// sessions is one record and a thousand pointers.  A tape is one ring of pointers per rank, so that
// what matters least is let go of first; by number they make one sequence.
//
//	let go of │ sent, in doubt │ not sent yet
//	──────────┼────────────────┼─────────────
//	       first             next           end
//
// What is let go of and was not sent is a *gap*; what was sent and then let go of may turn out to
// be one, when the client comes back and has seen less.  So its number is remembered (seqs.h).
#pragma once
#include "base/span.h"
#include "hub/seqs.h"

enum tape_rank { // what goes first when there is no room
	TAPE_LOW,
	TAPE_NORMAL,
	TAPE_HIGH,
	TAPE_RANKS,
	TAPE_VOLATILE = TAPE_RANKS, // never on a tape: worth nothing a moment later
};

enum {
	TAPE_BYTES_MAX = 4 << 20,      // of text, per session
	TAPE_TEXT_MAX = (1 << 30) - 1, // of one message
	TAPE_REFS_MAX = (1 << 24) - 1, // sessions are memory: there cannot be so many
	TAPE_RIGHTS_MAX = (1 << 8) - 1,
	// Of text, in all: with it a gate of many sessions still fits a small machine.
	TAPE_ALL_BYTES_MAX = 64 << 20,
	TAPE_LONG = 512, // of more events, a sixteenth more may be on it for a while
	// Gaps a client was told of and has not acknowledged; more are told as one.
	TAPE_TOLD_MAX = 64,
};

// There may be millions: it is what a message costs beyond its text, with a pointer a tape.
struct tape_record {
	uint64_t seq;
	uint32_t refs : 24, right : 8; // to be sent it, one needs that
	uint32_t n : 30, rank : 2;     // bytes; enum tape_rank
	char text[];                   // without a wire's frame
};

struct tape_room { // what all records together take
	size_t bytes;
};

struct tape_kind { // of a record
	enum tape_rank rank;
	unsigned right;
};
struct tape_record *tape_record_new(
	struct tape_room *, uint64_t seq, struct tape_kind, struct span text);
void tape_record_unref(struct tape_room *, struct tape_record *);

struct tape_limits {
	uint32_t count;
	size_t bytes;
	uint64_t ttl_us; // for who calls tape_forget_before()
};

struct tape_gap {          // messages the client will never see
	uint64_t lost;     // 0: none
	uint64_t from, to; // numbers of the first and the last
	bool unknown;      // some more may be missing: nobody knows how many
};

struct told_gap {
	struct tape_gap gap;
	uint64_t after; // the number the client had been sent before it
};

struct reel {
	struct tape_record **at; // a ring of cap, a power of two; NULL while nothing was put
	uint32_t cap;
	uint64_t first, next, end; // counted from the first one ever
};

struct tape {
	struct tape_room *room;
	struct reel reels[TAPE_RANKS];
	uint32_t n;            // records held
	size_t bytes;          // their text
	uint64_t acked;        // the client has seen everything up to here
	uint64_t sent;         // the highest number its connection was given
	struct seqs gone;      // sent and let go of, above acked
	struct tape_gap gap;   // not sent and let go of
	struct told_gap *told; // gaps the client was told of, until it has acknowledged more
	uint32_t n_told;
};

void tape_init(struct tape *, struct tape_room *);
void tape_fini(struct tape *);
// Takes a reference.  sent: its connection has it; everything before has been sent as well.
void tape_put(struct tape *, const struct tape_limits *, struct tape_record *, bool sent);
uint64_t tape_oldest(const struct tape *);           // number of the first record on it; 0: none
struct tape_record *tape_next(const struct tape *);  // the first one not sent yet, or NULL
void tape_sent(struct tape *, struct tape_record *); // of tape_next()
uint32_t tape_waiting(const struct tape *);          // how many are not sent yet
void tape_ack(struct tape *, uint64_t seq);          // the client has seen everything up to it
// The client is back on a new connection and has seen everything up to seq: what is left will be
// sent.
void tape_rewind(struct tape *, uint64_t seq);
bool tape_has_gap(const struct tape *);
struct tape_gap tape_take_gap(struct tape *); // the client is being told of it
// For session_record.c: a message that should be on it and is not; a gap as it was, told when the
// client had been sent up to before told_at; 0: not yet.
void tape_miss(struct tape *, uint64_t seq);
void tape_restore_gap(struct tape *, const struct tape_gap *, uint64_t told_at);
void tape_forget_before(struct tape *, uint64_t seq); // too old, or no room for all tapes
// What was sent before that is taken for seen when it is gone: no connection is in doubt so long.
void tape_settle_before(struct tape *, uint64_t seq);
