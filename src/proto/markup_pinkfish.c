// SPDX-License-Identifier: MIT
// Pinkfish: names between %^ and %^, of LP MUDs.  Drivers split a text at %^, so a closing one opens
// the next name as well: %^BOLD%^RED%^.  %%^^ is %^ as text.
#include "proto/markup_priv.h"

enum { NAME_MAX_BYTES = 16 };
enum kind { FG, BG, ON, RESET, NOTHING };

static const struct {
	const char *name;
	uint8_t kind, value;
} names[] = {
	{"BLACK", FG, 0},
	{"RED", FG, 1},
	{"GREEN", FG, 2},
	{"ORANGE", FG, 3},
	{"BROWN", FG, 3},
	{"YELLOW", FG, 11},
	{"BLUE", FG, 4},
	{"MAGENTA", FG, 5},
	{"CYAN", FG, 6},
	{"WHITE", FG, 7},
	{"GREY", FG, 7},
	{"DARKGREY", FG, 8},
	{"B_BLACK", BG, 0},
	{"B_RED", BG, 1},
	{"B_GREEN", BG, 2},
	{"B_ORANGE", BG, 3},
	{"B_YELLOW", BG, 3},
	{"B_BLUE", BG, 4},
	{"B_MAGENTA", BG, 5},
	{"B_CYAN", BG, 6},
	{"B_WHITE", BG, 7},
	{"BOLD", ON, STYLE_BOLD},
	{"DIM", ON, STYLE_DIM},
	{"FLASH", ON, STYLE_BLINK},
	{"REVERSE", ON, STYLE_INVERSE},
	{"UNDERLINE", ON, STYLE_UNDERLINE},
	{"ITALIC", ON, STYLE_ITALIC},
	{"ITALICS", ON, STYLE_ITALIC},
	{"STRIKETHRU", ON, STYLE_STRIKE},
	{"RESET", RESET, 0},
	{"DEFAULT", RESET, 0},
	// These move the cursor, or divide the screen.
	{"CLEARLINE", NOTHING, 0},
	{"STATUS", NOTHING, 0},
	{"WINDOW", NOTHING, 0},
	{"INITTERM", NOTHING, 0},
	{"ENDTERM", NOTHING, 0},
};

static int find(struct span name)
{
	for (size_t i = 0; i < countof(names); i++)
		if (span_is(name, names[i].name))
			return (int)i;
	return -1;
}

static void apply(struct markup *m, int which, struct rich *out)
{
	uint8_t value = names[which].value;
	switch ((enum kind)names[which].kind) {
	case FG: markup_fg(m, value, out); break;
	case BG: markup_bg(m, value, out); break;
	case ON: markup_attribute(m, value, out); break;
	case RESET: markup_reset(m, out); break;
	case NOTHING: break;
	}
}

static bool in_name(char c)
{
	return (c >= 'A' && c <= 'Z') || c == '_';
}

static size_t code(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, NAME_MAX_BYTES + 4), i = 2;
	bool more = s.n < NAME_MAX_BYTES + 4 && !whole;
	if (span_starts(s, SPAN("%%^^"))) {
		markup_text(m, SPAN("%^"), out);
		return 4;
	}
	if (more && (span_starts(SPAN("%%^^"), s) || span_starts(SPAN("%^"), s)))
		return 0;
	if (!span_starts(s, SPAN("%^"))) {
		markup_text(m, SPAN("%"), out);
		return 1;
	}
	while (i < n && in_name(s.p[i]))
		i++;
	if (more && (i == n || (i + 1 == n && s.p[i] == '%')))
		return 0;
	bool closed = i + 1 < n && s.p[i] == '%' && s.p[i + 1] == '^';
	int which = closed ? find(span_of(s.p + 2, i - 2)) : -1;
	if (which < 0)
		return 2;
	apply(m, which, out);
	return i; // what closes it may open another
}

// A text that is a name as a whole would be one between the game's own codes.
static void escape(struct span s, struct buf *out)
{
	if (find(s) >= 0) {
		buf_char(out, s.p[0]);
		buf_lit(out, MARKUP_NOTHING);
		span_take(&s, 1);
	}
	while (s.n) {
		if (span_starts(s, SPAN("%^"))) {
			buf_lit(out, "%%^^");
			span_take(&s, 2);
		} else {
			buf_char(out, span_take(&s, 1).p[0]);
		}
	}
}

const struct dialect_kind dialect_pinkfish = {
	.word = "pinkfish", .leads = "%", .escapes = true, .code = code, .escape = escape};
