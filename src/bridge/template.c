// SPDX-License-Identifier: MIT
#include "bridge/template.h"

static const char *const words[BRIDGE_PLACES] = {
	"name", "user", "mud", "channel", "server", "text"};

// What comes next: a byte as it is, or a place.
struct piece {
	char byte;
	int place;        // -1: the byte
	struct span word; // in braces
	bool wrong;       // a brace alone
};

static int place_of(struct span word)
{
	for (int i = 0; i < BRIDGE_PLACES; i++)
		if (span_is(word, words[i]))
			return i;
	return -1;
}

static struct piece next(struct span *t)
{
	struct piece p = {.byte = *span_take(t, 1).p, .place = -1};
	if (p.byte != '{' && p.byte != '}')
		return p;
	if (t->n && t->p[0] == p.byte) {
		span_take(t, 1);
		return p;
	}
	p.word = span_until(*t, '}');
	p.wrong = p.byte == '}' || p.word.n == t->n;
	if (p.wrong)
		return p;
	p.place = place_of(p.word);
	span_take(t, p.word.n + 1);
	return p;
}

static void put_allowed(struct buf *why, unsigned may)
{
	const char *before = "; there are ";
	for (int i = 0; i < BRIDGE_PLACES; i++)
		if (may >> i & 1) {
			buf_printf(why, "%s{%s}", before, words[i]);
			before = ", ";
		}
}

bool bridge_template_check(struct span t, unsigned may, enum bridge_place must, struct buf *why)
{
	unsigned has = 0;
	while (t.n) {
		struct piece p = next(&t);
		if (p.wrong) {
			buf_lit(why, "a brace stands alone; {{ and }} are braces");
			return false;
		}
		if (p.place >= 0 && may >> p.place & 1) {
			has |= 1u << p.place;
		} else if (p.word.n || p.place >= 0) {
			buf_printf(why, "{%.*s} is unknown here", (int)p.word.n, p.word.p);
			put_allowed(why, may);
			return false;
		} else if (p.word.p) {
			buf_lit(why, "{} names nothing");
			put_allowed(why, may);
			return false;
		}
	}
	if (has >> must & 1)
		return true;
	buf_printf(why, "{%s} must be in it", words[must]);
	return false;
}

struct span bridge_template_fill(struct arena *a, struct span t, const struct bridge_values *v)
{
	struct buf out = {0};
	while (t.n) {
		struct piece p = next(&t);
		if (p.place >= 0)
			buf_span(&out, v->of[p.place]);
		else
			buf_char(&out, p.byte);
	}
	struct span filled = arena_span(a, buf_bytes(&out));
	buf_fini(&out);
	return filled;
}
