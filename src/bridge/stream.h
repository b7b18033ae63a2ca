// SPDX-License-Identifier: MIT
// Stream: what is on its way through one bridge channel in one direction, kept in the store until
// every consumer (cursor.h) has acknowledged it.  Entries are numbered 1, 2, 3 … without holes, so
// that what a consumer has lost is a difference of two numbers.  Their text is opaque here.
//
//	      gone        going      can be read      being written
//	1 ......... floor ..... target ......... last ............. newest
//
// An entry can be read, and its sender is answered, when it and all before it are on the disk.
// When the store does not keep one, that one and all behind it are refused and taken back, and
// their numbers are used again.  Entries go, the oldest first, when all cursors have acknowledged
// them, over a bound, or when a stream is cleared: the floor is written first and only then are
// entries forgotten, so a crash can neither lose one nor miscount.
//
// All that waits is held in memory as well: the bounds are on memory and disk alike.  The ids of
// what is gone are remembered for STREAM_PAST_MS, over restarts too: until then their records stay
// in the store, which so holds up to twice the bytes.
#pragma once
#include "base/list.h"
#include "base/span.h"

enum {
	STREAM_CHANNEL_MAX_BYTES = 256, // a Discord id has 20
	STREAM_CONSUMER_MAX_BYTES = 160,
	STREAM_ID_MAX_BYTES = 256,
	STREAM_TEXT_MAX_BYTES = 1000000, // with its id and head it must fit a record of the store
	STREAM_ENTRY_BYTES = 256,        // what an entry costs beside its text and twice its id
	STREAM_CURSORS_MAX = 64,         // each costs a record a message
	STREAM_WAITERS_MAX = 8, // senders who wait for one entry: one, and who sent it again
	// In all streams together, on their way to the disk: they must leave room in the store's
	// queue for what matters more.
	STREAM_WRITING_MAX = 2048,
	STREAM_WRITING_BYTES_MAX = 4 << 20,
	STREAM_PAST_MAX = 1024, // ids of entries that are gone
	STREAM_PAST_MS = 600000,
};

enum stream_towards { STREAM_TO_BOTS, STREAM_TO_MODS };

// Why entries have gone.
enum stream_why {
	STREAM_ACKED,
	STREAM_OVER_COUNT,
	STREAM_OVER_BYTES,
	STREAM_OVER_AGE,
	STREAM_CLEARED, // by an operator
	STREAM_DAMAGED, // a record could not be read
	STREAM_WHY_COUNT,
};
const char *stream_why_word(enum stream_why); // "acked", "count", "bytes", "age", …

struct stream_limits {
	uint32_t count; // entries
	uint32_t age_s;
	uint64_t bytes; // texts, ids twice and STREAM_ENTRY_BYTES each
};

struct stream_message {       // loans
	struct span from;     // who sent it, as consumers are named
	struct span msg_id;   // the sender's own
	uint64_t received_us; // wall clock
	struct span text;
};

enum stream_result {
	STREAM_KEPT,      // on the disk, as seq
	STREAM_DUPLICATE, // of seq, which is on the disk
	STREAM_LATER,     // being written: the callback tells
	STREAM_FAILED,    // the store did not keep it; it may be sent again
	STREAM_FULL,      // too much is being written; it may be sent again
	STREAM_TOO_BIG,   // the text or the id
};

// seq: KEPT and DUPLICATE.  token is the caller's.
typedef void stream_done(void *owner, uint64_t token, enum stream_result, uint64_t seq);

struct stream_sender {
	stream_done *done; // not NULL
	void *owner;
	uint64_t token;
};

struct stream;
struct streams;

// LATER, and done() comes from a turn of its own; else the answer, and done() never comes.  KEPT is
// never the first answer.
enum stream_result stream_append(struct stream *, const struct stream_message *,
	const struct stream_sender *, uint64_t *seq) must_check;
void stream_forget(struct streams *, const void *owner); // who waits dies; what it sent stays

// All that waits goes.  → how many entries; cursors behind get a gap.
uint64_t stream_clear(struct stream *);

struct stream_entry { // loans, until the turn ends or the loop's next callback begins
	uint64_t seq, received_us;
	struct span text;
};
bool stream_read(const struct stream *, uint64_t seq, struct stream_entry *) must_check;

struct span stream_channel(const struct stream *);
enum stream_towards stream_towards(const struct stream *);
// Numbers of two epochs have nothing to do with each other: the stream began anew.
uint64_t stream_epoch(const struct stream *);
uint64_t stream_last(const struct stream *); // newest entry that can be read
