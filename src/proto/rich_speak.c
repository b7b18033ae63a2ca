// SPDX-License-Identifier: MIT
// Text for screen readers, which say "dash dash dash" for what others see as a line.
#include "proto/render_priv.h"

enum { RULE_MIN = 4 }; // as many of one make a line; *** is a rating

// → bytes of the character of lines at the front, or 0.
static size_t drawn(const char *p, size_t n)
{
	if (p[0] && strchr("+-=~_*#", p[0]))
		return 1;
	// U+2500 to U+257F
	return n >= 3 && p[0] == '\xe2' && (p[1] == '\x94' || p[1] == '\x95') ? 3 : 0;
}

// Is all of the line at the front drawn?
static bool is_rule(const char *p, size_t n)
{
	size_t signs = 0;
	for (size_t i = 0; i < n && p[i] != '\n';) {
		size_t bytes = drawn(p + i, n - i);
		if (!bytes && p[i] != ' ' && p[i] != '|')
			return false;
		signs += bytes != 0;
		i += bytes ? bytes : 1;
	}
	return signs >= RULE_MIN;
}

// → bytes of so many of one character that they are a line, or 0.
static size_t repeated(const char *p, size_t n)
{
	size_t one = drawn(p, n), i = one;
	while (one && i + one <= n && memcmp(p, p + i, one) == 0)
		i += one;
	return one && i >= RULE_MIN * one ? i : 0;
}

static void copy_mark(const struct rich *r, const struct rich_mark *m, struct rich *out)
{
	if (m->kind != RICH_STYLE)
		rich_mark(out, (enum rich_kind)m->kind, rich_data(r, m), rich_hint(r, m));
}

void rich_speak(const struct rich *r, bool midline, struct rich *out)
{
	const char *p = r->text.p;
	size_t n = r->text.n, i = 0, from = 0, skip_to = 0;
	bool begins = !midline;
	uint32_t mark = 0;
	for (; i < n; i++) {
		for (; mark < r->n && r->marks[mark].at <= i; mark++) {
			rich_text(out, span_of(p + from, i > from ? i - from : 0));
			from = max_size(from, i);
			copy_mark(r, &r->marks[mark], out);
		}
		if (i < skip_to)
			continue;
		size_t rule = begins && is_rule(p + i, n - i)
				      ? span_until(span_of(p + i, n - i), '\n').n
				      : 0;
		size_t many = rule ? 0 : repeated(p + i, n - i);
		if (rule || many) {
			size_t kept = rule ? 0 : drawn(p + i, n - i);
			rich_text(out, span_of(p + from, i + kept - from));
			from = skip_to = i + (rule ? rule : many);
		}
		begins = p[i] == '\n';
	}
	if (n > from)
		rich_text(out, span_of(p + from, n - from));
	for (; mark < r->n; mark++)
		copy_mark(r, &r->marks[mark], out);
}
