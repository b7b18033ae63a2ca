// SPDX-License-Identifier: MIT
// Asked: finger, locate and ping replies do not say what was asked.  The last questions are kept so
// that an answer finds its question, and one that nobody asked for is known as such.
#pragma once
#include "base/buf.h"
#include "hub/answers.h"

enum { ASKED_MAX = 64, ASKED_MS = 60000 };

struct question {
	enum answer_kind kind;
	uint64_t until_ms;
	char *mud;  // "" for locate and for the router; NULL: this place is free
	char *by;   // who asked
	char *user; // about whom
};

struct asked {
	struct question at[ASKED_MAX]; // a ring, the oldest overwritten
	unsigned next;
};

void asked_fini(struct asked *);

struct asked_by {
	struct answer_key key; // mud empty for locate; user: who was asked about
	struct span user;      // who asked
};
void asked_put(struct asked *, const struct asked_by *, uint64_t now_ms);
// Is there any question of this kind by this user that this MUD (empty: any) may still answer?
bool asked_waits(const struct asked *, const struct asked_by *, uint64_t now_ms);
// Appends whom the question was about: the one with this name, else the oldest of this kind to this
// MUD by this user.  A locate has many answers and stays until its time is over.  False: none.
bool asked_take(struct asked *, const struct asked_by *, uint64_t now_ms, struct buf *user);
// Takes the very question, whoever asked it; *ms: how long ago.  False: nobody did.
bool asked_done(struct asked *, const struct answer_key *, uint64_t now_ms, uint64_t *ms);
// The oldest change of a channel that is named in the text; NULL: none.  asked_done() takes it.
const struct question *asked_named(const struct asked *, struct span text, uint64_t now_ms);
