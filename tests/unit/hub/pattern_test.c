// SPDX-License-Identifier: MIT
// Expressions: the C library is asked what matches, and nothing that is written in an expression or
// a text takes long or needs memory.
#include "check.h"

#include "hub/pattern.h"
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct pattern *make(const char *text)
{
	const char *why;
	struct pattern *p = pattern_new(span_str(text), &why);
	if (!p)
		fail_msg("%s: %s", text, why);
	return p;
}

static bool finds(const char *pattern, const char *text)
{
	struct pattern *p = make(pattern);
	bool found = pattern_find(p, span_str(text), NULL);
	pattern_free(p);
	return found;
}

// --- against the library ---

static unsigned pick(uint64_t *seed, unsigned n)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (unsigned)(*seed >> 33) % n;
}

// Some expression over a, b and c, not deep.
static void put_expression(struct buf *out, uint64_t *seed, int depth)
{
	static const char *const atoms[] = {"a", "b", "c", ".", "[ab]", "[^a]", "[b-c]"};
	static const char *const times[] = {"", "", "", "*", "+", "?", "{2}", "{1,3}", "{2,}"};
	unsigned pieces = 1 + pick(seed, 3);
	for (unsigned i = 0; i < pieces; i++) {
		if (depth && pick(seed, 3) == 0) {
			buf_char(out, '(');
			put_expression(out, seed, depth - 1);
			if (pick(seed, 2)) {
				buf_char(out, '|');
				put_expression(out, seed, depth - 1);
			}
			buf_char(out, ')');
		} else {
			buf_str(out, atoms[pick(seed, countof(atoms))]);
		}
		buf_str(out, times[pick(seed, countof(times))]);
	}
}

static void compile(regex_t *r, const char *before, const char *pattern, const char *after)
{
	struct buf all = {0};
	buf_printf(&all, "%s%s%s", before, pattern, after);
	buf_char(&all, '\0');
	assert_int_equal(regcomp(r, all.p, REG_EXTENDED | REG_ICASE | REG_NOSUB), 0);
	buf_fini(&all);
}

static bool is_match(const regex_t *whole, const char *text, size_t from, size_t to)
{
	char part[32];
	memcpy(part, text + from, to - from);
	part[to - from] = '\0';
	return regexec(whole, part, 0, NULL, 0) == 0;
}

// Every character that is in some match is found, and no other.
static void compare(struct pattern *p, const char *pattern, const char *text)
{
	bool in[32] = {0}, expected[32] = {0};
	size_t n = strlen(text);
	struct buf found = {0};
	regex_t whole;
	compile(&whole, "^(", pattern, ")$");
	for (size_t from = 0; from < n; from++)
		for (size_t to = from + 1; to <= n; to++)
			for (size_t i = from; is_match(&whole, text, from, to) && i < to; i++)
				expected[i] = true;
	regfree(&whole);
	bool any = pattern_find(p, span_str(text), &found);
	assert_int_equal(any, found.n > 0);
	assert_int_equal(any, pattern_find(p, span_str(text), NULL));
	for (size_t i = 0; i < found.n; i += sizeof(struct span)) {
		struct span one;
		memcpy(&one, found.p + i, sizeof one);
		memset(in + (one.p - text), true, one.n);
	}
	if (memcmp(in, expected, sizeof in) != 0)
		fail_msg("%s in %s", pattern, text);
	buf_fini(&found);
}

static void what_is_found_is_what_the_library_would_find(void **state)
{
	uint64_t seed = 7;
	int compared = 0;
	(void)state;
	for (int i = 0; i < 3000; i++) {
		struct buf pattern = {0};
		const char *why;
		char text[12];
		put_expression(&pattern, &seed, 2);
		struct pattern *p = pattern_new(buf_bytes(&pattern), &why);
		buf_char(&pattern, '\0');
		for (int t = 0; p && t < 4; t++, compared++) {
			unsigned n = pick(&seed, sizeof text - 1);
			for (unsigned c = 0; c < n; c++)
				text[c] = "abcABd"[pick(&seed, 6)];
			text[n] = '\0';
			compare(p, pattern.p, text);
		}
		pattern_free(p);
		buf_fini(&pattern);
	}
	assert_true(compared > 4000);
}

static void signs_mean_what_they_mean_to_posix(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool found;
	} rows[] = {
		{"^ab$", "ab", true},
		{"^ab$", "xab", false},
		{"(^a|b$)", "ba", false},
		{"\\<cat\\>", "a cat!", true},
		{"\\<cat\\>", "concat", false},
		{"\\Bcat", "concat", true},
		{"\\bcat",
			"\xc3\xa4"
			"cat",
			false},
		{"\\w+@\\W", "me@!", true},
		{"a\\sb", "a\tb", true},
		{"a\\Sb", "a\tb", false},
		{"[a-]x", "-x", true},
		{"[^]x]y", "]y", false},
		{"[[:alpha:]_]9", "Q9", true},
		{"[^[:space:]]{3}!",
			"a \xe2\x82\xac"
			"b!",
			false},
		{"[^[:space:]]{3}!",
			"\xe2\x82\xac"
			"bc!",
			true},
		{"\\.\\*\\[", ".*[", true},
		{"a{,2}b", "b", true},
		{"(a|)b", "b", true},
		{"(((x)))", "x", true},
		{"]}", "]}", true},
	};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (finds(rows[i].pattern, rows[i].text) != rows[i].found)
			fail_msg("%s in %s", rows[i].pattern, rows[i].text);
}

static void faults_are_named(void **state)
{
	static const struct {
		const char *pattern, *why;
	} rows[] = {
		{"a)", ") without ("},
		{"(a", "( without )"},
		{"[a", "[ without ]"},
		{"[", "[ without ]"},
		{"[[:x:]]", "no such class"},
		{"[[:alpha", "[: without :]"},
		{"[z-a]", "from the lower"},
		{"*a", "nothing to repeat"},
		{"a|+", "nothing to repeat"},
		{"a{x}", "braces hold"},
		{"a{3,2}", "braces hold"},
		{"a{,}", "braces hold"},
		{"a\\", "nothing behind"},
		{"\\d", "of letters only"},
		{"(a|b*)", "nothing everywhere"},
		{"(a{500}){500}", "too much"},
		{"a{99999999999}", "too much"},
	};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		const char *why = NULL;
		struct pattern *p = pattern_new(span_str(rows[i].pattern), &why);
		if (p || !strstr(why, rows[i].why))
			fail_msg("%s: %s", rows[i].pattern, p ? "taken" : why);
	}
}

// --- what it costs ---

// The library took half a minute and 800 MiB for one of these, and 20 ms for the harmless ones.
static void no_expression_and_no_text_takes_long(void **state)
{
	static const char *const patterns[] = {"[ab]*a[ab]{150}c", "(a|b)*a(a|b){100}c",
		"[a-z]+\\.com", "(https?://)?[a-z0-9.-]+\\.(com|net|org)(/[^ ]*)?", "(.*a){5}c",
		"((a?){10}){15}c", "(a*)*c", "((a{1,10}){1,10})c", "a.*c|a", "(.|..|...){30}c"};
	enum { TEXT_BYTES = 16 << 10, MOST_S = 4 };
	uint64_t seed = 1;
	char *text = malloc(TEXT_BYTES);
	(void)state;
	for (size_t i = 0; i < TEXT_BYTES; i++)
		text[i] = "ab"[pick(&seed, 2)];
	for (size_t i = 0; i < countof(patterns); i++) {
		struct pattern *p = make(patterns[i]);
		struct buf found = {0};
		clock_t began = clock();
		(void)pattern_find(p, span_of(text, TEXT_BYTES), &found);
		if (clock() - began > MOST_S * CLOCKS_PER_SEC)
			fail_msg("%s", patterns[i]);
		pattern_free(p);
		buf_fini(&found);
	}
	free(text);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_found_is_what_the_library_would_find),
		cmocka_unit_test(signs_mean_what_they_mean_to_posix),
		cmocka_unit_test(faults_are_named),
		cmocka_unit_test(no_expression_and_no_text_takes_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
