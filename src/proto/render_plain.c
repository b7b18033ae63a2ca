// SPDX-License-Identifier: MIT
#include "proto/render_priv.h"

static void put_lines(struct span s, struct buf *out)
{
	while (s.n) {
		text_clean(span_take(&s, span_until(s, '\n').n), out);
		if (s.n) {
			buf_char(out, '\n');
			span_take(&s, 1);
		}
	}
}

// Where a link leads, when its text does not say so.
static void end_link(const struct rich *r, const struct rich_mark *m, size_t at, struct buf *out)
{
	if (!m || m->kind != RICH_URL || render_link_says_where(r, m, at))
		return;
	buf_lit(out, " (");
	buf_span(out, rich_data(r, m));
	buf_lit(out, ")");
}

void render_plain(const struct rich *r, struct buf *out)
{
	struct rich_walk w = {.rich = r};
	const struct rich_mark *m, *link = NULL;
	struct span text;
	for (;;) {
		if (!rich_next(&w, &m, &text)) {
			if (!text.n)
				break;
			put_lines(text, out);
		} else if (m->kind == RICH_COMMAND || m->kind == RICH_URL ||
			   m->kind == RICH_LINK_END) {
			end_link(r, link, m->at, out);
			link = m->kind == RICH_LINK_END ? NULL : m;
		}
	}
	end_link(r, link, r->text.n, out);
}
