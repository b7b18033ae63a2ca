// SPDX-License-Identifier: MIT
// Telnet option negotiation, the Q method (RFC 1143): for each option and side what was agreed and
// what is still asked, so that answers are never answered and a change of mind waits its turn.
// Only the options of tables/telnet.tbl have a state; all others are refused.
//
// A peer that goes on asking for what was refused, or flips an option on and off, is answered
// TELNET_FLIPS_MAX times in all; then no more, which is what ends a loop of two that both answer.
#pragma once
#include "base/buf.h"
#include "proto/telnet.h"

enum telnet_option { // index, not number
#define TELNET_OPTION(id, number, us, him) TELNET_OPT_##id,
#include "tables/telnet.tbl"
	TELNET_OPTIONS
};

enum { TELNET_FLIPS_MAX = 200 };

enum telnet_policy {  // what we think of an option, for one side
	TELNET_NEVER, // refused
	TELNET_AGREE, // when the peer asks
	TELNET_OFFER, // and we ask for it at the beginning
};

enum telnet_side { TELNET_US, TELNET_HIM }; // WILL and DO, as seen from here

struct telnet_q {
	uint8_t side[TELNET_OPTIONS][2]; // see telnet_q.c
	uint8_t policy[TELNET_OPTIONS][2];
	uint16_t flips;
};

enum telnet_change {
	TELNET_SAME,
	TELNET_ON,      // agreed now
	TELNET_OFF,     // it was on, and is not any more
	TELNET_REFUSED, // we asked for it, the peer will not
};

struct telnet_answer {
	enum telnet_option option; // TELNET_OPTIONS: one we do not know
	enum telnet_side side;
	enum telnet_change change;
};

void telnet_q_init(struct telnet_q *); // policies of the table's columns
uint8_t telnet_number(enum telnet_option);
enum telnet_option telnet_option_of(uint8_t number); // TELNET_OPTIONS: unknown
// Asks (WILL or DO), or takes back; what is to be sent is appended.
void telnet_q_ask(
	struct telnet_q *, enum telnet_option, enum telnet_side, bool on, struct buf *out);
// The peer's WILL, WONT, DO or DONT; our answer, if it needs one, is appended.
struct telnet_answer telnet_q_take(
	struct telnet_q *, enum telnet_command verb, uint8_t number, struct buf *out);
// The option is at its beginning again, of those that are asked each time anew; its answer was no flip.
void telnet_q_forget(struct telnet_q *, enum telnet_option, enum telnet_side);
bool telnet_q_is_on(const struct telnet_q *, enum telnet_option, enum telnet_side);
bool telnet_q_is_asked(
	const struct telnet_q *, enum telnet_option, enum telnet_side); // no answer yet
