// SPDX-License-Identifier: MIT
// Links of terminals: MXP 1.0 (<SEND>, <A>, in temporary secure mode, tag by tag), the MUD Standard
// Link Protocol (OSC 68), and OSC 8 of terminal emulators.
#include "proto/render_priv.h"

#define SECURE "\x1b[4z" // of the next tag only

bool render_link_has(const struct look *look, const struct rich_mark *m)
{
	if (look->reader)
		return false;
	switch (look->links) {
	case LOOK_MXP: return true;
	case LOOK_MSLP: return m->kind == RICH_COMMAND;
	case LOOK_OSC8: return m->kind == RICH_URL;
	default: return false;
	}
}

static void mxp_begin(const struct rich *r, const struct rich_mark *m, struct buf *out)
{
	buf_str(out, m->kind == RICH_URL ? SECURE "<A HREF=\"" : SECURE "<SEND HREF=\"");
	put_entities(rich_data(r, m), "&<>\"", out);
	if (m->hint_n) {
		buf_lit(out, "\" HINT=\"");
		put_entities(rich_hint(r, m), "&<>\"", out);
	}
	buf_lit(out, "\">");
}

void render_link_begin(
	const struct look *look, const struct rich *r, const struct rich_mark *m, struct buf *out)
{
	if (look->links == LOOK_MXP) {
		mxp_begin(r, m, out);
		return;
	}
	buf_str(out, look->links == LOOK_MSLP ? "\x1b]68;1;SEND;" : "\x1b]8;;");
	buf_span(out, rich_data(r, m));
	buf_str(out, look->links == LOOK_MSLP ? "\a\x1b[4m" : "\x1b\\");
}

void render_link_end(const struct look *look, const struct rich_mark *m, struct buf *out)
{
	if (look->links == LOOK_MXP)
		buf_str(out, m->kind == RICH_URL ? SECURE "</A>" : SECURE "</SEND>");
	else
		buf_str(out, look->links == LOOK_MSLP ? "\x1b[24m" : "\x1b]8;;\x1b\\");
}

bool render_link_says_where(const struct rich *r, const struct rich_mark *m, size_t end)
{
	size_t n = end - m->at;
	return !n || span_eq(rich_data(r, m), span_of(r->text.p + m->at, n));
}
