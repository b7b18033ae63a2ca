// SPDX-License-Identifier: MIT
// NEW-ENVIRON (RFC 1572) as MNES uses it: the game asks for variables by name, or for all.
//
//	SEND (VAR|USERVAR name)…   IS (VAR|USERVAR name [VALUE value])…   0 to 3 inside behind an ESC
#include "edge/link/telnet_priv.h"

enum { IS = 0, VAR = 0, VALUE = 1, ESC = 2, USERVAR = 3 };

static void put_escaped(struct buf *out, struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if ((uint8_t)s.p[i] <= USERVAR)
			buf_char(out, ESC);
		buf_char(out, s.p[i]);
	}
}

// A variable that is not defined is named without a value.
static void put_variable(const struct upstream *u, uint8_t type, struct span name, struct buf *says)
{
	struct buf value = {0};
	buf_char(says, (char)type);
	put_escaped(says, name);
	if (type == VAR && claims_variable(u, name, &value)) {
		buf_char(says, VALUE);
		put_escaped(says, buf_bytes(&value));
	}
	buf_fini(&value);
}

// As many as old parsers have room for; the rest is in an answer of its own.
static void send_variable(struct upstream *u, uint8_t type, struct span name, struct buf *says)
{
	struct buf one = {0}, out = {0};
	enum { FRAME = 6 }; // IAC SB 39 IS … IAC SE
	put_variable(u, type, name, &one);
	if (says->n > 1 && says->n + one.n + FRAME > UPSTREAM_ANSWER_MAX) {
		telnet_put_sub(&out, telnet_number(TELNET_OPT_NEW_ENVIRON), buf_bytes(says));
		wire_give(u, &out);
		buf_clear(says);
		buf_char(says, IS);
	}
	buf_span(says, buf_bytes(&one));
	buf_fini(&one);
}

static void send_all(struct upstream *u, struct buf *says)
{
	for (size_t i = 0; i < CLAIMS_COUNT; i++)
		send_variable(u, VAR, span_str(claims_names[i]), says);
}

static struct span take_name(struct span *rest, char name[64])
{
	size_t n = 0;
	while (rest->n && rest->p[0] != VAR && rest->p[0] != USERVAR) {
		if (rest->p[0] == ESC && rest->n > 1)
			span_take(rest, 1);
		if (n < 64)
			name[n++] = rest->p[0];
		span_take(rest, 1);
	}
	return span_of(name, n);
}

void environ_send(struct upstream *u, struct span asked)
{
	enum { ASKED_MAX = 32 };
	struct buf says = {0}, out = {0};
	char name[64];
	buf_char(&says, IS);
	if (!asked.n)
		send_all(u, &says);
	for (unsigned i = 0; asked.n && i < ASKED_MAX; i++) {
		uint8_t type = (uint8_t)span_take(&asked, 1).p[0];
		struct span what = take_name(&asked, name);
		if (what.n)
			send_variable(u, type, what, &says);
		else if (type == VAR)
			send_all(u, &says);
	}
	telnet_put_sub(&out, telnet_number(TELNET_OPT_NEW_ENVIRON), buf_bytes(&says));
	buf_fini(&says);
	wire_give(u, &out);
}
