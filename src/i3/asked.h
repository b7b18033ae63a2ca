// SPDX-License-Identifier: MIT
// Asked: finger and locate replies do not say what was asked.  The last questions are kept so that
// an answer finds its question, and one that nobody asked for is known as such.
#pragma once
#include "hub/answers.h"

enum { ASKED_MAX = 64, ASKED_MS = 60000 };

struct question {
	enum answer_kind kind;
	uint64_t until_ms;
	char *mud; // lower case; "" for locate
	char *by;  // who asked
	char *user;
};

struct asked {
	struct question at[ASKED_MAX]; // a ring, the oldest overwritten
	unsigned next;
};

void asked_fini(struct asked *);
void asked_put(struct asked *, const struct answer_key *, struct span by, uint64_t now_ms);
// The oldest question of this kind to this MUD by this user; *user "" when there is none.  A locate
// has many answers and stays until its time is over.
bool asked_take(struct asked *, const struct answer_key *, struct span by, uint64_t now_ms,
	struct buf *user);
