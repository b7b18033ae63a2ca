// SPDX-License-Identifier: MIT
#include "hub/tape.h"
#include "base/mem.h"
#include <stdlib.h>

enum { REEL_FIRST = 4 };

// --- records ---

static size_t cost_of(const struct tape_record *r)
{
	return sizeof *r + r->n;
}

struct tape_record *tape_record_new(
	struct tape_room *room, uint64_t seq, struct tape_kind kind, struct span text)
{
	struct tape_record *r = mem_alloc(sizeof *r + text.n);
	ensure(text.n <= TAPE_TEXT_MAX && kind.right <= TAPE_RIGHTS_MAX);
	*r = (struct tape_record){.seq = seq,
		.refs = 1,
		.right = kind.right & TAPE_RIGHTS_MAX,
		.n = text.n & TAPE_TEXT_MAX,
		.rank = kind.rank & 3u};
	memcpy(r->text, text.p, text.n);
	room->bytes += cost_of(r);
	return r;
}

void tape_record_unref(struct tape_room *room, struct tape_record *r)
{
	if (--r->refs)
		return;
	room->bytes -= cost_of(r);
	free(r);
}

// --- reels ---

static struct tape_record **slot(const struct reel *reel, uint64_t i)
{
	return &reel->at[i & (reel->cap - 1)];
}

static void push(struct reel *reel, struct tape_record *r)
{
	if (reel->end - reel->first == reel->cap) {
		struct reel wide = *reel;
		wide.cap = reel->cap ? 2 * reel->cap : REEL_FIRST;
		wide.at = mem_array(wide.cap, sizeof(struct tape_record *));
		for (uint64_t i = reel->first; i < reel->end; i++)
			*slot(&wide, i) = *slot(reel, i);
		free(reel->at);
		*reel = wide;
	}
	*slot(reel, reel->end++) = r;
}

// --- letting go ---

static void widen(struct tape_gap *gap, uint64_t n, uint64_t from, uint64_t to)
{
	if (!gap->lost || from < gap->from)
		gap->from = from;
	if (to > gap->to)
		gap->to = to;
	gap->lost += n;
}

// What the client was sent it may have seen.
void tape_miss(struct tape *t, uint64_t seq)
{
	if (seq <= t->sent)
		seqs_put(&t->gone, seq);
	else
		widen(&t->gap, 1, seq, seq);
}

static void let_go(struct tape *t, struct reel *reel, bool seen)
{
	struct tape_record *r = *slot(reel, reel->first++);
	if (reel->next < reel->first)
		reel->next = reel->first;
	t->n--;
	t->bytes -= r->n;
	if (!seen)
		tape_miss(t, r->seq);
	tape_record_unref(t->room, r);
}

// Of the lowest rank there is; what was sent before what was not, which would be lost for certain.
static struct reel *cheapest(struct tape *t)
{
	for (int rank = 0; rank < TAPE_RANKS; rank++)
		if (t->reels[rank].first < t->reels[rank].next)
			return &t->reels[rank];
	for (int rank = 0; rank < TAPE_RANKS; rank++)
		if (t->reels[rank].first < t->reels[rank].end)
			return &t->reels[rank];
	return NULL;
}

static void drop_up_to(struct tape *t, struct reel *reel, uint64_t seq, bool seen)
{
	while (reel->first < reel->end && (*slot(reel, reel->first))->seq <= seq)
		let_go(t, reel, seen);
}

static void give_back(struct reel *reel)
{
	if (reel->first < reel->end)
		return;
	free(reel->at);
	reel->at = NULL;
	reel->cap = 0;
}

// The sweep comes here: a session that was busy once does not keep the memory for it.
void tape_forget_before(struct tape *t, uint64_t seq)
{
	for (int rank = 0; seq && rank < TAPE_RANKS; rank++) {
		drop_up_to(t, &t->reels[rank], seq - 1, false);
		give_back(&t->reels[rank]);
	}
}

void tape_init(struct tape *t, struct tape_room *room)
{
	*t = (struct tape){.room = room};
}

void tape_fini(struct tape *t)
{
	for (int rank = 0; rank < TAPE_RANKS; rank++) {
		drop_up_to(t, &t->reels[rank], UINT64_MAX, true);
		free(t->reels[rank].at);
	}
	seqs_fini(&t->gone);
	free(t->told);
}

void tape_settle_before(struct tape *t, uint64_t seq)
{
	if (seq)
		seqs_forget(&t->gone, seq - 1);
}

// --- what comes and goes ---

// A long tape lets go of many at once: the oldest slot of every session is far from the newest, and
// to fetch it for every message costs more than all the rest here.
static uint32_t slack_of(const struct tape_limits *l)
{
	return l->count < TAPE_LONG ? 0 : l->count / 16;
}

void tape_put(struct tape *t, const struct tape_limits *l, struct tape_record *r, bool sent)
{
	struct reel *reel = &t->reels[r->rank];
	push(reel, r);
	ensure(r->refs < TAPE_REFS_MAX);
	r->refs++;
	t->n++;
	t->bytes += r->n;
	if (sent) {
		reel->next = reel->end;
		t->sent = r->seq;
	}
	if (t->n <= l->count + slack_of(l) && t->bytes <= l->bytes)
		return;
	while (t->n > l->count || t->bytes > l->bytes)
		let_go(t, cheapest(t), false);
}

uint64_t tape_oldest(const struct tape *t)
{
	uint64_t oldest = 0;
	for (int rank = 0; rank < TAPE_RANKS; rank++) {
		const struct reel *reel = &t->reels[rank];
		uint64_t seq = reel->first < reel->end ? (*slot(reel, reel->first))->seq : 0;
		oldest = seq && (!oldest || seq < oldest) ? seq : oldest;
	}
	return oldest;
}

static const struct reel *next_reel(const struct tape *t)
{
	const struct reel *first = NULL;
	for (int rank = 0; rank < TAPE_RANKS; rank++) {
		const struct reel *reel = &t->reels[rank];
		if (reel->next < reel->end && (!first || (*slot(reel, reel->next))->seq <
								 (*slot(first, first->next))->seq))
			first = reel;
	}
	return first;
}

struct tape_record *tape_next(const struct tape *t)
{
	const struct reel *reel = next_reel(t);
	return reel ? *slot(reel, reel->next) : NULL;
}

void tape_sent(struct tape *t, struct tape_record *r)
{
	t->reels[r->rank].next++;
	t->sent = r->seq;
}

uint32_t tape_waiting(const struct tape *t)
{
	uint64_t n = 0;
	for (int rank = 0; rank < TAPE_RANKS; rank++)
		n += t->reels[rank].end - t->reels[rank].next;
	return (uint32_t)n;
}

void tape_ack(struct tape *t, uint64_t seq)
{
	if (seq <= t->acked)
		return;
	t->acked = seq;
	for (int rank = 0; rank < TAPE_RANKS; rank++)
		drop_up_to(t, &t->reels[rank], seq, true);
	seqs_drop(&t->gone, seq);
	uint32_t kept = 0;
	for (uint32_t i = 0; i < t->n_told; i++)
		if (t->told[i].after >= seq)
			t->told[kept++] = t->told[i];
	t->n_told = kept;
}

static void merge(struct tape_gap *gap, const struct tape_gap *other)
{
	if (other->lost)
		widen(gap, other->lost, other->from, other->to);
	gap->unknown |= other->unknown;
}

// What was told and perhaps not heard is told again.
static void retell(struct tape *t, uint64_t seq)
{
	for (uint32_t i = 0; i < t->n_told; i++)
		if (seq <= t->told[i].after)
			merge(&t->gap, &t->told[i].gap);
	t->n_told = 0;
}

static void note_told(struct tape *t, const struct tape_gap *gap, uint64_t after)
{
	if (t->n_told == TAPE_TOLD_MAX) {
		merge(&t->told[1].gap, &t->told[0].gap);
		memmove(t->told, t->told + 1, --t->n_told * sizeof *t->told);
	}
	t->told = mem_grow(t->told, t->n_told + 1, sizeof *t->told);
	t->told[t->n_told++] = (struct told_gap){*gap, after};
}

void tape_rewind(struct tape *t, uint64_t seq)
{
	retell(t, seq);
	tape_ack(t, seq);
	struct seqs_count gone = seqs_above(&t->gone, t->acked);
	if (gone.n)
		widen(&t->gap, gone.n, gone.from, gone.to);
	t->gap.unknown |= t->gone.forgotten > t->acked;
	seqs_fini(&t->gone);
	for (int rank = 0; rank < TAPE_RANKS; rank++)
		t->reels[rank].next = t->reels[rank].first;
	t->sent = t->acked;
}

bool tape_has_gap(const struct tape *t)
{
	return t->gap.lost || t->gap.unknown;
}

struct tape_gap tape_take_gap(struct tape *t)
{
	struct tape_gap gap = t->gap;
	note_told(t, &gap, t->sent);
	t->gap = (struct tape_gap){0};
	return gap;
}

void tape_restore_gap(struct tape *t, const struct tape_gap *gap, uint64_t told_at)
{
	if (told_at)
		note_told(t, gap, told_at - 1);
	else
		merge(&t->gap, gap);
}
