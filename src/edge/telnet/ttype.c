// SPDX-License-Identifier: MIT
// TTYPE (RFC 1091) in the way of MUD clients: asked again and again it tells the client's name, the
// terminal it is, and "MTTS" with bits; what is told twice is the last.  Plain telnet tells its
// terminal only, over and over.
#include "edge/telnet_priv.h"
#include <stdlib.h>

enum { IS = 0, ASKED_MAX = 5 };

static void ask(struct telnet *t)
{
	telnet_about(t)->asked++;
	telnet_sub(t, TELNET_OPT_TTYPE, SPAN("\x01"));
	telnet_wait(t, TELNET_OPT_TTYPE, true);
}

static void on_him(struct telnet *t, bool on)
{
	telnet_wait(t, TELNET_OPT_TTYPE, false);
	if (on && !telnet_about(t)->asked)
		ask(t);
}

static bool learn_mtts(struct telnet *t, struct span name)
{
	uint64_t bits;
	if (name.n < 5 || !span_caseeq(span_of(name.p, 5), SPAN("MTTS ")))
		return false;
	span_take(&name, 5);
	if (span_uint(name, UINT32_MAX, &bits))
		telnet_know_mtts(t, (uint32_t)bits);
	return true;
}

// What was taken for the client's name is its terminal's.
static void is_no_client(struct telnet *t, struct span name)
{
	struct telnet_about *a = telnet_about(t);
	if (!span_eq(name, span_str(a->text[ABOUT_CLIENT])))
		return;
	free(a->text[ABOUT_CLIENT]);
	a->text[ABOUT_CLIENT] = NULL;
	telnet_know(t, ABOUT_TYPE, name);
}

// → more may be asked.
static bool learn(struct telnet *t, struct span name)
{
	struct telnet_about *a = telnet_about(t);
	uint64_t digest = span_digest(name);
	bool again = digest == a->last_type, first = a->asked == 1;
	a->last_type = digest;
	if (learn_mtts(t, name))
		return false;
	if (again && a->asked == 2)
		is_no_client(t, name);
	else if (!again && a->asked <= 2)
		telnet_know(t, first ? ABOUT_CLIENT : ABOUT_TYPE, name);
	// "ANSI" alone is the telnet of old Windows, which does not survive being asked again.
	return !again && !(first && span_is(name, "ANSI"));
}

static void on_sub(struct telnet *t, struct span says)
{
	struct telnet_about *a = telnet_about(t);
	if (!says.n || *span_take(&says, 1).p != IS || !(t->waits & 1u << TELNET_OPT_TTYPE))
		return;
	telnet_wait(t, TELNET_OPT_TTYPE, false);
	if (learn(t, says) && a->asked < ASKED_MAX)
		ask(t);
}

const struct telnet_option_kind telnet_TTYPE = {.on_him = on_him, .on_sub = on_sub};
