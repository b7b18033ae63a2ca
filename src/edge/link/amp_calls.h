// SPDX-License-Identifier: MIT
// AMP calls: what the game was asked and has not answered.  Tags are never used twice on a link.
#pragma once
#include "base/buf.h"
#include "base/list.h"
#include "base/map.h"

struct amp_link;

enum {
	AMP_CALL_MS = 30000,   // then it is forgotten; a late answer is ignored
	AMP_CALLS_MAX = 65536, // unanswered; more, and the game is as good as away
	AMP_CALLS_BYTES_MAX = 16 << 20,
};

enum amp_got { AMP_ANSWER, AMP_ERROR, AMP_EXPIRED, AMP_LOST };

struct amp_reply {
	enum amp_got got;
	struct span box;               // AMP_ANSWER
	struct span code, description; // AMP_ERROR
};

struct amp_call {
	struct link in_calls;
	uint64_t tag;
	uint64_t due_ms;
	size_t bytes;
	uint64_t player, account; // whom it is about; 0: nobody
	const char *command;
	void (*done)(struct amp_link *, const struct amp_call *, const struct amp_reply *);
};

struct amp_calls {
	struct link waiting; // the oldest first
	struct map by_tag;
	struct buf box; // the one being written
	const char *command;
	uint64_t last_tag;
	size_t n, bytes;
};

void amp_calls_init(struct amp_calls *);
void amp_calls_fini(struct amp_calls *);

// A call is written between these two: arguments go into what the first returns.
struct buf *amp_call(struct amp_link *, const char *command);
// about: player, account and done count; done may be NULL.  Nothing is sent while there is no
// connection.
void amp_call_send(struct amp_link *, const struct amp_call *about);

void amp_calls_answered(struct amp_link *, struct span tag, const struct amp_reply *);
void amp_calls_expire(struct amp_link *, uint64_t now_ms);
void amp_calls_lost(struct amp_link *);
