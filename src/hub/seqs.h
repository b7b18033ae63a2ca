// SPDX-License-Identifier: MIT
// Seqs: a bounded list of message numbers, each two or three bytes because it is near the last one.
// A tape remembers with it which messages it sent and has let go of, so that a client which turns
// out never to have read them is told exactly how many they are.
#pragma once
#include "base/base.h"

// Some 12,000 numbers: more small messages than fit into the buffers of a connection whose peer has
// stopped reading.  Beyond, the oldest are forgotten and counts may be too low.
enum { SEQS_MAX_BYTES = 32 << 10 };

struct seqs {
	uint8_t *at; // a ring of cap bytes, differences as zigzag varints; NULL while empty
	uint32_t head, used, cap, n;
	uint64_t before, last; // what the first difference is from, and the last number
	uint64_t forgotten;    // the highest number that was forgotten; 0: none
};

void seqs_fini(struct seqs *);
void seqs_put(struct seqs *, uint64_t seq);
// How many are above `seq`, and the lowest and highest of them.
struct seqs_count {
	uint64_t n, from, to;
};
struct seqs_count seqs_above(const struct seqs *, uint64_t seq);
// Walks the numbers: *at and *seq begin as 0 and s->before.  False: there are no more.
bool seqs_next(const struct seqs *, uint32_t *at, uint64_t *seq);
// Numbers at the front that are not above seq: the client has seen them, or nobody can tell.
void seqs_drop(struct seqs *, uint64_t seq);
void seqs_forget(struct seqs *, uint64_t seq);
