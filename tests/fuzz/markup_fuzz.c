// SPDX-License-Identifier: MIT
// A byte of dialect, one of look, one that says where to cut, then a stream: whole or cut it is read as
// the same rich text, which is valid and has no controls; every look gets bytes without escape
// sequences but SGR and the gate's tags; and what a player says is shown as it was said.
#include "base/utf8.h"
#include "proto/markup.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_text(struct span s)
{
	ensure(utf8_valid(s));
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		ensure(c == '\t' || c == '\n' || (c >= ' ' && c != 0x7f));
		ensure(c != 0xc2 || (uint8_t)s.p[i + 1] >= 0xa0);
	}
}

static void check_same(const struct rich *a, const struct rich *b)
{
	ensure(span_eq(buf_bytes(&a->text), buf_bytes(&b->text)));
	ensure(a->n == b->n);
	for (uint32_t i = 0; i < a->n; i++) {
		const struct rich_mark *x = &a->marks[i], *y = &b->marks[i];
		ensure(x->at == y->at && x->kind == y->kind && style_eq(&x->style, &y->style));
		ensure(span_eq(rich_data(a, x), rich_data(b, y)));
		ensure(x->at <= a->text.n && (!i || x->at >= a->marks[i - 1].at));
	}
}

static void read_in(struct markup *m, struct span s, size_t step, struct rich *r)
{
	while (s.n)
		markup_read(m, span_take(&s, min_size(s.n, step)), r);
	markup_end(m, r);
}

// Flushed at any place, it is still clean.
static void check_flush(struct markup m, struct span s, size_t step)
{
	struct rich r = {0};
	while (s.n) {
		markup_read(&m, span_take(&s, min_size(s.n, step)), &r);
		markup_flush(&m, &r);
	}
	markup_end(&m, &r);
	check_text(buf_bytes(&r.text));
	rich_fini(&r);
}

// In MXP's open mode a tag of nobody's making would count: ours stand behind ESC [4z.
static bool is_tag(struct span s, size_t at)
{
	return at >= 4 && memcmp(s.p + at - 4, "\x1b[4z", 4) == 0;
}

// ESC begins SGR or what the look's links are made of.
static void check_bytes(struct span s, const struct look *look)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		ensure(c >= ' ' || c == '\r' || c == '\n' || c == '\t' || c == '\a' || c == 0x1b);
		ensure(c != 0x7f && (c != 0xff || look->charset != CHARSET_UTF8));
		ensure(c != '<' || look->links != LOOK_MXP || is_tag(s, i));
		if (c != 0x1b)
			continue;
		ensure(!look->reader && i + 1 < s.n);
		if (s.p[i + 1] != '[') {
			ensure(look->links == LOOK_MSLP || look->links == LOOK_OSC8);
			continue;
		}
		for (i += 2; i < s.n && (s.p[i] == ';' || (s.p[i] >= '0' && s.p[i] <= '9'));)
			i++;
		ensure(i < s.n && (s.p[i] == 'm' || (s.p[i] == 'z' && look->links == LOOK_MXP)));
	}
}

static void check_looks(const struct rich *r, uint8_t which)
{
	struct look look = {.colours = which & 3,
		.links = which >> 2 & 3,
		.charset = (which >> 4) % CHARSET_COUNT,
		.reader = (which & 0xc3) == 0xc3,
		.bright = which & 4,
		.width = which & 8 ? which & 0x1f : 0};
	struct pen pen = {0};
	struct buf out = {0};
	render_telnet(r, &look, &pen, true, &out);
	check_bytes(buf_bytes(&out), &look);
	ensure(style_eq(&pen.style, &(struct style){0}));
	buf_clear(&out);
	render_plain(r, &out);
	check_text(buf_bytes(&out));
	buf_clear(&out);
	render_html(r, &out);
	check_text(buf_bytes(&out));
	buf_clear(&out);
	render_spans(r, &out);
	check_text(buf_bytes(&out));
	buf_fini(&out);
}

static void check_escape(enum dialect d, struct span said)
{
	struct markup m = {.dialect = (uint8_t)d, .sounds = true};
	struct buf clean = {0}, escaped = {0};
	struct rich r = {0};
	text_clean(said, &clean);
	check_text(buf_bytes(&clean));
	markup_escape(d, said, &escaped);
	read_in(&m, buf_bytes(&escaped), SIZE_MAX, &r);
	ensure(span_eq(buf_bytes(&r.text), buf_bytes(&clean)) && r.n == 0);
	rich_fini(&r);
	buf_fini(&clean);
	buf_fini(&escaped);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	if (n < 3)
		return 0;
	enum dialect d = (enum dialect)(data[0] % DIALECT_COUNT);
	struct markup whole = {.dialect = (uint8_t)d, .sounds = data[0] & 0x80}, cut = whole;
	struct span s = span_of(data + 3, n - 3);
	struct rich a = {0}, b = {0};
	check_flush(whole, s, data[2] % 16 + 1U);
	read_in(&whole, s, SIZE_MAX, &a);
	read_in(&cut, s, data[2] % 16 + 1U, &b);
	check_text(buf_bytes(&a.text));
	check_same(&a, &b);
	check_looks(&a, data[1]);
	check_escape(d, s);
	rich_fini(&a);
	rich_fini(&b);
	return 0;
}
