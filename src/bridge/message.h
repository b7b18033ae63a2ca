// SPDX-License-Identifier: MIT
// Bridge messages: the JSON shapes of /sync, read and written.  Knows no peer and no channel's
// members.
//
//	mod → {"type":"mod","data":{"server_id","channel_id"}}          handshake
//	bot → {"type":"bot","data":{"bot_id"}}
//	    ← {"status":"connected","type":"mod|bot"}
//	mod → {"msg_id","id": its server_id,"destination":{"channel_id"},
//	       "author":{"id","name"?},"content","meta"?,"ts"?}
//	bot → the same with "id": the channel, without "destination"
//	    ← {"status":"completed|queued|failed","type":"mod|bot"}, the type that of the sender
//	    ← {"type": the sender's,"channel_id","author","content","meta"?,"ts","received_at",
//	       "forwarded_at"}                                          to the other side
//	    ← {"message","code"}                                        an error
//
// Members that are not named here are read over; null is the same as leaving one out.
#pragma once
#include "base/blob.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/value.h"
#include "bridge/trail.h"

enum bridge_side { BRIDGE_MOD, BRIDGE_BOT, BRIDGE_SIDES };

enum bridge_status { BRIDGE_COMPLETED, BRIDGE_QUEUED, BRIDGE_FAILED };

enum {
	// Bytes of an id: a UUID has 36, a Discord snowflake 20.  Ids are logged and are keys of
	// maps, so they have no control characters either.
	BRIDGE_ID_MAX = 256,
	// What writing a message may add to what was read: 100,000 numbers, which is what JSON may
	// hold, each spelt longer than it came.
	BRIDGE_TEXT_ADDS = 3 << 20,
};

// What a message says, wherever it comes from.  Spans are loans.
struct bridge_words {
	enum bridge_side from;
	struct span msg_id, channel;
	struct span author_id, author_name; // no name: empty
	struct span content;
	struct span meta; // a JSON object as text; empty: none
	struct span ts;   // RFC 3339; empty: when it was received
};

// One message on its way, in one block that it owns.
struct bridge_message {
	struct link link; // of the queue it waits in
	struct bridge_words words;
	uint64_t received_us;
	struct blob *frame;         // as peers are sent it; made for the first of them
	size_t bytes;               // what it costs
	struct bridge_trail *trail; // where links have brought it; NULL: nowhere yet
	uint64_t by;                // the number of the link that brought it here; 0: a mod or bot
	bool twin;                  // the other side is given the same: links need one only
	char text[];
};

// The clock's time is when it was received.
struct bridge_message *bridge_message_new(const struct bridge_words *) must_check;
void bridge_message_free(struct bridge_message *);

struct bridge_greeting {
	enum bridge_side side;
	struct span id;      // server_id or bot_id
	struct span channel; // of a mod
};

// Both read in place: the text is changed, what comes out points into it and into the arena.
// → NULL, or the words of the error, code 400.
const char *bridge_read_greeting(
	struct arena *, struct span text, struct bridge_greeting *) must_check;
// False: malformed.  `sender` says who sent it, as it greeted.
bool bridge_read_message(struct arena *, struct span text, const struct bridge_greeting *sender,
	struct bridge_words *) must_check;

// Parts that version 2 (bridge/wish.h, bridge/kept.h) builds on.
bool bridge_read_json(struct arena *, struct span text, struct value *) must_check; // an object
const struct value *bridge_member(const struct value *map, const char *key); // NULL: none, or null
bool bridge_read_id(const struct value *map, const char *key, struct span *) must_check;
const char *bridge_greeting_of(const struct value *, struct bridge_greeting *) must_check;
bool bridge_words_of(struct arena *, const struct value *, const struct bridge_greeting *sender,
	struct bridge_words *) must_check;
void bridge_put_stamp(struct buf *, const char *key, uint64_t us); // ,"key":"…Z"

void bridge_put_message(struct buf *, const struct bridge_message *); // forwarded now
void bridge_put_body(struct buf *, const struct bridge_message *);    // up to and with received_at
void bridge_put_connected(struct buf *, enum bridge_side);
void bridge_put_status(struct buf *, enum bridge_status, enum bridge_side);
void bridge_put_error(struct buf *, const char *words, int code);

const char *bridge_side_word(enum bridge_side);
const char *bridge_status_word(enum bridge_status);
