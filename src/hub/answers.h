// SPDX-License-Identifier: MIT
// Answers: what the network replied to who, finger, channel_create and their like, kept half a
// minute, and the calls that wait for such a reply.  A key is the kind, MUD and user in lower case.
// A refusal is an answer of every kind: {status: "refused", error_code, error_message}.
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
	ANSWER_CHANNEL, // who listens
	ANSWER_CHANNEL_ADD,
	ANSWER_CHANNEL_REMOVE,
	ANSWER_CHANNEL_ADMIN,
	ANSWER_CHANNEL_ADMINS, // which MUDs are on its list
	ANSWER_CHANNEL_USER,
	ANSWER_AUTH,
	ANSWER_PING,
	ANSWER_TELL, // only ever a refusal
	ANSWER_EXCHANGE,
};

struct answer_key {
	enum answer_kind kind;
	struct span mud; // empty for ANSWER_LOCATE, _TELL, and for what the router is asked
	// Or channel, message_id, or a wish's number; empty for ANSWER_WHO, _AUTH and _PING.
	struct span user;
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

#define ANSWER_REFUSED "refused"
bool answer_is_refusal(const struct value *);

void answers_init(struct answers *);
void answers_fini(struct answers *);
void answers_put(
	struct answers *, const struct answer_key *, const struct value *, uint64_t now_ms);
// For those who wait only: the answer is worth nothing to anybody else.
void answers_tell(struct answers *, const struct answer_key *, const struct value *);
void answers_drop(struct answers *, const struct answer_key *); // of what is kept, not the waits
const struct value *answers_find(struct answers *, const struct answer_key *, uint64_t now_ms);
void answers_wait(struct answers *, const struct answer_key *, struct answer_wait *);
void answers_forget(struct answer_wait *);
