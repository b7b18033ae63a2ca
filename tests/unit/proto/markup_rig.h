// SPDX-License-Identifier: MIT
// Rich text as one line for tests: <style>, [cmd|…], [url|…], [/], [bell], [sound|…].
#pragma once
#include "base/utf8.h"
#include "check.h"
#include "proto/markup.h"

static inline void put_colour_name(struct buf *out, char which, const struct colour *c)
{
	if (c->kind == COLOUR_INDEX)
		buf_printf(out, "%c%u", which, c->r);
	else if (c->kind == COLOUR_RGB)
		buf_printf(out, "%c#%02x%02x%02x", which, c->r, c->g, c->b);
}

static inline void put_mark_name(struct buf *out, const struct rich *r, const struct rich_mark *m)
{
	static const char letters[] = "bdiuknhs"; // by attribute
	struct span data = rich_data(r, m);
	switch (m->kind) {
	case RICH_STYLE:
		buf_char(out, '<');
		put_colour_name(out, 'f', &m->style.fg);
		put_colour_name(out, 'b', &m->style.bg);
		if (m->style.attributes)
			buf_char(out, '+');
		for (int i = 0; i < 8; i++)
			if (m->style.attributes >> i & 1)
				buf_char(out, letters[i]);
		buf_char(out, '>');
		break;
	case RICH_COMMAND: buf_printf(out, "[cmd|%.*s]", (int)data.n, data.p); break;
	case RICH_URL: buf_printf(out, "[url|%.*s]", (int)data.n, data.p); break;
	case RICH_LINK_END: buf_lit(out, "[/]"); break;
	case RICH_BELL: buf_lit(out, "[bell]"); break;
	case RICH_SOUND: buf_printf(out, "[sound|%.*s]", (int)data.n, data.p); break;
	}
}

static inline void rich_describe(const struct rich *r, struct buf *out)
{
	size_t at = 0;
	for (uint32_t i = 0; i < r->n; i++) {
		assert_true(r->marks[i].at >= at && r->marks[i].at <= r->text.n);
		buf_put(out, r->text.p + at, r->marks[i].at - at);
		at = r->marks[i].at;
		put_mark_name(out, r, &r->marks[i]);
	}
	if (r->text.n > at)
		buf_put(out, r->text.p + at, r->text.n - at);
}

// Valid, and no control but TAB and LF.
static inline void check_clean(const struct rich *r)
{
	struct span s = buf_bytes(&r->text);
	assert_true(utf8_valid(s));
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		assert_true(c == '\t' || c == '\n' || (c >= ' ' && c != 0x7f));
		assert_false(c == 0xc2 && (uint8_t)s.p[i + 1] < 0xa0);
	}
}
