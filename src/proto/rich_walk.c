// SPDX-License-Identifier: MIT
// Walking over rich text, and putting it into the letters of a character set.
#include "proto/render_priv.h"

bool rich_next(struct rich_walk *w, const struct rich_mark **mark, struct span *text)
{
	const struct rich *r = w->rich;
	bool more = w->mark < r->n;
	if (more && r->marks[w->mark].at <= w->at) {
		*mark = &r->marks[w->mark++];
		return true;
	}
	size_t to = more ? min_size(r->marks[w->mark].at, r->text.n) : r->text.n;
	*text = span_of(r->text.n ? r->text.p + w->at : "", to - w->at);
	w->at = to;
	return false;
}

void rich_fit(const struct rich *r, uint8_t charset, struct rich *out)
{
	struct rich_walk w = {.rich = r};
	struct buf data = {0}, hint = {0};
	const struct rich_mark *mark;
	struct span text;
	for (;;) {
		if (!rich_next(&w, &mark, &text)) {
			if (!text.n)
				break;
			charset_fit((enum charset)charset, text, &out->text);
			continue;
		}
		if (mark->kind == RICH_STYLE) {
			rich_style(out, &mark->style);
			continue;
		}
		buf_clear(&data);
		buf_clear(&hint);
		charset_fit((enum charset)charset, rich_data(r, mark), &data);
		charset_fit((enum charset)charset, rich_hint(r, mark), &hint);
		rich_mark(out, (enum rich_kind)mark->kind, buf_bytes(&data), buf_bytes(&hint));
	}
	buf_fini(&data);
	buf_fini(&hint);
}

static const char *entity(char c)
{
	switch (c) {
	case '&': return "&amp;";
	case '<': return "&lt;";
	case '>': return "&gt;";
	case '"': return "&quot;";
	default: return "&#39;";
	}
}

void put_entities(struct span s, const char *which, struct buf *out)
{
	size_t from = 0;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] > '>' || !s.p[i] || !strchr(which, s.p[i]))
			continue;
		buf_put(out, s.p + from, i - from);
		buf_str(out, entity(s.p[i]));
		from = i + 1;
	}
	buf_put(out, s.p + from, s.n - from);
}
