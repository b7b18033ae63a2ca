// SPDX-License-Identifier: MIT
// Answers: what the network replied to who, finger, locate and channel_who, kept half a minute, and
// the calls that wait for such a reply.  A key is the kind, MUD and user, folded to lower case.
#pragma once
#include "base/list.h"
#include "base/map.h"
#include "base/value.h"

enum {
	ANSWERS_FRESH_MS = 30000,
	ANSWERS_MAX = 256,
	ANSWERS_BYTES_MAX = 4 << 20, // of all together: anybody on the network may send some
};

enum answer_kind {
	ANSWER_WHO,
	ANSWER_FINGER,
	ANSWER_LOCATE,
	ANSWER_CHANNEL,
	ANSWER_TELL, // that one was refused: {code, text}
};

struct answer_key {
	enum answer_kind kind;
	struct span mud;  // empty for ANSWER_LOCATE and ANSWER_TELL
	struct span user; // or the channel, or the message_id; empty for ANSWER_WHO
};

struct answers {
	struct map cached; // oldest first
	size_t bytes;      // of their values
	struct link waits;
};

struct answer_wait { // embedded in whoever waits
	struct link link;
	char *key;
	void (*run)(struct answer_wait *, const struct value *answer); // unlinked already
};

void answers_init(struct answers *);
void answers_fini(struct answers *);
void answers_put(
	struct answers *, const struct answer_key *, const struct value *, uint64_t now_ms);
const struct value *answers_find(struct answers *, const struct answer_key *, uint64_t now_ms);
void answers_wait(struct answers *, const struct answer_key *, struct answer_wait *);
void answers_forget(struct answer_wait *);
