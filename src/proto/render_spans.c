// SPDX-License-Identifier: MIT
// Rich text as JSON, for pages that draw it themselves.
#include "proto/json.h"
#include "proto/render_priv.h"

struct list {
	const struct rich *rich;
	struct buf *out;
	struct style style;
	const struct rich_mark *link;
	struct span before; // plain text of this line that is not written yet
	uint32_t n;         // pieces of this line that are
};

static void put_colour(const char *key, const struct colour *c, struct buf *out)
{
	if (c->kind == COLOUR_INDEX)
		buf_printf(out, ",\"%s\":%u", key, c->r);
	else if (c->kind == COLOUR_RGB)
		buf_printf(out, ",\"%s\":\"#%02x%02x%02x\"", key, c->r, c->g, c->b);
}

static void put_link(const struct list *l, struct buf *out)
{
	const struct rich_mark *m = l->link;
	buf_str(out, m->kind == RICH_URL ? ",\"l\":{\"url\":" : ",\"l\":{\"cmd\":");
	json_put_text(out, rich_data(l->rich, m));
	if (m->hint_n) {
		buf_lit(out, ",\"hint\":");
		json_put_text(out, rich_hint(l->rich, m));
	}
	buf_char(out, '}');
}

static void begin_piece(struct list *l)
{
	buf_char(l->out, l->n++ ? ',' : '[');
}

static void flush(struct list *l)
{
	if (!l->before.n)
		return;
	begin_piece(l);
	json_put_text(l->out, l->before);
	l->before.n = 0;
}

static void piece(struct list *l, struct span s)
{
	if (!s.n)
		return;
	if (!l->link && style_is_default(&l->style)) {
		// What stands beside it is plain as well, but for marks that are nothing here.
		l->before = l->before.n ? span_of(l->before.p, l->before.n + s.n) : s;
		return;
	}
	flush(l);
	begin_piece(l);
	buf_lit(l->out, "{\"t\":");
	json_put_text(l->out, s);
	put_colour("fg", &l->style.fg, l->out);
	put_colour("bg", &l->style.bg, l->out);
	if (l->style.attributes)
		buf_printf(l->out, ",\"a\":%u", l->style.attributes);
	if (l->link)
		put_link(l, l->out);
	buf_char(l->out, '}');
}

static void end_line(struct list *l)
{
	if (l->n) {
		flush(l);
		buf_char(l->out, ']');
	} else {
		json_put_text(l->out, l->before);
	}
	l->before.n = 0;
	l->n = 0;
}

static void lines(struct list *l, struct span s)
{
	while (s.n) {
		piece(l, span_take(&s, span_until(s, '\n').n));
		if (s.n) {
			end_line(l);
			buf_char(l->out, ',');
			span_take(&s, 1);
		}
	}
}

void render_spans(const struct rich *r, struct buf *out)
{
	struct list l = {.rich = r, .out = out, .before = SPAN("")};
	struct rich_walk w = {.rich = r};
	const struct rich_mark *m;
	struct span text;
	buf_char(out, '[');
	for (;;) {
		if (!rich_next(&w, &m, &text)) {
			if (!text.n)
				break;
			lines(&l, text);
		} else if (m->kind == RICH_STYLE) {
			l.style = m->style;
		} else if (m->kind == RICH_COMMAND || m->kind == RICH_URL) {
			l.link = m;
		} else if (m->kind == RICH_LINK_END) {
			l.link = NULL;
		}
	}
	end_line(&l);
	buf_char(out, ']');
}
