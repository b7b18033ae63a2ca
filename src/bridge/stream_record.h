// SPDX-License-Identifier: MIT
// Stream record: under which keys the bridge's queues stand in the store, and as which bytes.
//
//	table            key                            value
//	bridge_stream    STREAM                         1 EPOCH FLOOR FLOOR_US WHY
//	bridge_entry     STREAM LF SEQ in 16 digits     1 EPOCH RECEIVED_US ID_BYTES LF ID TEXT
//	bridge_cursor    STREAM LF CONSUMER             1 EPOCH ACKED SEEN_US LOST_US
//
// STREAM is b (towards bots) or m (towards mods), then the channel; of a follower the channel is
// empty.  Neither holds a control character, so the keys of one stream stand together.
#pragma once
#include "bridge/stream.h"
#include "store/store.h"

#define STREAM_TABLE        SPAN("bridge_stream")
#define STREAM_ENTRY_TABLE  SPAN("bridge_entry")
#define STREAM_CURSOR_TABLE SPAN("bridge_cursor")

struct stream_record { // of a stream
	uint64_t epoch, floor, floor_us;
	enum stream_why why;
};

struct stream_entry_record { // loans
	uint64_t epoch, received_us;
	struct span id, text;
};

struct stream_cursor_record {
	uint64_t epoch, acked, seen_us, lost_us;
};

void stream_record_name(struct buf *out, enum stream_towards, struct span channel);
void stream_record_entry_key(struct buf *out, struct span name, uint64_t seq);
void stream_record_cursor_key(struct buf *out, struct span name, struct span consumer);
// The entries from <= seq < to.  A loan of the buffer.
struct store_range stream_record_range(
	struct buf *, struct span name, uint64_t from, uint64_t to) must_check;
#define STREAM_RECORD_SEQ_END UINT64_C(10000000000000000) // behind all entries

void stream_record_put(struct buf *out, const struct stream_record *);
void stream_record_put_entry(struct buf *out, const struct stream_entry_record *);
void stream_record_put_cursor(struct buf *out, const struct stream_cursor_record *);

// False: it is none of ours.
bool stream_record_is_name(struct span key) must_check;
bool stream_record_read_entry_key(struct span key, struct span *name, uint64_t *seq) must_check;
bool stream_record_read_cursor_key(
	struct span key, struct span *name, struct span *consumer) must_check;
bool stream_record_read(struct span value, struct stream_record *) must_check;
bool stream_record_read_entry(struct span value, struct stream_entry_record *) must_check;
bool stream_record_read_cursor(struct span value, struct stream_cursor_record *) must_check;
