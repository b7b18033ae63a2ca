// SPDX-License-Identifier: MIT
// ROM (Lope's colour): { and a letter; capitals are the bright ones.
#include "proto/markup_priv.h"

static void apply(struct markup *m, char c, struct rich *out)
{
	switch (c) {
	case 'x': markup_reset(m, out); return;
	case 'D': markup_fg(m, 8, out); return;
	case '*': rich_mark(out, RICH_BELL, SPAN(""), SPAN("")); return;
	case '/': markup_text(m, SPAN("\n"), out); return;
	case '-': markup_text(m, SPAN("~"), out); return;
	case '{': markup_text(m, SPAN("{"), out); return;
	}
	markup_fg(m, (uint8_t)(markup_letter(c) + (c < 'a' ? 8 : 0)), out);
}

static size_t code(struct markup *m, struct span s, bool whole, struct rich *out)
{
	if (s.n < 2 && !whole)
		return 0;
	if (s.n >= 2 && s.p[1] && strchr("xD*/-{rgybmcwRGYBMCW", s.p[1])) {
		apply(m, s.p[1], out);
		return 2;
	}
	markup_text(m, SPAN("{"), out);
	return 1;
}

static void escape(struct span clean, struct buf *out)
{
	markup_escape_doubling("{", clean, out);
}

const struct dialect_kind dialect_rom = {
	.word = "rom", .leads = "{", .escapes = true, .code = code, .escape = escape};
