// SPDX-License-Identifier: MIT
// AMP ask: one command of the game while it is carried out.  The first argument that is missing or
// not what it has to be is its fault, and the answer an error; the link is kept.
#pragma once
#include "base/buf.h"
#include "base/value.h"

struct amp_link;

enum { AMP_FAULT_BYTES = 96 };

struct amp_ask {
	struct amp_link *link;
	struct span box;
	struct buf answer;
	char fault[AMP_FAULT_BYTES]; // empty: none
};

struct amp_command {
	const char *name;
	void (*run)(struct amp_ask *); // looks at fault when it has its arguments
};
extern const struct amp_command amp_commands_objects[]; // amp_objects.c; name NULL ends them
extern const struct amp_command amp_commands_players[]; // amp_players.c

static inline bool amp_ask_failed(const struct amp_ask *a)
{
	return a->fault[0] != '\0';
}
void amp_ask_fault(struct amp_ask *, const char *key, const char *why); // the first counts
bool amp_ask_has(const struct amp_ask *, const char *key);

// An argument that must be there.
int64_t amp_ask_int(struct amp_ask *, const char *key);
bool amp_ask_bool(struct amp_ask *, const char *key);
struct span amp_ask_text(struct amp_ask *, const char *key); // valid UTF-8
// One that may be absent: empty.
struct span amp_ask_maybe(struct amp_ask *, const char *key);
