// SPDX-License-Identifier: MIT
// NEW-ENVIRON (RFC 1572) with the variables of MNES, the Mud New-Environ Standard.  They are asked for
// by name: some clients answer nothing else.  Names and values may hold 0 to 3 behind an ESC.
#include "edge/telnet_priv.h"

enum { IS, SEND, INFO };
enum { VAR, VAL, ESC, USERVAR };

static void on_him(struct telnet *t, bool on)
{
	telnet_wait(t, TELNET_OPT_NEW_ENVIRON, on);
	if (on)
		telnet_sub(t, TELNET_OPT_NEW_ENVIRON,
			SPAN("\1\0CLIENT_NAME\0CLIENT_VERSION\0CHARSET\0MTTS\0TERMINAL_TYPE"));
}

static void learn(struct telnet *t, struct span name, struct span value)
{
	uint64_t bits;
	if (!value.n)
		return;
	if (span_is(name, "CLIENT_NAME"))
		telnet_know(t, ABOUT_CLIENT, value);
	else if (span_is(name, "CLIENT_VERSION"))
		telnet_know(t, ABOUT_VERSION, value);
	else if (span_is(name, "TERMINAL_TYPE"))
		telnet_know(t, ABOUT_TYPE, value);
	else if (span_is(name, "CHARSET"))
		telnet_know_charset(t, FROM_MNES, value);
	else if (span_is(name, "MTTS") && span_uint(value, UINT32_MAX, &bits))
		telnet_know_mtts(t, (uint32_t)bits);
}

// Up to the next VAR, VAL or USERVAR; what is over the room is left out.
static struct span word(struct span *in, char *room, size_t cap)
{
	size_t n = 0;
	while (in->n && (uint8_t)*in->p > USERVAR) {
		char c = *span_take(in, 1).p;
		if (n < cap)
			room[n++] = c;
	}
	return span_of(room, n);
}

static struct span escaped_word(struct span *in, char *room, size_t cap)
{
	struct span w = word(in, room, cap);
	while (in->n > 1 && *in->p == ESC) {
		span_take(in, 1);
		if (w.n < cap)
			room[w.n++] = *in->p;
		span_take(in, 1);
		w.n += word(in, room + w.n, cap - w.n).n;
	}
	return w;
}

static void on_sub(struct telnet *t, struct span says)
{
	char name_room[TERMINAL_NAME_MAX], value_room[2 * TERMINAL_NAME_MAX];
	uint8_t what = says.n ? (uint8_t)*span_take(&says, 1).p : SEND;
	if (what != IS && what != INFO)
		return;
	telnet_wait(t, TELNET_OPT_NEW_ENVIRON, false);
	while (says.n) {
		struct span name = {0}, value = {0};
		uint8_t mark = (uint8_t)*span_take(&says, 1).p;
		if (mark != VAR && mark != USERVAR)
			continue;
		name = escaped_word(&says, name_room, sizeof name_room);
		if (says.n && *says.p == VAL) {
			span_take(&says, 1);
			value = escaped_word(&says, value_room, sizeof value_room);
		}
		learn(t, name, value);
	}
}

const struct telnet_option_kind telnet_NEW_ENVIRON = {.on_him = on_him, .on_sub = on_sub};
