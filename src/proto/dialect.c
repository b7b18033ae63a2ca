// SPDX-License-Identifier: MIT
// Dialects: all there are, and what their files share.
#include "proto/markup_priv.h"

const struct dialect_kind *const dialect_kinds[DIALECT_COUNT] = {
#define DIALECT(id, word, help) &dialect_##word,
#include "tables/dialects.tbl"
};

const char *dialect_word(enum dialect d)
{
	ensure(d < DIALECT_COUNT);
	return dialect_kinds[d]->word;
}

bool dialect_find(struct span word, enum dialect *out)
{
	for (size_t i = 0; i < DIALECT_COUNT; i++)
		if (span_is(word, dialect_kinds[i]->word)) {
			*out = (enum dialect)i;
			return true;
		}
	return false;
}

// --- what codes do ---

void markup_reset(struct markup *m, struct rich *out)
{
	m->style = (struct style){0};
	rich_style(out, &m->style);
}

void markup_fg(struct markup *m, uint8_t index, struct rich *out)
{
	m->style.fg = (struct colour){COLOUR_INDEX, index, 0, 0};
	rich_style(out, &m->style);
}

void markup_bg(struct markup *m, uint8_t index, struct rich *out)
{
	m->style.bg = (struct colour){COLOUR_INDEX, index, 0, 0};
	rich_style(out, &m->style);
}

void markup_attribute(struct markup *m, unsigned bit, struct rich *out)
{
	m->style.attributes |= (uint8_t)bit;
	rich_style(out, &m->style);
}

int markup_letter(char c)
{
	static const char letters[] = "krgybmcw";
	c = ascii_lower(c);
	const char *found = c ? strchr(letters, c == 'x' ? 'k' : c) : NULL;
	return found ? (int)(found - letters) : -1;
}

static bool is_url(struct span s)
{
	if (!span_caseeq(span_of(s.p, min_size(s.n, 7)), SPAN("http://")) &&
		!span_caseeq(span_of(s.p, min_size(s.n, 8)), SPAN("https://")))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 0x7f || strchr("\"'<>`\\", s.p[i]))
			return false;
	return true;
}

void markup_link(struct markup *m, enum rich_kind kind, struct span raw, struct rich *out)
{
	struct buf clean = {0};
	markup_link_end(m, out);
	text_clean(raw, &clean);
	struct span data = span_trim(buf_bytes(&clean));
	if (data.n && (kind == RICH_COMMAND || is_url(data))) {
		rich_mark(out, kind, data, SPAN(""));
		m->link = true;
	}
	buf_fini(&clean);
}

void markup_link_end(struct markup *m, struct rich *out)
{
	if (m->link)
		rich_mark(out, RICH_LINK_END, SPAN(""), SPAN(""));
	m->link = false;
}

// --- players' text ---

void markup_escape_doubling(const char *leads, struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		if (strchr(leads, s.p[i]))
			buf_char(out, s.p[i]);
		buf_char(out, s.p[i]);
	}
}

// A game's line may begin with it.
static void break_sounds(struct span s, struct buf *out)
{
	for (size_t i = 0; i < s.n; i++) {
		buf_char(out, s.p[i]);
		if (i + 1 < s.n && s.p[i] == '!' && s.p[i + 1] == '!')
			buf_lit(out, MARKUP_NOTHING);
	}
}

void markup_escape(enum dialect d, struct span s, struct buf *out)
{
	struct buf clean = {0}, escaped = {0};
	ensure(d < DIALECT_COUNT);
	text_clean(s, &clean);
	dialect_kinds[d]->escape(buf_bytes(&clean), &escaped);
	break_sounds(buf_bytes(&escaped), out);
	buf_fini(&clean);
	buf_fini(&escaped);
}
