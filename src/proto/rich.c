// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "proto/markup.h"
#include <stdlib.h>

enum { FIRST_MARKS = 16 };

void rich_clear(struct rich *r)
{
	buf_clear(&r->text);
	buf_clear(&r->data);
	r->n = 0;
	r->style = (struct style){0};
}

void rich_fini(struct rich *r)
{
	buf_fini(&r->text);
	buf_fini(&r->data);
	free(r->marks);
	*r = (struct rich){0};
}

void rich_text(struct rich *r, struct span utf8)
{
	buf_span(&r->text, utf8);
}

static struct rich_mark *append(struct rich *r, enum rich_kind kind)
{
	if (r->n == r->cap) {
		r->cap = r->cap ? 2 * r->cap : FIRST_MARKS;
		r->marks = mem_grow(r->marks, r->cap, sizeof *r->marks);
	}
	struct rich_mark *m = &r->marks[r->n++];
	*m = (struct rich_mark){.at = (uint32_t)r->text.n, .kind = (uint8_t)kind};
	return m;
}

void rich_style(struct rich *r, const struct style *style)
{
	if (style_eq(style, &r->style))
		return;
	struct rich_mark *last = r->n ? &r->marks[r->n - 1] : NULL;
	if (!last || last->kind != RICH_STYLE || last->at != r->text.n)
		last = append(r, RICH_STYLE);
	last->style = r->style = *style;
}

static uint32_t keep(struct rich *r, struct span s)
{
	uint32_t at = (uint32_t)r->data.n;
	buf_span(&r->data, s);
	return at;
}

void rich_mark(struct rich *r, enum rich_kind kind, struct span data, struct span hint)
{
	ensure(kind != RICH_STYLE);
	uint32_t at = keep(r, data), hint_at = keep(r, hint);
	if (r->data.failed) // 16 MB of links: what is there has offsets that stay right
		return;
	struct rich_mark *m = append(r, kind);
	m->data = at;
	m->data_n = (uint32_t)data.n;
	m->hint = hint_at;
	m->hint_n = (uint32_t)hint.n;
}
