// SPDX-License-Identifier: MIT
#include "hub/seqs.h"
#include "base/mem.h"
#include <stdlib.h>

enum { SEQS_FIRST_BYTES = 64, VARINT_MAX_BYTES = 10 };

void seqs_fini(struct seqs *s)
{
	free(s->at);
	*s = (struct seqs){.forgotten = s->forgotten};
}

static uint8_t byte_at(const struct seqs *s, uint32_t i)
{
	return s->at[(s->head + i) & (s->cap - 1)];
}

// Reads the difference that begins at byte i of the ring. → bytes it takes
static uint32_t read_step(const struct seqs *s, uint32_t i, uint64_t *seq)
{
	uint64_t zigzag = 0;
	uint32_t n = 0;
	uint8_t b;
	do {
		b = byte_at(s, i + n);
		zigzag |= (uint64_t)(b & 0x7f) << (7 * n++);
	} while (b & 0x80);
	*seq += (zigzag >> 1) ^ (0 - (zigzag & 1));
	return n;
}

static void drop_first(struct seqs *s)
{
	uint32_t n = read_step(s, 0, &s->before);
	s->head = (s->head + n) & (s->cap - 1);
	s->used -= n;
	s->n--;
}

static void forget_first(struct seqs *s)
{
	drop_first(s);
	if (s->before > s->forgotten)
		s->forgotten = s->before;
}

static void grow(struct seqs *s)
{
	uint32_t cap = s->cap ? 2 * s->cap : SEQS_FIRST_BYTES;
	uint8_t *at = mem_alloc(cap);
	for (uint32_t i = 0; i < s->used; i++)
		at[i] = byte_at(s, i);
	free(s->at);
	s->at = at;
	s->cap = cap;
	s->head = 0;
}

static void make_room(struct seqs *s)
{
	while (s->cap - s->used < VARINT_MAX_BYTES) {
		if (s->cap < SEQS_MAX_BYTES) {
			grow(s);
			continue;
		}
		forget_first(s);
	}
}

void seqs_put(struct seqs *s, uint64_t seq)
{
	make_room(s);
	uint64_t step = seq - s->last;
	uint64_t zigzag = (step << 1) ^ (0 - (step >> 63));
	do {
		uint8_t b = (uint8_t)(zigzag & 0x7f);
		zigzag >>= 7;
		s->at[(s->head + s->used++) & (s->cap - 1)] = zigzag ? b | 0x80 : b;
	} while (zigzag);
	s->last = seq;
	s->n++;
}

bool seqs_next(const struct seqs *s, uint32_t *at, uint64_t *seq)
{
	if (*at >= s->used)
		return false;
	*at += read_step(s, *at, seq);
	return true;
}

struct seqs_count seqs_above(const struct seqs *s, uint64_t seq)
{
	struct seqs_count c = {0};
	uint64_t at = s->before;
	for (uint32_t i = 0; seqs_next(s, &i, &at);) {
		if (at <= seq)
			continue;
		c.from = c.n && c.from < at ? c.from : at;
		c.to = c.to > at ? c.to : at;
		c.n++;
	}
	return c;
}

static bool begins_below(const struct seqs *s, uint64_t seq)
{
	uint64_t first = s->before;
	if (s->n)
		read_step(s, 0, &first);
	return s->n && first <= seq;
}

void seqs_drop(struct seqs *s, uint64_t seq)
{
	while (begins_below(s, seq))
		drop_first(s);
}

void seqs_forget(struct seqs *s, uint64_t seq)
{
	while (begins_below(s, seq))
		forget_first(s);
	if (s->n)
		return;
	free(s->at);
	s->at = NULL;
	s->head = s->cap = 0;
}
