// SPDX-License-Identifier: MIT
#include "base/utf8.h"
#include "check.h"
#include "proto/charset.h"

static void names_are_found_in_any_spelling(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum charset is;
	} known[] = {{"UTF-8", CHARSET_UTF8}, {"utf8", CHARSET_UTF8}, {"US-ASCII", CHARSET_ASCII},
		{"ascii", CHARSET_ASCII}, {"iso8859-1", CHARSET_LATIN1}, {"latin1", CHARSET_LATIN1},
		{"ISO_8859-15", CHARSET_LATIN9}, {"cp1252", CHARSET_CP1252},
		{"windows-1251", CHARSET_CP1251}, {"ibm437", CHARSET_CP437},
		{"CP437", CHARSET_CP437}, {"koi8-r", CHARSET_KOI8R}, {"latin-2", CHARSET_LATIN2}};
	enum charset found;
	for (size_t i = 0; i < countof(known); i++) {
		assert_true(charset_find(span_str(known[i].name), &found));
		assert_int_equal(found, known[i].is);
	}
	for (int set = 0; set < CHARSET_COUNT; set++) {
		assert_true(charset_find(span_str(charset_name((enum charset)set)), &found));
		assert_int_equal(found, set);
	}
	assert_false(charset_find(SPAN("utf-16"), &found));
	assert_false(charset_find(SPAN(""), &found));
	assert_false(charset_find(SPAN("latin"), &found));
}

static void every_character_of_a_set_comes_back_as_its_byte(void **state)
{
	(void)state;
	for (int set = CHARSET_ASCII; set < CHARSET_COUNT; set++)
		for (int byte = 0; byte < 256; byte++) {
			struct charset_in in = {.is = (uint8_t)set};
			struct buf text = {0}, back = {0};
			char c = (char)byte;
			charset_read(&in, span_of(&c, 1), &text);
			bool has = !span_eq(buf_bytes(&text), SPAN("\xef\xbf\xbd"));
			if (set == CHARSET_LATIN1 && byte >= 0x80 && byte < 0xa0)
				has = false; // read as windows-1252
			charset_write((enum charset)set, buf_bytes(&text), &back);
			if (has)
				check_bytes(buf_bytes(&back), span_of(&c, 1));
			buf_fini(&text);
			buf_fini(&back);
		}
}

static void check_read(struct charset_in in, struct span bytes, const char *want)
{
	for (size_t cut = 0; cut <= bytes.n; cut++) {
		struct charset_in each = in;
		struct buf out = {0};
		charset_read(&each, span_of(bytes.p, cut), &out);
		charset_read(&each, span_of(bytes.p + cut, bytes.n - cut), &out);
		check_text(buf_bytes(&out), want);
		buf_fini(&out);
	}
}

static void known_bytes_are_read_as_the_standards_say(void **state)
{
	(void)state;
	check_read((struct charset_in){.is = CHARSET_CP437}, SPAN("\xc9\xcd\x9b\xe1"), "╔═¢ß");
	check_read((struct charset_in){.is = CHARSET_KOI8R}, SPAN("\xf0\xd2\xc9"), "При");
	check_read((struct charset_in){.is = CHARSET_CP1251}, SPAN("\xcf\xf0\xe8\xff"), "Прия");
	check_read((struct charset_in){.is = CHARSET_CP1252}, SPAN("\x93x\x94\x80"), "“x”€");
	check_read(
		(struct charset_in){.is = CHARSET_LATIN1}, SPAN("\xe9\x92\x81"), "é’\xef\xbf\xbd");
	check_read((struct charset_in){.is = CHARSET_LATIN9}, SPAN("\xa4\xbd"), "€œ");
	check_read((struct charset_in){.is = CHARSET_LATIN2}, SPAN("\xb3\xb1"), "łą");
}

static void a_broken_utf8_stream_is_read_character_by_character(void **state)
{
	(void)state;
	struct charset_in in = {.is = CHARSET_UTF8, .otherwise = CHARSET_LATIN1};
	check_read(in, SPAN("caf\xc3\xa9 caf\xe9 \xe2\x82\xac"), "café café €");
	check_read(in, SPAN("\xe2\x82z\xf0\x9f\x98\x80"), "â‚z😀");
	in.otherwise = CHARSET_UTF8;
	check_read(in, SPAN("a\xff\x80z"), "a\xef\xbf\xbd\xef\xbf\xbdz");
	in.is = CHARSET_ASCII;
	in.otherwise = CHARSET_KOI8R;
	check_read(in, SPAN("a\xc1"), "aа");
}

static void the_beginning_of_a_character_waits(void **state)
{
	(void)state;
	struct charset_in in = {0};
	struct buf out = {0};
	charset_read(&in, SPAN("\xf0\x9f"), &out);
	assert_int_equal(out.n, 0);
	charset_read(&in, SPAN("\x98"), &out);
	assert_int_equal(out.n, 0);
	charset_read(&in, SPAN("\x80!"), &out);
	check_text(buf_bytes(&out), "😀!");
	buf_fini(&out);
}

static void check_write(enum charset set, const char *text, const char *want)
{
	struct buf out = {0};
	charset_write(set, span_str(text), &out);
	check_text(buf_bytes(&out), want);
	buf_fini(&out);
}

static void what_a_set_has_not_is_spelt(void **state)
{
	(void)state;
	check_write(CHARSET_ASCII, "It’s “é” — … ß Æ ﬁ ½", "It's \"e\" - ... ss AE fi 1/2");
	check_write(CHARSET_ASCII, "ａＢ① ™ Ǆ", "aB1 TM DZ");
	check_write(CHARSET_ASCII, "┌──┐│═║", "+--+|=|");
	check_write(CHARSET_ASCII, "Привет, 世界 😀", "Privet, ?? ?");
	check_write(CHARSET_ASCII, "a\u200b\ufeffb\u0301", "ab");
	check_write(CHARSET_ASCII, "\x1b[1m\r\n\t\x01", "\x1b[1m\r\n\t\x01");
	check_write(CHARSET_LATIN1, "é’€ÿ", "\xe9'EUR\xff");
	check_write(CHARSET_LATIN1, "cafe\u0301", "caf\xe9");
	check_write(CHARSET_LATIN1, "ő", "o");
	check_write(CHARSET_CP437, "├é█—", "\xc3\x82\xdb-");
	check_write(CHARSET_KOI8R, "Да é", "\xe4\xc1 e");
	check_write(CHARSET_UTF8, "’世", "’世");
}

static void fitted_text_is_utf8_that_the_set_has(void **state)
{
	(void)state;
	struct buf out = {0};
	charset_fit(CHARSET_LATIN1, SPAN("‹é› 世 cafe\xcc\x81"), &out);
	check_text(buf_bytes(&out), "<é> ? café");
	buf_fini(&out);
}

// No character, known or not, spells a control, or anything but one byte each.
static void no_character_is_spelt_as_a_control(void **state)
{
	(void)state;
	struct buf in = {0}, out = {0};
	for (uint32_t code = 0xa0; code < 0x110000; code++) {
		if (code >= 0xd800 && code <= 0xdfff)
			continue;
		buf_clear(&in);
		buf_clear(&out);
		utf8_put(&in, code);
		charset_write(CHARSET_ASCII, buf_bytes(&in), &out);
		assert_true(out.n <= 40);
		for (size_t i = 0; i < out.n; i++)
			assert_true(out.p[i] >= ' ' && out.p[i] < 0x7f);
	}
	buf_fini(&in);
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_found_in_any_spelling),
		TEST(every_character_of_a_set_comes_back_as_its_byte),
		TEST(known_bytes_are_read_as_the_standards_say),
		TEST(a_broken_utf8_stream_is_read_character_by_character),
		TEST(the_beginning_of_a_character_waits),
		TEST(what_a_set_has_not_is_spelt),
		TEST(fitted_text_is_utf8_that_the_set_has),
		TEST(no_character_is_spelt_as_a_control),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
