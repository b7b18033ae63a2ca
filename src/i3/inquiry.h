// SPDX-License-Identifier: MIT
// Inquiry: a packet whose answer waits for our MUD.  A copy of it is kept, so that the answer can
// name the asker letter by letter, or be the error that quotes it.
#pragma once
#include "hub/queries.h"
#include "i3/packet.h"
#include "net/loop.h"

struct i3_link;

enum {
	INQUIRY_BYTES_MAX = 16 << 10, // of a packet, as a tree: no honest question is longer
	INQUIRY_NAME_MAX = 512,       // bytes: what presence takes, 128 characters
};

// Answers a packet: in the words of the MUD, or from what we know ourselves when answer is NULL.
typedef enum sent inquiry_answer(
	struct i3_link *, const struct packet *, const struct value *answer);

struct inquiries { // those of one link are in its identity's queries
	struct timer timer;
};

void inquiries_init(struct i3_link *);
void inquiries_drop(struct i3_link *); // the router they came from is gone

struct inquiry_spec {
	enum query_kind kind;
	inquiry_answer *answer;
	struct value_list *params; // of the event; the request_id is added
};
// Answered without the MUD at once when no session wants it or there is no room.
void inquiry_open(struct i3_link *, const struct packet *, const struct inquiry_spec *);

// A question about what element 6 names: {from_mud, from_user, key: that}.  Without a key: about
// nothing but us.
struct inquiry_about {
	enum query_kind kind;
	const char *key;
};
void inquiry_hear(
	struct i3_link *, const struct packet *, const struct inquiry_about *, inquiry_answer *);

// Out of an answer, fit to be sent: cleaned and cut.  Absent: "".
struct span inquiry_name(struct i3_link *, const struct value *answer, const char *key);
struct span inquiry_text(struct i3_link *, const struct value *answer, const char *key, size_t max);
