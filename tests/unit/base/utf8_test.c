// SPDX-License-Identifier: MIT
// RFC 3629 by its boundaries, cut at every place; and what becomes of text that is none.
#include "check.h"

#include "base/utf8.h"

static const struct {
	struct span text;
	size_t bad; // index of the first byte that can never be right; n when only the end is missing
	bool valid;
} utf8_rows[] = {
	{SPAN(""), 0, true},
	{SPAN("plain ascii, longer than a word of eight"), 40, true},
	{SPAN("\x00\x7f"), 2, true},
	{SPAN("\xc2\x80\xdf\xbf"), 4, true},
	{SPAN("\xe0\xa0\x80\xec\x80\x80\xed\x9f\xbf\xee\x80\x80\xef\xbf\xbf"), 15, true},
	{SPAN("\xf0\x90\x80\x80\xf3\xbf\xbf\xbf\xf4\x8f\xbf\xbf"), 12, true},
	{SPAN("12345678\xc3\xa9"), 10, true},
	{SPAN("\x80"), 0, false},
	{SPAN("1234567890\xbf"), 10, false},
	{SPAN("a\xc0\x80"), 1, false},
	{SPAN("a\xc1\xbf"), 1, false},
	{SPAN("\xc3z"), 1, false},
	{SPAN("\xc3\xc3\xa9"), 1, false},
	{SPAN("\xe0\x9f\xbf"), 1, false},
	{SPAN("\xed\xa0\x80"), 1, false},
	{SPAN("\xe2\x82z"), 2, false},
	{SPAN("\xf0\x8f\xbf\xbf"), 1, false},
	{SPAN("\xf4\x90\x80\x80"), 1, false},
	{SPAN("\xf5\x80\x80\x80"), 0, false},
	{SPAN("\xfe"), 0, false},
	{SPAN("\xff"), 0, false},
	{SPAN("a\xc3"), 2, false},
	{SPAN("\xe2\x82"), 2, false},
	{SPAN("\xf0\x9f\x98"), 3, false},
};

static void utf8_is_judged_the_same_however_it_is_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(utf8_rows); i++) {
		struct span s = utf8_rows[i].text;
		assert_int_equal(utf8_valid(s), utf8_rows[i].valid);
		for (size_t cut = 0; cut <= s.n; cut++) {
			struct utf8 u = {0};
			size_t good = utf8_feed(&u, s.p, cut);
			if (good == cut)
				good += utf8_feed(&u, s.p + cut, s.n - cut);
			assert_int_equal(good, utf8_rows[i].bad);
			assert_int_equal(good == s.n && !u.need, utf8_rows[i].valid);
		}
	}
}

static void utf8_is_cut_between_characters(void **state)
{
	struct span s = SPAN("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80z");
	static const size_t want[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};
	(void)state;
	for (size_t max = 0; max < countof(want); max++)
		assert_int_equal(utf8_cut(s, max).n, want[max]);
	assert_int_equal(utf8_count(s), 5);
	assert_int_equal(utf8_count((struct span){0}), 0);
}

static void text_that_is_no_utf8_is_read_as_cp1252(void **state)
{
	static const struct {
		struct span text, want;
	} rows[] = {
		{SPAN(""), SPAN("")},
		{SPAN("ascii"), SPAN("ascii")},
		{SPAN("caf\xc3\xa9"), SPAN("caf\xc3\xa9")},
		{SPAN("caf\xe9"), SPAN("caf\xc3\xa9")},
		{SPAN("\x80 \x93quoted\x94 \x97 \x85"),
			SPAN("\xe2\x82\xac \xe2\x80\x9cquoted\xe2\x80\x9d \xe2\x80\x94 "
			     "\xe2\x80\xa6")},
		{SPAN("\x81\x8d\x8f\x90\x9d"), SPAN("\xc2\x81\xc2\x8d\xc2\x8f\xc2\x90\xc2\x9d")},
		{SPAN("\xa0\xff"), SPAN("\xc2\xa0\xc3\xbf")},
		{SPAN("\xc3\xa9\xe9"), SPAN("\xc3\x83\xc2\xa9\xc3\xa9")},
		{SPAN("a\0\xe9"), SPAN("a\0\xc3\xa9")},
		{SPAN("\x9f\x8a"), SPAN("\xc5\xb8\xc5\xa0")},
	};
	struct buf out = {0};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&out);
		utf8_repair(&out, rows[i].text);
		check_bytes(buf_bytes(&out), rows[i].want);
	}
	for (unsigned c = 0; c < 0x100; c++) { // every byte becomes one character
		char two[2] = {(char)c, (char)0xff};
		buf_clear(&out);
		utf8_repair(&out, span_of(two, 2));
		assert_true(utf8_valid(buf_bytes(&out)));
		assert_int_equal(utf8_count(buf_bytes(&out)), 2);
	}
	buf_fini(&out);
}

static void code_points_are_written_in_their_shortest_form(void **state)
{
	static const uint32_t ends[] = {
		0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xffff, 0x10000, 0x10ffff};
	static const size_t bytes[] = {1, 1, 2, 2, 3, 3, 3, 3, 4, 4};
	struct buf out = {0};
	(void)state;
	for (size_t i = 0; i < countof(ends); i++) {
		buf_clear(&out);
		utf8_put(&out, ends[i]);
		assert_int_equal(out.n, bytes[i]);
		assert_true(utf8_valid(buf_bytes(&out)));
		assert_int_equal(utf8_count(buf_bytes(&out)), 1);
	}
	buf_fini(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(utf8_is_judged_the_same_however_it_is_cut),
		TEST(utf8_is_cut_between_characters),
		TEST(text_that_is_no_utf8_is_read_as_cp1252),
		TEST(code_points_are_written_in_their_shortest_form),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
