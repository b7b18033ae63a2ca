// SPDX-License-Identifier: MIT
// LPC text: what one value reads as, what is refused, what is left over, what is written.
#include "base/mem.h"
#include "check.h"
#include "proto/lpc.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

#define TEXT(literal) .text = SPAN(literal)
#define STR(literal)  value_span(SPAN(literal))
#define INT(n)        value_int(n)
#define FLOAT(f)      value_float(f)
#define ARRAY(...)    VALUE_LIST(__VA_ARGS__)
#define NO_ELEMENTS   value_array(NULL, 0)
#define NO_PAIRS      value_map(NULL, 0)
#define PAIRS(...)                                                                                 \
	value_map((const struct value[]){__VA_ARGS__},                                             \
		sizeof((const struct value[]){__VA_ARGS__}) / sizeof(struct value) / 2)

struct vector {
	const char *id;
	struct span text;
	struct value want;
	const char *rest; // left for the caller; NULL: nothing
};

static void check_vectors(const struct vector *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct arena arena = {0};
		struct span text = v[i].text;
		struct value got;
		struct lpc_error error = {0};
		if (!lpc_read(&arena, &text, &got, &error))
			fail_msg("%s: %s at %zu", v[i].id, error.why, error.at);
		if (!value_eq(&got, &v[i].want)) {
			struct buf out = {0};
			lpc_put(&out, &got);
			fail_msg("%s reads as %.*s", v[i].id, (int)out.n, out.p);
		}
		check_text(text, v[i].rest ? v[i].rest : "");
		arena_fini(&arena);
	}
}

static void integers_are_64_bits_and_clamp(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V1", TEXT("123"), INT(123), NULL},
		{"V2", TEXT("-0"), INT(0), NULL},
		{"V3", TEXT("007"), INT(7), NULL},
		{"V4", TEXT("9223372036854775807"), INT(INT64_MAX), NULL},
		{"V4 negative", TEXT("-9223372036854775808"), INT(INT64_MIN), NULL},
		{"V5", TEXT("9223372036854775808"), INT(INT64_MAX), NULL},
		{"V5 negative", TEXT("-9223372036854775809"), INT(INT64_MIN), NULL},
		{"V6", TEXT("99999999999999999999"), INT(INT64_MAX), NULL},
		{"V6 negative", TEXT("-99999999999999999999"), INT(INT64_MIN), NULL},
		{"within an array", TEXT("({-17,2147483648,})"), ARRAY(INT(-17), INT(2147483648)),
			NULL},
	};
	check_vectors(vectors, countof(vectors));
}

static void floats_may_be_sloppy(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V8", TEXT("1.5"), FLOAT(1.5), NULL},
		{"V8", TEXT("1."), FLOAT(1), NULL},
		{"V8", TEXT("1e+3"), FLOAT(1000), NULL},
		{"V8", TEXT("1.5e-3"), FLOAT(0.0015), NULL},
		{"V9", TEXT("1e3"), FLOAT(1000), NULL},
		{"V9", TEXT("1.5e3"), FLOAT(1500), NULL},
		{"V9", TEXT("1.5E+3"), FLOAT(1500), NULL},
		{"V36b", TEXT("100000000000000000000.0"), FLOAT(1e20), NULL},
		{"V37", TEXT("({\"x\",-1.5,})"), ARRAY(STR("x"), FLOAT(-1.5)), NULL},
		{"dot before a comma", TEXT("({1.,})"), ARRAY(FLOAT(1)), NULL},
		{"largest exponent", TEXT("1e400"), FLOAT(DBL_MAX), NULL},
		{"smallest", TEXT("-1e400"), FLOAT(-DBL_MAX), NULL},
		{"zeros in the exponent", TEXT("1e0003"), FLOAT(1000), NULL},
		{"next to nothing", TEXT("1e-400"), FLOAT(0), NULL},
	};
	check_vectors(vectors, countof(vectors));
}

static void strings_know_two_escapes_and_one_newline(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V10", TEXT("\"a\rb\""), STR("a\nb"), NULL},
		{"V11", TEXT("\"a\\\rb\""), STR("a\rb"), NULL},
		{"V12", TEXT("\"a\nb\""), STR("a\nb"), NULL},
		{"V13", TEXT("\"a\\nb\""), STR("anb"), NULL},
		{"V14", TEXT("\"q\\\"\\\\z\""), STR("q\"\\z"), NULL},
		{"V16", TEXT("\"abc\"junk"), STR("abc"), "junk"},
		{"V35", TEXT("\"\xe9\""), STR("\xc3\xa9"), NULL},
		{"V36", TEXT("\"\xc3\xa9\""), STR("\xc3\xa9"), NULL},
		{"CP1252 quotes", TEXT("\"\x93hi\x94\""), STR("\xe2\x80\x9chi\xe2\x80\x9d"), NULL},
		{"each string for itself", TEXT("({\"\xe9\",\"\xc3\xa9\",\"\xdf\",})"),
			ARRAY(STR("\xc3\xa9"), STR("\xc3\xa9"), STR("\xc3\x9f")), NULL},
		{"a character cut by an escape", TEXT("\"\xc3\\\xa9\""), STR("\xc3\xa9"), NULL},
		{"M26", TEXT("\"\x1b[1m\a\""), STR("\x1b[1m\a"), NULL},
		{"empty", TEXT("\"\""), STR(""), NULL},
		{"LF after an escape", TEXT("\"a\\\nb\""), STR("a\nb"), NULL},
	};
	check_vectors(vectors, countof(vectors));
}

static void arrays_keep_their_empty_elements(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V17", TEXT("({})"), NO_ELEMENTS, NULL},
		{"V18", TEXT("({\"a\",})"), ARRAY(STR("a")), NULL},
		{"V19", TEXT("({\"a\"})"), ARRAY(STR("a")), NULL},
		{"V20", TEXT("({\"a\",,\"b\",})"), ARRAY(STR("a"), INT(0), STR("b")), NULL},
		{"V21, M25", TEXT("({,})"), ARRAY(INT(0)), NULL},
		{"V33", TEXT("(/1,2,/)"), ARRAY(INT(1), INT(2)), NULL},
		{"V33 empty", TEXT("(//)"), NO_ELEMENTS, NULL},
		{"V33 within", TEXT("({(/1,/),})"), ARRAY(ARRAY(INT(1))), NULL},
	};
	check_vectors(vectors, countof(vectors));
}

static void mappings_keep_order_and_any_plain_key(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V17, M21", TEXT("([])"), NO_PAIRS, NULL},
		{"V22", TEXT("([,])"), NO_PAIRS, NULL},
		{"V23 value", TEXT("([\"a\":,])"), PAIRS(STR("a"), INT(0)), NULL},
		{"V23 key", TEXT("([:1,])"), PAIRS(INT(0), INT(1)), NULL},
		{"V23 both", TEXT("([:,])"), PAIRS(INT(0), INT(0)), NULL},
		{"V25", TEXT("([1:({}),])"), PAIRS(INT(1), NO_ELEMENTS), NULL},
		{"float key", TEXT("([1.5:2,])"), PAIRS(FLOAT(1.5), INT(2)), NULL},
		{"no last comma", TEXT("([\"b\":1,\"a\":2])"),
			PAIRS(STR("b"), INT(1), STR("a"), INT(2)), NULL},
		{"no last value", TEXT("([\"b\":])"), PAIRS(STR("b"), INT(0)), NULL},
		{"blanks", TEXT("([ \"b\" : 1 , ])"), PAIRS(STR("b"), INT(1)), NULL},
	};
	check_vectors(vectors, countof(vectors));
}

static void the_last_of_two_equal_keys_wins(void **state) // V24
{
	(void)state;
	struct arena arena = {0};
	struct span text = SPAN("([\"a\":1,\"a\":2,])");
	struct value map;
	struct lpc_error error;
	assert_true(lpc_read(&arena, &text, &map, &error));
	assert_int_equal(value_get(&map, "a")->i, 2);
	arena_fini(&arena);
}

static void blanks_between_tokens_are_nothing(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V27", TEXT("({ \"a\",})"), ARRAY(STR("a")), NULL},
		{"V27", TEXT("({\"a\", \"b\",})"), ARRAY(STR("a"), STR("b")), NULL},
		{"V27", TEXT("({\"a\" ,})"), ARRAY(STR("a")), NULL},
		{"V28", TEXT("({1 ,2,})"), ARRAY(INT(1), INT(2)), NULL},
		{"V38 BOM", TEXT("\xef\xbb\xbf({})"), NO_ELEMENTS, NULL},
		{"V38 BOM and a blank", TEXT(" \xef\xbb\xbf ({})"), NO_ELEMENTS, NULL},
		{"V38 blank", TEXT(" ({})"), NO_ELEMENTS, NULL},
		{"V38 LF", TEXT("\n({})"), NO_ELEMENTS, NULL},
		{"all four", TEXT("\t\r\n ({\t\r\n })\t\r\n "), NO_ELEMENTS, NULL},
		{"NUL ends the text", TEXT("1\0002"), INT(1), NULL},
		{"NUL after a blank", TEXT("({}) \0({})"), NO_ELEMENTS, NULL},
	};
	check_vectors(vectors, countof(vectors));
}

static void what_follows_a_value_is_left_for_the_caller(void **state)
{
	(void)state;
	const struct vector vectors[] = {
		{"V30 junk", TEXT("({\"a\",})junk"), ARRAY(STR("a")), "junk"},
		{"V30 packet", TEXT("({\"a\",})\r({\"b\",})"), ARRAY(STR("a")), "({\"b\",})"},
		{"V30 second", TEXT("({\"b\",})"), ARRAY(STR("b")), NULL},
		{"hexadecimal is not", TEXT("0x10"), INT(0), "x10"},
	};
	check_vectors(vectors, countof(vectors));
}

static void check_refused(struct span text, bool limit)
{
	struct arena arena = {0};
	struct span left = text;
	struct value got;
	struct lpc_error error = {0};
	if (lpc_read(&arena, &left, &got, &error))
		fail_msg("accepted: %.*s", (int)min_size(text.n, 80), text.p);
	assert_non_null(error.why);
	assert_true(error.at <= text.n);
	assert_int_equal(error.limit, limit);
	assert_ptr_equal(left.p, text.p);
	assert_int_equal(left.n, text.n);
	arena_fini(&arena);
}

static void text_that_breaks_the_grammar_is_refused(void **state)
{
	(void)state;
	static const struct span refused[] = {
		{"", 0}, {NULL, 0}, {" \r\n", 3},               // V7, empty
		{"+5", 2}, {"-", 1}, {".5", 2}, {"foo", 3},     // V7
		{"\"abc", 4}, {"\"abc\\", 5}, {"\"abc\\\"", 6}, // V15
		{"\"a\0b\"", 5}, {"\"a\\\0b\"", 6},             // NUL ends the text, not the string
		{"({1,2,", 6}, {"({1,2,)", 7}, {"({1,2,}", 7}, {"([1:2,", 6}, {"([1:2,]", 7}, // V29
		{"({nil,})", 8}, {"({true,})", 9},                                            // V31
		{"({0x10,})", 9}, {"({12x,})", 8},                                            // V32
		{"({1 2,})", 8}, {"({\"a\"\"b\",})", 11},      // two values, no comma
		{"({1,])", 6}, {"([1:2,})", 8}, {"(/1,})", 6}, // crossed brackets
		{"(", 1}, {"()", 2}, {"(1)", 3}, {")", 1}, {",", 1}, {"({", 2}, {"([", 2},
		{"(/", 2}, {"([\"a\",])", 8}, {"([\"a\":1:2,])", 12}, // colons
		{"1e", 2}, {"1e+", 3}, {"1.5e-", 5}, {"--1", 3},      // numbers
		{"([({1,}):2,])", 13}, {"([([]):2,])", 11},           // V26: containers as keys
	};
	for (size_t i = 0; i < countof(refused); i++)
		check_refused(refused[i], false);
}

static void the_error_says_where(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct span text = SPAN("({\"a\",nil,})");
	struct value got;
	struct lpc_error error;
	assert_false(lpc_read(&arena, &text, &got, &error));
	assert_int_equal(error.at, 6);
	arena_fini(&arena);
}

static struct buf enclosed(const char *open, const char *element, size_t n, const char *close)
{
	struct buf b = {0};
	buf_str(&b, open);
	for (size_t i = 0; i < n; i++)
		buf_str(&b, element);
	buf_str(&b, close);
	return b;
}

static struct buf nested(const char *open, const char *close, size_t depth)
{
	struct buf b = enclosed("", open, depth, "1");
	for (size_t i = 0; i < depth; i++)
		buf_str(&b, close);
	return b;
}

static void check_limit(struct buf text, bool within)
{
	if (within) {
		struct arena arena = {0};
		struct span left = buf_bytes(&text);
		struct value got;
		struct lpc_error error = {0};
		if (!lpc_read(&arena, &left, &got, &error))
			fail_msg("%s at %zu", error.why, error.at);
		assert_int_equal(left.n, 0);
		arena_fini(&arena);
	} else {
		check_refused(buf_bytes(&text), true);
	}
	buf_fini(&text);
}

static void nesting_has_a_limit(void **state) // V34
{
	(void)state;
	check_limit(nested("({", ",})", LPC_DEPTH_MAX), true);
	check_limit(nested("({", ",})", LPC_DEPTH_MAX + 1), false);
	check_limit(nested("([1:", ",])", LPC_DEPTH_MAX), true);
	check_limit(nested("([1:", ",])", LPC_DEPTH_MAX + 1), false);
	check_limit(nested("({", ",})", 100), false);
	check_limit(nested("({", "", 100000), false);
	check_limit(enclosed("({", "({}),([]),(//),", LPC_DEPTH_MAX, "})"), true); // not nested
}

static void elements_have_a_limit(void **state)
{
	(void)state;
	const size_t max = LPC_NODES_MAX;
	check_limit(enclosed("({", ",", max, "})"), true);
	check_limit(enclosed("({", ",", max + 1, "})"), false);
	check_limit(enclosed("([", "1:,", max / 2, "])"), true); // keys count
	check_limit(enclosed("([", "1:,", max / 2 + 1, "])"), false);
	check_limit(enclosed("({", "({1,}),", max / 2, "})"), true); // all depths count
	check_limit(enclosed("({", "({1,}),", max / 2 + 1, "})"), false);
}

static void strings_have_a_limit(void **state)
{
	(void)state;
	const size_t max = LPC_STRING_MAX;
	check_limit(enclosed("\"", "a", max, "\""), true);
	check_limit(enclosed("\"", "a", max + 1, "\""), false);
	check_limit(enclosed("\"", "\\\"", max, "\""), true); // escapes are not bytes of the string
	check_limit(enclosed("\"", "\xe9", max / 2, "\""), true); // grows in the repair
	check_limit(enclosed("\"", "\xe9", max / 2 + 1, "\""), false);
}

static void numbers_have_a_limit(void **state)
{
	(void)state;
	check_limit(enclosed("", "9", 400, ""), true);
	check_limit(enclosed("", "9", 401, ""), false);
	check_limit(enclosed("", "9", 398, ".0"), true);
	check_limit(enclosed("", "9", 399, ".0"), false);
	check_refused(SPAN("1e401"), true);
	check_refused(SPAN("1e-401"), true);
	check_refused(SPAN("1e99999999999999999999"), true);
}

static void writing_is_canonical(void **state)
{
	(void)state;
	const struct {
		struct value value;
		struct span text;
	} rows[] = {
		{INT(INT64_MIN), SPAN("-9223372036854775808")},
		{INT(INT64_MAX), SPAN("9223372036854775807")},
		{FLOAT(-1.5), SPAN("-1.500000")}, // V37
		{FLOAT(0.0015), SPAN("0.001500")},
		{FLOAT(1e20), SPAN("100000000000000000000.000000")},
		{FLOAT((double)NAN), SPAN("0.000000")},
		{FLOAT((double)-INFINITY), SPAN("0.000000")},
		{value_null(), SPAN("0")},
		{value_bool(true), SPAN("1")},
		{value_bool(false), SPAN("0")},
		{NO_ELEMENTS, SPAN("({})")},
		{NO_PAIRS, SPAN("([])")},
		{ARRAY(INT(1), ARRAY(NO_PAIRS), value_null()), SPAN("({1,({([]),}),0,})")},
		{PAIRS(STR("b"), INT(1), INT(7), STR("x"), FLOAT(0.5), INT(2), value_null(), INT(3),
			 value_bool(true), INT(4)),
			SPAN("([\"b\":1,7:\"x\",0.500000:2,0:3,1:4,])")},
		{STR("a\nb"), SPAN("\"a\rb\"")},
		{STR("a\rb"), SPAN("\"a\\\rb\"")},
		{STR("q\"\\z"), SPAN("\"q\\\"\\\\z\"")},
		{STR("a\0b"), SPAN("\"ab\"")},
		{STR("\t\x1b\xc3\xa9"), SPAN("\"\t\x1b\xc3\xa9\"")},
		{STR(""), SPAN("\"\"")},
	};
	for (size_t i = 0; i < countof(rows); i++) {
		struct buf out = {0};
		lpc_put(&out, &rows[i].value);
		check_bytes(buf_bytes(&out), rows[i].text);
		assert_false(out.failed);
		buf_fini(&out);
	}
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	const struct value tree = PAIRS(STR("text\n\r\"\\ \xe2\x82\xac"), FLOAT(-DBL_MAX), INT(7),
		ARRAY(INT(INT64_MIN), NO_ELEMENTS, PAIRS(FLOAT(2.5), STR("")), INT(0)));
	struct buf out = {0};
	lpc_put(&out, &tree);
	struct arena arena = {0};
	struct span text = buf_bytes(&out);
	struct value got;
	struct lpc_error error;
	assert_true(lpc_read(&arena, &text, &got, &error));
	assert_true(value_eq(&got, &tree));
	assert_int_equal(text.n, 0);
	arena_fini(&arena);
	buf_fini(&out);
}

static void a_full_buffer_fails_and_says_so(void **state)
{
	(void)state;
	struct buf out = {.max = 8};
	const struct value v = ARRAY(STR("much too long"));
	lpc_put(&out, &v);
	assert_true(out.failed);
	assert_true(out.n <= 8);
	buf_fini(&out);
}

// The copy ends where the text ends, so a sanitizer sees any look beyond it.
static void every_beginning_of_a_packet_is_safe(void **state)
{
	(void)state;
	const struct span whole =
		SPAN("\xef\xbb\xbf ({\"a\\\"\r\xe9\",-1.5e-3,([1:(/2,/),\"k\":,]),,}) x");
	for (size_t n = 0; n <= whole.n; n++) {
		char *copy = mem_alloc(n ? n : 1);
		memcpy(copy, whole.p, n);
		struct arena arena = {0};
		struct span text = span_of(copy, n);
		struct value got;
		struct lpc_error error;
		bool complete = n >= whole.n - 2; // all but the blank and the x
		assert_int_equal(lpc_read(&arena, &text, &got, &error), complete);
		arena_fini(&arena);
		free(copy);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(integers_are_64_bits_and_clamp),
		TEST(floats_may_be_sloppy),
		TEST(strings_know_two_escapes_and_one_newline),
		TEST(arrays_keep_their_empty_elements),
		TEST(mappings_keep_order_and_any_plain_key),
		TEST(the_last_of_two_equal_keys_wins),
		TEST(blanks_between_tokens_are_nothing),
		TEST(what_follows_a_value_is_left_for_the_caller),
		TEST(text_that_breaks_the_grammar_is_refused),
		TEST(the_error_says_where),
		TEST(nesting_has_a_limit),
		TEST(elements_have_a_limit),
		TEST(strings_have_a_limit),
		TEST(numbers_have_a_limit),
		TEST(writing_is_canonical),
		TEST(what_is_written_reads_back),
		TEST(a_full_buffer_fails_and_says_so),
		TEST(every_beginning_of_a_packet_is_safe),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
