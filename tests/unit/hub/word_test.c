// SPDX-License-Identifier: MIT
// Words in texts: where they are found, how they are masked, and which expressions are refused.
#include "check.h"

#include "base/utf8.h"
#include "hub/word.h"
#include <stdio.h>
#include <stdlib.h>

static struct word *make(const char *pattern, bool regex)
{
	struct buf why = {0};
	struct word *w = word_new(span_str(pattern), regex, &why);
	if (!w)
		fail_msg("%s: %.*s", pattern, (int)why.n, why.p);
	buf_fini(&why);
	return w;
}

struct row {
	const char *pattern;
	bool regex;
	const char *text, *masked;
};

static const struct row rows[] = {
	{"darn", false, "darn", "****"},
	{"darn", false, "Oh DaRn, darn.", "Oh ****, ****."},
	{"darn", false, "darning undarn darn1", "darning undarn darn1"},
	{"darn", false, "", ""},
	{"darn", false, "dar", "dar"},
	{"darn", false, "\"darn\"", "\"****\""},
	{"two words", false, "no Two Words here", "no ********* here"},
	{":-(", false, "well:-(well", "well***well"},
	{"füß", false, "füß füße xfüß", "*** füße xfüß"},
	{"ass", false,
		"class \xc3\xa4"
		"ass ass",
		"class \xc3\xa4"
		"ass ***"},
	{"a.c", false, "abc a.c", "abc ***"},
	{"da+rn", true, "DAAARN undarned", "****** un****ed"},
	{"a|b", true, "xaby", "x**y"},
	{"^buy", true, "buy buy", "*** buy"},
	{"now$", true, "now now", "now ***"},
	{"x.y", true, "x\xc3\xa4y x-y", "*** ***"},
	{"x\xc3\xa4+y", true, "x\xc3\xa4\xc3\xa4y", "****"},
	{".", true, "\xc3\xa4\xe2\x82\xac\xf0\x9f\x90\xb8z", "****"},
	{"[[:digit:]]{3}", true, "12 123 1234", "12 *** ****"},
	{"[]x]", true, "a]x", "a**"},
	{"\\bhi\\b", true, "hi, hit", "**, hit"},
	{"ab|bc", true, "abc", "***"},
};

static void words_are_masked_a_star_a_character(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct arena arena = {0};
		struct word *w = make(rows[i].pattern, rows[i].regex);
		struct span text = span_str(rows[i].text);
		struct span masked = word_mask(w, text, &arena);
		check_text(masked, rows[i].masked);
		assert_true(utf8_valid(masked));
		assert_int_equal(word_is_in(w, text), !span_eq(text, masked));
		assert_true(word_is_in(w, text) || masked.p == text.p);
		word_free(w);
		arena_fini(&arena);
	}
}

static void a_text_is_looked_through_to_its_end_and_again_and_again(void **state)
{
	struct word *plain = make("darn", false), *regex = make("da+rn", true);
	struct arena arena = {0};
	struct buf text = {0};
	(void)state;
	for (int i = 0; i < 5000; i++)
		buf_lit(&text, "\xc3\xa4 ");
	buf_lit(&text, "darn");
	for (int i = 0; i < 20; i++) {
		assert_true(word_is_in(plain, buf_bytes(&text)));
		assert_true(word_is_in(regex, buf_bytes(&text)));
		struct span masked = word_mask(regex, buf_bytes(&text), &arena);
		assert_true(masked.n == text.n && span_ends(masked, SPAN("\xc3\xa4 ****")));
		assert_false(word_is_in(regex, span_of(text.p, text.n - 4)));
	}
	buf_fini(&text);
	arena_fini(&arena);
	word_free(plain);
	word_free(regex);
}

static void an_anchor_is_at_the_ends_of_the_text_only(void **state)
{
	struct word *first = make("^ab", true), *last = make("ab$", true);
	struct buf text = {0};
	(void)state;
	while (text.n < 10000)
		buf_lit(&text, "ab");
	buf_char(&text, '.');
	assert_true(word_is_in(first, buf_bytes(&text)));
	assert_false(word_is_in(last, buf_bytes(&text)));
	text.p[0] = '.';
	assert_false(word_is_in(first, buf_bytes(&text)));
	buf_fini(&text);
	word_free(first);
	word_free(last);
}

static void patterns_that_cannot_be_or_cost_too_much_are_refused(void **state)
{
	static const struct {
		const char *pattern;
		bool regex;
		const char *why;
	} bad[] = {
		{"", false, "1 to 256 bytes"},
		{"\xff", false, "1 to 256 bytes"},
		{"(", true, "("},
		{"a{2", true, ""},
		{"x*", true, "nothing"},
		{"^", true, "nothing"},
		{"\\b", true, "nothing"},
		{"(a)\\1", true, "back references"},
		{"[\xc3\xa4]", true, "ASCII"},
		{"((a{99}){99})", true, "too much"},
		{"a{30000}", true, "too much"},
		{"a{1,5000}", true, "too much"},
		{"(((((a{2}){2}){2,9}){9}){9,}){9}", true, "too much"},
	};
	char longest[WORD_PATTERN_MAX + 2];
	struct buf why = {0};
	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		buf_clear(&why);
		if (word_new(span_str(bad[i].pattern), bad[i].regex, &why))
			fail_msg("%s", bad[i].pattern);
		buf_char(&why, '\0');
		if (!strstr(why.p, bad[i].why) || why.n < 3)
			fail_msg("%s: %s", bad[i].pattern, why.p);
	}
	memset(longest, 'a', sizeof longest);
	assert_null(word_new(span_of(longest, WORD_PATTERN_MAX + 1), false, &why));
	word_free(word_new(span_of(longest, WORD_PATTERN_MAX), true, &why));
	word_free(make("[a{99}]{9}\\{99", true)); // braces that repeat nothing cost nothing
	word_free(NULL);
	buf_fini(&why);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_masked_a_star_a_character),
		cmocka_unit_test(a_text_is_looked_through_to_its_end_and_again_and_again),
		cmocka_unit_test(an_anchor_is_at_the_ends_of_the_text_only),
		cmocka_unit_test(patterns_that_cannot_be_or_cost_too_much_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
