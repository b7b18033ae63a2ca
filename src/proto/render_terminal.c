// SPDX-License-Identifier: MIT
// Rich text as terminals and MUD clients take it, in UTF-8: lines with CR LF, SGR, links, and no
// trigger of MSP but the game's.
#include "proto/cells.h"
#include "proto/render_priv.h"

struct writer {
	const struct rich *rich;
	const struct look *look;
	struct pen *pen;
	struct buf *out;
	struct style want;            // of the text at hand, as the look has it
	const struct rich_mark *link; // the text at hand is in it
	bool linked;                  // the client has been told
	bool rung;
};

static void set_style(struct writer *w, const struct style *to)
{
	style_put(w->look, &w->pen->style, to, w->out);
	w->pen->style = *to;
}

static void end_link(struct writer *w)
{
	if (!w->linked)
		return;
	render_link_end(w->look, w->link, w->out);
	w->pen->style.attributes &= (uint8_t) ~(w->look->links == LOOK_MSLP ? STYLE_UNDERLINE : 0);
	w->linked = false;
}

static void begin_link(struct writer *w)
{
	if (!w->link || w->linked || !render_link_has(w->look, w->link))
		return;
	set_style(w, &w->want);
	render_link_begin(w->look, w->rich, w->link, w->out);
	w->linked = true;
}

// What a client that knows MSP would play: a line that begins so, or may once more text has come.
static bool is_trigger(const char *p, size_t n)
{
	static const char words[2][9] = {"!!sound(", "!!music("};
	for (int word = 0; word < 2; word++) {
		size_t i = 0;
		while (i < n && i < 8 && ascii_lower(p[i]) == words[word][i])
			i++;
		if (i == 8 || i == n)
			return true;
	}
	return false;
}

// Triggers count in the first column only.
static void break_trigger(struct writer *w, size_t at)
{
	const struct buf *text = &w->rich->text;
	if (w->pen->column || text->p[at] != '!' || !is_trigger(text->p + at, text->n - at))
		return;
	buf_char(w->out, ' ');
	w->pen->column = 1;
}

// A client that has MXP reads tags whatever else its look is.
static void put_text(struct writer *w, struct span s)
{
	if (w->look->links == LOOK_MXP)
		put_entities(s, "&<>", w->out);
	else
		buf_span(w->out, s);
}

// Part of one line, at an offset of the text.
static void piece(struct writer *w, size_t at, size_t n)
{
	const struct buf *text = &w->rich->text;
	struct pen *pen = w->pen;
	struct span s = span_of(text->p + at, n);
	if (!n)
		return;
	begin_link(w);
	if (!style_eq(&pen->style, &w->want))
		set_style(w, &w->want);
	break_trigger(w, at);
	put_text(w, s);
	pen->column = (uint16_t)min_size(cells_behind(s, pen->column), UINT16_MAX);
}

static void newline(struct writer *w)
{
	struct style *s = &w->pen->style;
	end_link(w);
	// Clients paint the rest of the line, or the next one, in the background.
	if (s->bg.kind != COLOUR_DEFAULT || (s->attributes & STYLE_INVERSE))
		set_style(w, &(struct style){0});
	buf_lit(w->out, "\r\n");
	w->pen->column = 0;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

// Blanks from `at`, which are written when what follows fits on the line behind them.
static size_t wrap_blanks(struct writer *w, size_t at, size_t to)
{
	const struct buf *text = &w->rich->text;
	size_t end = at;
	while (end < to && is_blank(text->p[end]))
		end++;
	size_t word = end;
	while (word < text->n && !is_blank(text->p[word]) && text->p[word] != '\n')
		word++;
	size_t blank = cells_behind(span_of(text->p + at, end - at), w->pen->column);
	size_t whole = cells_behind(span_of(text->p + end, word - end), blank);
	if (whole > w->look->width && word > end && w->pen->column)
		newline(w);
	else if (blank <= w->look->width)
		piece(w, at, end - at);
	return end;
}

// A word, or what of it stands before the next mark; cut when no line is long enough.
static void wrap_word(struct writer *w, size_t at, size_t to)
{
	while (at < to) {
		break_trigger(w, at);
		struct span s = span_of(w->rich->text.p + at, to - at);
		size_t width = w->look->width, column = w->pen->column, cells;
		size_t n = cells_cut(s, width > column ? width - column : 0).n;
		if (!n && column) {
			newline(w);
			continue;
		}
		if (!n)
			n = cells_next(s, &cells);
		piece(w, at, n);
		at += n;
	}
}

static void line(struct writer *w, size_t at, size_t n)
{
	const char *p = w->rich->text.p;
	size_t to = at + n;
	if (!w->look->width) {
		piece(w, at, n);
		return;
	}
	while (at < to) {
		if (is_blank(p[at])) {
			at = wrap_blanks(w, at, to);
			continue;
		}
		size_t end = at;
		while (end < to && !is_blank(p[end]))
			end++;
		wrap_word(w, at, end);
		at = end;
	}
}

static void lines(struct writer *w, struct span text)
{
	size_t at = (size_t)(text.p - w->rich->text.p), to = at + text.n;
	while (at < to) {
		struct span one = span_until(span_of(w->rich->text.p + at, to - at), '\n');
		line(w, at, one.n);
		at += one.n;
		if (at < to) {
			newline(w);
			at++;
		}
	}
}

// A client without such links is to see where it leads, when the text does not say so.
static void leave_link(struct writer *w, size_t at)
{
	const struct rich_mark *m = w->link;
	end_link(w);
	w->link = NULL;
	if (!m || m->kind != RICH_URL || render_link_has(w->look, m) ||
		render_link_says_where(w->rich, m, at))
		return;
	struct span url = rich_data(w->rich, m);
	buf_lit(w->out, " (");
	put_text(w, url);
	buf_lit(w->out, ")");
	w->pen->column = (uint16_t)min_size(w->pen->column + url.n + 3, UINT16_MAX);
}

static void sound(struct writer *w, const struct rich_mark *m)
{
	if (!w->look->sounds || w->pen->column)
		return;
	buf_span(w->out, rich_data(w->rich, m));
	buf_lit(w->out, "\r\n");
}

static void mark(struct writer *w, const struct rich_mark *m)
{
	switch (m->kind) {
	case RICH_STYLE: w->want = style_for(w->look, &m->style); break;
	case RICH_COMMAND:
	case RICH_URL:
		leave_link(w, m->at);
		w->link = m;
		break;
	case RICH_LINK_END: leave_link(w, m->at); break;
	case RICH_SOUND: sound(w, m); break;
	case RICH_BELL:
		if (!w->rung) // one is enough for anybody
			buf_char(w->out, '\a');
		w->rung = true;
		break;
	}
}

void render_terminal(
	const struct rich *r, const struct look *look, struct pen *pen, bool reset, struct buf *out)
{
	struct writer w = {.rich = r, .look = look, .pen = pen, .out = out};
	struct rich_walk walk = {.rich = r};
	const struct rich_mark *m;
	struct span text;
	for (;;) {
		if (rich_next(&walk, &m, &text))
			mark(&w, m);
		else if (text.n)
			lines(&w, text);
		else
			break;
	}
	leave_link(&w, r->text.n);
	if (reset)
		w.want = (struct style){0};
	// What the player types stands in the style behind a prompt; between lines it can wait.
	if (pen->column || style_is_default(&w.want))
		set_style(&w, &w.want);
}
