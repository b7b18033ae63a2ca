// SPDX-License-Identifier: MIT
// Rich text for pages, logs and chats.
#include "base/utf8.h"
#include "check.h"
#include "proto/json.h"
#include "proto/markup.h"

static const struct span attacks[] = {
#define ATTACK(text) {"" text, sizeof(text) - 1},
#include "markup_attacks.tbl"
};

typedef void (*render)(const struct rich *, struct buf *);

static void render_as(render how, enum dialect d, struct span text, struct buf *out)
{
	struct markup m = {.dialect = (uint8_t)d};
	struct rich r = {0};
	markup_read(&m, text, &r);
	markup_end(&m, &r);
	how(&r, out);
	assert_true(utf8_valid(buf_bytes(out)));
	rich_fini(&r);
}

static void check(render how, const char *evennia, const char *want)
{
	struct buf out = {0};
	render_as(how, DIALECT_EVENNIA, span_str(evennia), &out);
	check_text(buf_bytes(&out), want);
	buf_fini(&out);
}

static void html_has_classes_and_checked_colours(void **state)
{
	(void)state;
	check(render_html, "a<b>&\"'", "a&lt;b&gt;&amp;&quot;&#39;");
	check(render_html, "|rx|n.", "<span class=\"c9\">x</span>.");
	check(render_html, "|u|w|[Bx|n", "<span class=\"underline c15 b4\">x</span>");
	check(render_html, "|500x|[#0a0b0cy",
		"<span style=\"color:#ff0000\">x</span>"
		"<span style=\"color:#ff0000;background-color:#0a0b0c\">y</span>");
	check(render_html, "|i|500x", "<span class=\"italic\" style=\"color:#ff0000\">x</span>");
}

static void html_closes_everything_at_the_end_of_a_line(void **state)
{
	(void)state;
	check(render_html, "|ra|/|/b",
		"<span class=\"c9\">a</span>\n\n<span class=\"c9\">b</span>");
	check(render_html, "|lclook|ltx|/|ry|le.",
		"<button type=\"button\" class=\"cmd\" data-cmd=\"look\">x</button>\n"
		"<button type=\"button\" class=\"cmd\" data-cmd=\"look\"><span "
		"class=\"c9\">y</span>"
		"</button><span class=\"c9\">.</span>");
}

static void html_links_cannot_leave_their_quotes(void **state)
{
	(void)state;
	check(render_html, "|luhttps://a/?b&c|ltx|le",
		"<a class=\"link\" target=\"_blank\" rel=\"noopener noreferrer\" "
		"href=\"https://a/?b&amp;c\">x</a>");
	check(render_html, "|lc\"><script>|ltx|le",
		"<button type=\"button\" class=\"cmd\" data-cmd=\"&quot;&gt;&lt;script&gt;\">"
		"x</button>");
}

static void plain_text_says_where_links_lead(void **state)
{
	(void)state;
	check(render_plain, "|rx|n |lclook|lty|le |luhttp://a/|ltz|le.", "x y z (http://a/).");
	check(render_plain, "|luhttp://a/|lthttp://a/|le", "http://a/");
	check(render_plain, "a|luhttp://a/|lt|le", "a");
	check(render_plain,
		"a\xe2\x80\x8b\xe2\x80\xae"
		"b\n\tc\n",
		"ab\n\tc\n");
}

static void spans_are_lines_of_pieces(void **state)
{
	(void)state;
	check(render_spans, "", "[\"\"]");
	check(render_spans, "a\"b\n", "[\"a\\\"b\",\"\"]");
	check(render_spans, "a|rb|nc|/d|/|h|#010203e",
		"[[\"a\",{\"t\":\"b\",\"fg\":9},\"c\"],\"d\",[{\"t\":\"e\",\"fg\":\"#010203\","
		"\"a\":1}]]");
	check(render_spans, "|lclook|ltx|le |[Ry",
		"[[{\"t\":\"x\",\"l\":{\"cmd\":\"look\"}},\" \",{\"t\":\"y\",\"bg\":1}]]");
	check(render_spans, "|luhttp://a/|ltx|le",
		"[[{\"t\":\"x\",\"l\":{\"url\":\"http://a/\"}}]]");
}

static void check_spans_are_json(struct buf *out)
{
	struct arena arena = {0};
	struct value v;
	struct json_error error;
	assert_true(json_read(&arena, out->p, out->n, &v, &error));
	assert_int_equal(v.type, VALUE_ARRAY);
	assert_true(v.n > 0);
	arena_fini(&arena);
}

static void attacks_are_text_to_pages_and_logs(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(attacks); i++)
		for (int d = 0; d < DIALECT_COUNT; d++) {
			struct buf plain = {0}, spans = {0};
			render_as(render_plain, (enum dialect)d, attacks[i], &plain);
			for (size_t at = 0; at < plain.n; at++)
				assert_true(plain.p[at] < 0 || plain.p[at] == '\n' ||
					    plain.p[at] == '\t' ||
					    (plain.p[at] >= ' ' && plain.p[at] != 0x7f));
			render_as(render_spans, (enum dialect)d, attacks[i], &spans);
			check_spans_are_json(&spans);
			buf_fini(&plain);
			buf_fini(&spans);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(html_has_classes_and_checked_colours),
		TEST(html_closes_everything_at_the_end_of_a_line),
		TEST(html_links_cannot_leave_their_quotes),
		TEST(plain_text_says_where_links_lead),
		TEST(spans_are_lines_of_pieces),
		TEST(attacks_are_text_to_pages_and_logs),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
