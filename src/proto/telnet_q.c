// SPDX-License-Identifier: MIT
// RFC 1143, section 7, as two functions for either side: what we want, and what the peer said.
//
//	            ask on                 agreed
//	NO ─────────────────► WANT_YES ───────────────► YES
//	 ▲ ◄──────────────────────┘ refused              │ ask off
//	 └─────────────────── WANT_NO ◄──────────────────┘
//	                      any answer
//
// OPPOSITE: while an answer is waited for, our mind has changed; it is asked again when that comes.
#include "proto/telnet_q.h"

enum state { NO, YES, WANT_NO, WANT_YES, STATES = 3, OPPOSITE = 4 };

static const struct row {
	uint8_t number, policy[2];
} rows[TELNET_OPTIONS] = {
#define TELNET_OPTION(id, number, us, him) {number, {TELNET_##us, TELNET_##him}},
#include "tables/telnet.tbl"
};

void telnet_q_init(struct telnet_q *q)
{
	*q = (struct telnet_q){0};
	for (size_t i = 0; i < TELNET_OPTIONS; i++)
		memcpy(q->policy[i], rows[i].policy, sizeof q->policy[i]);
}

uint8_t telnet_number(enum telnet_option option)
{
	ensure(option < TELNET_OPTIONS);
	return rows[option].number;
}

enum telnet_option telnet_option_of(uint8_t number)
{
	unsigned i = 0;
	while (i < TELNET_OPTIONS && rows[i].number != number)
		i++;
	return i;
}

// --- what we want ---

static enum telnet_command verb_of(enum telnet_side side, bool on)
{
	if (side == TELNET_US)
		return on ? TELNET_WILL : TELNET_WONT;
	return on ? TELNET_DO : TELNET_DONT;
}

void telnet_q_ask(struct telnet_q *q, enum telnet_option option, enum telnet_side side, bool on,
	struct buf *out)
{
	uint8_t *at = &q->side[option][side];
	enum state settled = on ? YES : NO, opposite = on ? NO : YES;
	enum state towards = on ? WANT_YES : WANT_NO;
	enum state now = *at & STATES;
	if (now == settled)
		return;
	if (now == opposite) {
		*at = (uint8_t)towards;
		telnet_put_ask(out, verb_of(side, on), rows[option].number);
	} else {
		*at = (uint8_t)(now == towards ? now : now | OPPOSITE);
	}
}

// --- what the peer says ---

struct heard {
	struct telnet_q *q;
	struct buf *out;
	uint8_t number;
	enum telnet_side side;
};

// False when the peer has had answers enough.
static bool answer(const struct heard *h, bool on)
{
	if (h->q->flips == TELNET_FLIPS_MAX)
		return false;
	h->q->flips++;
	telnet_put_ask(h->out, verb_of(h->side, on), h->number);
	return true;
}

static void ask_now(const struct heard *h, bool on)
{
	telnet_put_ask(h->out, verb_of(h->side, on), h->number);
}

static enum telnet_change heard_yes(const struct heard *h, uint8_t *at, enum telnet_policy policy)
{
	switch (*at) {
	case NO:
		if (policy == TELNET_NEVER) {
			answer(h, false);
			return TELNET_SAME;
		}
		*at = answer(h, true) ? YES : NO;
		return *at == YES ? TELNET_ON : TELNET_SAME;
	case WANT_NO: // no is never answered with yes; it is over all the same
		*at = NO;
		return TELNET_OFF;
	case WANT_NO | OPPOSITE:
	case WANT_YES: *at = YES; return TELNET_ON;
	case WANT_YES | OPPOSITE:
		*at = WANT_NO;
		ask_now(h, false);
		return TELNET_SAME;
	default: return TELNET_SAME;
	}
}

static enum telnet_change heard_no(const struct heard *h, uint8_t *at)
{
	switch (*at) {
	case YES:
		*at = NO;
		answer(h, false);
		return TELNET_OFF;
	case WANT_NO: *at = NO; return TELNET_OFF;
	case WANT_NO | OPPOSITE:
		*at = WANT_YES;
		ask_now(h, true);
		return TELNET_OFF;
	case WANT_YES:
	case WANT_YES | OPPOSITE: *at = NO; return TELNET_REFUSED;
	default: return TELNET_SAME;
	}
}

struct telnet_answer telnet_q_take(
	struct telnet_q *q, enum telnet_command verb, uint8_t number, struct buf *out)
{
	bool on = verb == TELNET_WILL || verb == TELNET_DO;
	enum telnet_side side = verb == TELNET_WILL || verb == TELNET_WONT ? TELNET_HIM : TELNET_US;
	struct heard h = {q, out, number, side};
	struct telnet_answer a = {.option = telnet_option_of(number), .side = side};
	if (a.option == TELNET_OPTIONS) {
		if (on)
			answer(&h, false);
		return a;
	}
	uint8_t *at = &q->side[a.option][side];
	a.change = on ? heard_yes(&h, at, q->policy[a.option][side]) : heard_no(&h, at);
	return a;
}

void telnet_q_forget(struct telnet_q *q, enum telnet_option option, enum telnet_side side)
{
	q->side[option][side] = NO;
	if (q->flips)
		q->flips--;
}

bool telnet_q_is_on(const struct telnet_q *q, enum telnet_option option, enum telnet_side side)
{
	return q->side[option][side] == YES;
}

bool telnet_q_is_asked(const struct telnet_q *q, enum telnet_option option, enum telnet_side side)
{
	return (q->side[option][side] & STATES) >= WANT_NO;
}
