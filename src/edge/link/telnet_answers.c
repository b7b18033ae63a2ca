// SPDX-License-Identifier: MIT
// Options as a game finds them at its player: what the player's client has, as far as the gate knows
// it, answered from here within the turn, also when the client has been asked years ago.  Only what
// the game asks for is answered.
//
//	ECHO      the game's WILL hides what is typed.  Lines stay lines: with SGA as well, which means
//	          single characters elsewhere, the gate still sends whole lines.
//	TTYPE     name of the client, kind of terminal, MTTS with the proxy's bit
//	NAWS      when the size is known: else it is refused, and agreed to once it is
//	NEW-ENVIRON  the variables of MNES, each when asked for
//	CHARSET   the game's REQUEST is answered, whichever side it thinks may send it; none is sent
//	GMCP, MSDP, MSP  when the client has them
//	EOR, SGA, MSSP   agreed; the rest is refused: what is compressed or encrypted ends at the gate
#include "base/clock.h"
#include "edge/link/telnet_priv.h"
#include <stdio.h>

enum { IS = 0, SEND = 1 };
enum { REQUEST = 1, ACCEPTED = 2, REJECTED = 3, TTABLE_IS = 4, TTABLE_REJECTED = 5 };

// --- what is agreed to ---

static bool agrees(const struct upstream *u, enum telnet_option o, const struct terminal_facts *f)
{
	switch (o) {
	case TELNET_OPT_NAWS: return f->width && f->height;
	case TELNET_OPT_GMCP:
		return f->gmcp || reach_config(u->reach)->telnet.again == AGAIN_CHAR_LOGIN;
	case TELNET_OPT_MSDP: return f->msdp;
	case TELNET_OPT_MSP: return claims_look(u)->sounds;
	case TELNET_OPT_ECHO:
	case TELNET_OPT_SGA:
	case TELNET_OPT_EOR:
	case TELNET_OPT_TTYPE:
	case TELNET_OPT_NEW_ENVIRON:
	case TELNET_OPT_CHARSET:
	case TELNET_OPT_MSSP: return true;
	default: return false;
	}
}

// ECHO, EOR, MSSP, MSP are the game's to do; the terminal's facts are ours.
static bool may(enum telnet_option o, enum telnet_side side)
{
	switch (o) {
	case TELNET_OPT_ECHO:
	case TELNET_OPT_EOR:
	case TELNET_OPT_MSSP:
	case TELNET_OPT_MSP:
	case TELNET_OPT_MSDP: return side == TELNET_HIM;
	case TELNET_OPT_TTYPE:
	case TELNET_OPT_NAWS:
	case TELNET_OPT_NEW_ENVIRON: return side == TELNET_US;
	default: return true;
	}
}

static void judge(struct upstream *u)
{
	struct terminal_facts facts;
	player_facts(u->player, &facts);
	for (unsigned o = 0; o < TELNET_OPTIONS; o++)
		for (unsigned side = 0; side < 2; side++)
			u->q.policy[o][side] =
				may(o, side) && agrees(u, o, &facts) ? TELNET_AGREE : TELNET_NEVER;
}

void answers_begin(struct upstream *u)
{
	telnet_q_init(&u->q);
	u->ttype = 0;
	memset(u->asked_ms, 0, sizeof u->asked_ms);
	u->wanted[TELNET_US] = u->wanted[TELNET_HIM] = 0;
	judge(u);
}

bool answers_is_on(const struct upstream *u, enum telnet_option o)
{
	return telnet_q_is_on(&u->q, o, TELNET_US) || telnet_q_is_on(&u->q, o, TELNET_HIM);
}

// --- size ---

static void put_size(const struct upstream *u, struct buf *out)
{
	struct terminal_facts f;
	player_facts(u->player, &f);
	const char size[4] = {
		(char)(f.width >> 8), (char)f.width, (char)(f.height >> 8), (char)f.height};
	telnet_put_sub(out, telnet_number(TELNET_OPT_NAWS), span_of(size, sizeof size));
}

// --- agreement ---

static void hide(struct upstream *u, bool on)
{
	u->hidden = on;
	if (u->joined)
		player_hide(u->player, on);
}

static void agreed(struct upstream *u, enum telnet_option o)
{
	if (o == TELNET_OPT_ECHO)
		hide(u, true);
	else if (o == TELNET_OPT_MSP)
		u->markup.sounds = true;
	else if (o == TELNET_OPT_TTYPE)
		u->ttype = 0;
	else
		relay_begin(u, o);
}

static void over(struct upstream *u, enum telnet_option o)
{
	if (o == TELNET_OPT_ECHO)
		hide(u, false);
	else if (o == TELNET_OPT_MSP)
		u->markup.sounds = false;
}

// A game that has copied itself over keeps the connection and forgets what was agreed on it.
static bool is_anew(struct upstream *u, const struct telnet_answer *a)
{
	bool soon = clock_ms() - u->asked_ms[a->option] < UPSTREAM_ANEW_MS;
	u->asked_ms[a->option] = clock_ms();
	switch (a->option) {
	case TELNET_OPT_TTYPE:
	case TELNET_OPT_NAWS:
	case TELNET_OPT_NEW_ENVIRON:
	case TELNET_OPT_CHARSET:
	case TELNET_OPT_MSDP:
	case TELNET_OPT_MSSP:
	case TELNET_OPT_GMCP:
		return a->change == TELNET_SAME && !soon &&
		       telnet_q_is_on(&u->q, a->option, a->side);
	default: return false;
	}
}

static void turned_on(struct upstream *u, const struct telnet_answer *a, struct buf *out)
{
	if (is_anew(u, a))
		telnet_put_ask(out, a->side == TELNET_US ? TELNET_WILL : TELNET_DO,
			telnet_number(a->option));
	else if (a->change != TELNET_ON)
		return;
	if (a->option == TELNET_OPT_NAWS)
		put_size(u, out);
	wire_give(u, out);
	agreed(u, a->option);
}

void answers_ask(struct upstream *u, struct span body)
{
	enum telnet_command verb = (uint8_t)body.p[0];
	struct buf out = {0};
	struct telnet_answer a = telnet_q_take(&u->q, verb, (uint8_t)body.p[1], &out);
	bool on = verb == TELNET_WILL || verb == TELNET_DO;
	if (a.option < TELNET_OPTIONS && on) {
		u->wanted[a.side] |= 1u << a.option;
		turned_on(u, &a, &out);
	} else if (a.option < TELNET_OPTIONS) {
		u->wanted[a.side] &= ~(1u << a.option);
	}
	wire_give(u, &out);
	if (a.change == TELNET_OFF)
		over(u, a.option);
}

// What the game has asked for and was refused may be there by now.
static void agree_late(struct upstream *u, enum telnet_option o, enum telnet_side side)
{
	struct buf out = {0};
	bool asked = u->wanted[side] & 1u << o;
	if (!asked || u->q.policy[o][side] == TELNET_NEVER || telnet_q_is_on(&u->q, o, side))
		return;
	telnet_q_ask(&u->q, o, side, true, &out);
	wire_give(u, &out);
}

void answers_changed(struct upstream *u)
{
	struct buf out = {0};
	judge(u);
	if (telnet_q_is_on(&u->q, TELNET_OPT_NAWS, TELNET_US))
		put_size(u, &out);
	wire_give(u, &out);
	relay_changed(u);
	for (unsigned o = 0; o < TELNET_OPTIONS; o++)
		for (unsigned side = 0; side < 2; side++)
			agree_late(u, o, side);
}

// --- TTYPE ---

static void send_ttype(struct upstream *u)
{
	struct buf says = {0}, out = {0};
	buf_char(&says, IS);
	if (u->ttype == 0)
		claims_client(u, &says);
	else if (u->ttype == 1)
		claims_kind(u, &says);
	else
		buf_printf(&says, "MTTS %u", claims_mtts(u));
	if (u->ttype < 2)
		u->ttype++;
	telnet_put_sub(&out, telnet_number(TELNET_OPT_TTYPE), buf_bytes(&says));
	buf_fini(&says);
	wire_give(u, &out);
}

// --- CHARSET ---

// The name that is taken, as the game spells it: UTF-8, or else the first we know.
static struct span choose(struct span list, enum charset *set)
{
	struct span best = {0};
	char separator = list.n ? list.p[0] : ' ';
	while (list.n) {
		enum charset is;
		span_take(&list, 1);
		struct span name = span_until(list, separator);
		span_take(&list, name.n);
		if (!charset_find(name, &is) || (best.n && is != CHARSET_UTF8))
			continue;
		if (best.n && *set == CHARSET_UTF8)
			continue;
		best = name;
		*set = is;
	}
	return best;
}

static void answer_charset(struct upstream *u, struct span says)
{
	enum { TTABLE = sizeof "[TTABLE]" }; // and its version
	struct buf answer = {0}, out = {0};
	enum charset set;
	uint8_t what = (uint8_t)span_take(&says, 1).p[0];
	if (what == TTABLE_IS) {
		buf_char(&answer, TTABLE_REJECTED);
	} else if (what == REQUEST) {
		if (span_starts(says, SPAN("[TTABLE]")))
			span_take(&says, min_size(TTABLE, says.n));
		struct span name = choose(says, &set);
		buf_char(&answer, name.n ? ACCEPTED : REJECTED);
		buf_span(&answer, name);
		if (name.n)
			u->charset = (struct charset_in){
				.is = (uint8_t)set, .otherwise = CHARSET_CP1252};
	}
	if (answer.n && answer.n < UPSTREAM_ANSWER_MAX)
		telnet_put_sub(&out, telnet_number(TELNET_OPT_CHARSET), buf_bytes(&answer));
	buf_fini(&answer);
	wire_give(u, &out);
}

// --- subnegotiations ---

void answers_sub(struct upstream *u, uint8_t number, struct span says)
{
	enum telnet_option o = telnet_option_of(number);
	if (o == TELNET_OPTIONS || !answers_is_on(u, o) || !says.n)
		return;
	if (o == TELNET_OPT_TTYPE) {
		if (says.p[0] == SEND)
			send_ttype(u);
	} else if (o == TELNET_OPT_NEW_ENVIRON) {
		if (says.p[0] == SEND)
			environ_send(u, span_of(says.p + 1, says.n - 1));
	} else if (o == TELNET_OPT_CHARSET) {
		answer_charset(u, says);
	} else {
		relay_sub(u, o, says);
	}
}
