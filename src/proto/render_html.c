// SPDX-License-Identifier: MIT
// HTML of games' text: span, a and button, with attributes of ours.  No game's byte stands outside of
// text or a quoted attribute, and nothing stays open at the end of a line.
#include "proto/render_priv.h"

struct page {
	const struct rich *rich;
	struct buf *out;
	struct style style;           // of the text at hand
	const struct rich_mark *link; // it is in
	bool in_span, in_link;
};

static void put_text(struct span s, struct buf *out)
{
	put_entities(s, "&<>\"'", out);
}

static void put_class(struct page *p, const char *name, bool *any)
{
	buf_str(p->out, *any ? " " : "<span class=\"");
	buf_str(p->out, name);
	*any = true;
}

static void put_colour_class(struct page *p, char which, const struct colour *c, bool *any)
{
	char name[] = {which, 0, 0, 0};
	if (c->kind != COLOUR_INDEX || c->r >= 16)
		return;
	name[1] = (char)(c->r >= 10 ? '1' : '0' + c->r);
	name[2] = (char)(c->r >= 10 ? '0' + c->r - 10 : 0);
	put_class(p, name, any);
}

// Colours that have no class.
static void put_colour(struct page *p, const char *property, const struct colour *c, bool *any)
{
	if (c->kind == COLOUR_DEFAULT || (c->kind == COLOUR_INDEX && c->r < 16))
		return;
	struct rgb rgb = colour_rgb(c);
	if (!*any)
		buf_lit(p->out, " style=\"");
	buf_printf(p->out, "%s%s:#%02x%02x%02x", *any ? ";" : "", property, rgb.r, rgb.g, rgb.b);
	*any = true;
}

static void begin_span(struct page *p)
{
	static const char *const names[8] = {
		"bold", "dim", "italic", "underline", "blink", "inverse", "conceal", "strike"};
	bool classes = false, styles = false;
	if (p->in_span || style_is_default(&p->style))
		return;
	for (unsigned bit = 0; bit < countof(names); bit++)
		if (p->style.attributes >> bit & 1)
			put_class(p, names[bit], &classes);
	put_colour_class(p, 'c', &p->style.fg, &classes);
	put_colour_class(p, 'b', &p->style.bg, &classes);
	buf_str(p->out, classes ? "\"" : "<span");
	put_colour(p, "color", &p->style.fg, &styles);
	put_colour(p, "background-color", &p->style.bg, &styles);
	buf_str(p->out, styles ? "\">" : ">");
	p->in_span = true;
}

static void end_span(struct page *p)
{
	if (p->in_span)
		buf_lit(p->out, "</span>");
	p->in_span = false;
}

static void begin_link(struct page *p)
{
	const struct rich_mark *m = p->link;
	if (p->in_link || !m)
		return;
	end_span(p);
	if (m->kind == RICH_URL)
		buf_lit(p->out,
			"<a class=\"link\" target=\"_blank\" rel=\"noopener noreferrer\" href=\"");
	else
		buf_lit(p->out, "<button type=\"button\" class=\"cmd\" data-cmd=\"");
	put_text(rich_data(p->rich, m), p->out);
	if (m->hint_n) {
		buf_lit(p->out, "\" title=\"");
		put_text(rich_hint(p->rich, m), p->out);
	}
	buf_lit(p->out, "\">");
	p->in_link = true;
}

static void end_link(struct page *p)
{
	if (!p->in_link)
		return;
	end_span(p);
	buf_str(p->out, p->link->kind == RICH_URL ? "</a>" : "</button>");
	p->in_link = false;
}

static void lines(struct page *p, struct span s)
{
	while (s.n) {
		struct span line = span_take(&s, span_until(s, '\n').n);
		if (line.n) {
			begin_link(p);
			begin_span(p);
			put_text(line, p->out);
		}
		if (s.n) {
			end_span(p);
			end_link(p);
			buf_char(p->out, '\n');
			span_take(&s, 1);
		}
	}
}

static void mark(struct page *p, const struct rich_mark *m)
{
	switch (m->kind) {
	case RICH_STYLE:
		end_span(p);
		p->style = m->style;
		break;
	case RICH_COMMAND:
	case RICH_URL:
	case RICH_LINK_END:
		end_link(p);
		end_span(p);
		p->link = m->kind == RICH_LINK_END ? NULL : m;
		break;
	}
}

void render_html(const struct rich *r, struct buf *out)
{
	struct page p = {.rich = r, .out = out};
	struct rich_walk w = {.rich = r};
	const struct rich_mark *m;
	struct span text;
	for (;;) {
		if (rich_next(&w, &m, &text))
			mark(&p, m);
		else if (text.n)
			lines(&p, text);
		else
			break;
	}
	end_span(&p);
	end_link(&p);
}
