// SPDX-License-Identifier: MIT
// Kept: messages of version 2, as they stand in a stream and as they go over the wire.  In a stream
// one is the JSON object of version 1 (bridge/message.h) with "msg_id", without "forwarded_at" and
// without its closing brace.
//
//	  ← {…,"received_at","msg_id","forwarded_at","seq","epoch"}          one message
//	  ← {…,"seq","epoch","first_seq","count","authors"?}                 several, joined
//	  ← {"type":"gap","channel_id","epoch","lost","from","to","from_time"?,"to_time","reason"}
//	    → {"ack","channel_id"?,"epoch"?}           this one and all before have arrived
//	  ← {"status":"completed|queued","type","msg_id","seq"?,"duplicate":true?}    to a sender
//	  ← {"status":"failed","type","msg_id","code":503,"retry":true}
//	  ← {"message":"Message too long.","code":413,"msg_id"}
#pragma once
#include "bridge/coalesce.h"
#include "bridge/cursor.h"
#include "bridge/message.h"

void bridge_put_kept(struct buf *, const struct bridge_message *);

struct bridge_place { // of a message
	uint64_t seq, epoch;
};
void bridge_put_given(struct buf *, struct span kept, const struct bridge_place *);

// What is read of a kept one to join it with others.
struct bridge_kept_line {
	struct coalesce_line line; // author: the name, or the id of one without
	struct span author_name;
	struct span meta; // as JSON text; empty: none
	struct span ts, received_at, msg_id;
};
bool bridge_read_line(struct arena *, struct span kept, struct bridge_kept_line *) must_check;
// n lines up to the place of the last.  Ids, times, meta are those of the last; all have one meta.
void bridge_put_joined(
	struct buf *, const struct bridge_kept_line *, size_t n, const struct bridge_place *last);

void bridge_put_gap(struct buf *, struct span channel, uint64_t epoch, const struct stream_gap *);

// What a peer of version 2 says.
struct bridge_ack {
	uint64_t seq, epoch;
	struct span channel; // empty: that of the mod
	bool has_epoch;
};
enum bridge_said { BRIDGE_SAID_NOTHING, BRIDGE_SAID_WORDS, BRIDGE_SAID_ACK };
// In place, as bridge_read_message().  NOTHING: malformed.
enum bridge_said bridge_read_said(struct arena *, struct span text,
	const struct bridge_greeting *sender, struct bridge_words *,
	struct bridge_ack *) must_check;

struct bridge_answer { // to a sender
	enum stream_result result;
	enum bridge_status status; // KEPT and DUPLICATE
	enum bridge_side side;
	struct span msg_id;
	uint64_t seq; // 0: it went to peers of version 1 only
};
void bridge_put_answer(struct buf *, const struct bridge_answer *);
