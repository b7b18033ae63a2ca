// SPDX-License-Identifier: MIT
// Wish: what the handshake of version 2 asks for, and the answer to it.  Knows no stream.
//
//	mod → {"type":"mod","data":{"v":2,"server_id","channel_id", …}}
//	bot → {"type":"bot","data":{"v":2,"bot_id","channels":[…]?, …}}    none: it follows all
//	      … "resume":[{"channel_id","epoch","last_seq"}]?,"from":"start|end"?,
//	        "limit":{"messages","interval_ms","max_units"?}?
//	    ← {"status":"connected","type":"mod|bot","v":2,
//	       "queues":[{"channel_id","epoch","acked","last","waiting","new"}]}
//
// Without "v", or with 1, it is a handshake of version 1 and nothing else of it is looked at.
#pragma once
#include "bridge/coalesce.h"
#include "bridge/message.h"

enum {
	BRIDGE_VERSION = 2, // the newest
	// Channels named in a handshake, and queues in the answer: a handshake of 8 KiB holds about
	// as many.
	BRIDGE_CHANNELS_MAX = 64,
	BRIDGE_CONSUMER_ID_MAX = 156, // bytes; with "bot:" before it, it names a consumer
};

struct bridge_resume {
	struct span channel;
	uint64_t epoch, seq;
};

struct bridge_wish {                  // loans of the text and the arena
	unsigned version;             // 1: there are no wishes
	bool follows;                 // a bot that names no channels
	bool from_end;                // where it is new: what waits is not for it
	const struct value *channels; // texts, at most BRIDGE_CHANNELS_MAX; NULL: none
	const struct value *resume;   // bridge_resume_at()
	struct coalesce_wish limit;   // messages is 0: none
};

// Reads in place → NULL, or the words of the error, code 400.
const char *bridge_read_hello(struct arena *, struct span text, struct bridge_greeting *,
	struct bridge_wish *) must_check;
size_t bridge_resumes(const struct bridge_wish *);
struct bridge_resume bridge_resume_at(const struct bridge_wish *, size_t i);
bool bridge_read_number(const struct value *map, const char *key, uint64_t *) must_check;

struct bridge_queue_row {
	struct span channel;
	uint64_t epoch, acked, last, waiting;
	bool is_new;
};
void bridge_put_welcome(struct buf *, enum bridge_side); // then the rows, and the end
void bridge_put_queue_row(struct buf *, const struct bridge_queue_row *, bool first);
void bridge_put_welcome_end(struct buf *);
