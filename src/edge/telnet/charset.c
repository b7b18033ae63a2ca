// SPDX-License-Identifier: MIT
// CHARSET (RFC 2066).  Who has received DO may send REQUEST; half of the world has that the wrong way
// round, so a client's request is answered whoever offered.  When both ask at once ours counts.
#include "edge/telnet_priv.h"

enum { REQUEST = 1, ACCEPTED, REJECTED, TTABLE_IS, TTABLE_REJECTED };

static void say(struct telnet *t, uint8_t what, struct span name)
{
	struct buf b = {0};
	buf_char(&b, (char)what);
	buf_span(&b, name);
	telnet_sub(t, TELNET_OPT_CHARSET, buf_bytes(&b));
	buf_fini(&b);
}

static void on_us(struct telnet *t, bool on)
{
	telnet_wait(t, TELNET_OPT_CHARSET, on);
	if (on)
		say(t, REQUEST, SPAN(";UTF-8;ISO-8859-1"));
}

// The best of a list that begins with what separates it: UTF-8, or the first we know.
static struct span choose(struct span list)
{
	struct span best = {0};
	if (!list.n)
		return best;
	char separator = *span_take(&list, 1).p;
	while (list.n) {
		struct span name = span_until(list, separator);
		enum charset set;
		span_take(&list, min_size(name.n + 1, list.n));
		if (!charset_find(name, &set))
			continue;
		if (set == CHARSET_UTF8)
			return name;
		if (!best.n)
			best = name;
	}
	return best;
}

static void answer(struct telnet *t, struct span list)
{
	if (span_starts(list, SPAN("[TTABLE]"))) // and a byte of its version
		span_take(&list, min_size(sizeof "[TTABLE]", list.n));
	struct span name = choose(list);
	bool ours = t->waits & 1u << TELNET_OPT_CHARSET;
	telnet_spend(t);
	if (ours || !name.n) {
		say(t, REJECTED, (struct span){0});
		return;
	}
	say(t, ACCEPTED, name);
	telnet_know_charset(t, FROM_CHARSET, name);
}

static void on_sub(struct telnet *t, struct span says)
{
	if (!says.n)
		return;
	switch (*span_take(&says, 1).p) {
	case REQUEST: answer(t, says); return;
	case ACCEPTED:
		if (t->waits & 1u << TELNET_OPT_CHARSET)
			telnet_know_charset(t, FROM_CHARSET, says);
		break;
	case TTABLE_IS:
		telnet_spend(t);
		say(t, TTABLE_REJECTED, (struct span){0});
		break;
	default: break;
	}
	telnet_wait(t, TELNET_OPT_CHARSET, false);
}

const struct telnet_option_kind telnet_CHARSET = {.on_us = on_us, .on_sub = on_sub};
