// SPDX-License-Identifier: MIT
// Cursor: how far one consumer of a stream has come.  Kept in the store as what was acknowledged;
// what was given is known while we run, and forgotten when the consumer comes back.
//
//	acked <= given <= last           given < floor: there is a gap to tell first
#pragma once
#include "bridge/stream.h"

struct cursor;

// There may be something to give.  From a callback of the store.
typedef void cursor_ready(void *owner, struct cursor *);

struct cursor_spec {
	struct span name;    // "bot:ID", "mod:SERVER_ID"; no control characters
	bool from_start;     // a new one starts at the oldest entry, not behind the newest
	cursor_ready *ready; // not NULL
	void *owner;
};

// The consumer is here: what it has not acknowledged is given again.  One that is here already is
// taken over, so look for its owner first.  NULL: the stream has too many cursors, or no such name.
struct cursor *cursor_open(struct stream *, const struct cursor_spec *, bool *is_new) must_check;
bool cursor_fits(const struct stream *, struct span name); // would it be opened?
void cursor_close(struct cursor *, const void *owner); // does nothing when somebody took it over
struct cursor *cursor_find(const struct stream *, struct span name); // NULL: there is none
void *cursor_owner(const struct cursor *);                           // NULL: not here
struct stream *cursor_stream(const struct cursor *);
struct span cursor_name(const struct cursor *);
uint64_t cursor_acked(const struct cursor *);
uint64_t cursor_unacked(const struct cursor *); // entries given, there, and not acknowledged
bool stream_is_heard(const struct stream *);    // one of its consumers is here

struct stream_gap {
	uint64_t lost; // to - from + 1
	uint64_t from, to;
	uint64_t from_us, to_us; // when the first and the last came; from_us may be too early
				 // or 0 when acks stopped inside of what was lost
	enum stream_why why;     // the last of it went
};

enum cursor_got { CURSOR_NOTHING, CURSOR_ENTRY, CURSOR_GAP };

struct cursor_item {
	struct stream_entry entry;
	struct stream_gap gap;
};

// What comes next; it comes again until it is given.
enum cursor_got cursor_next(const struct cursor *, struct cursor_item *) must_check;
uint64_t cursor_waiting(const struct cursor *);   // entries that can be given now
void cursor_given(struct cursor *, uint64_t seq); // this and all before: of an entry, or a gap's to

// This and all before have arrived.  What was acknowledged already changes nothing.  False: there
// is no such entry, nothing has changed.
bool cursor_ack(struct cursor *, uint64_t seq);
