// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/utf8.h"
#include "bridge/clean.h"
#include "bridge/template.h"

static struct arena arena;

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	return 0;
}

static void check_rows(const char *const (*rows)[2], size_t n, bool lines)
{
	for (size_t i = 0; i < n; i++) {
		struct span got = bridge_clean(&arena, span_str(rows[i][0]), lines);
		if (!span_is(got, rows[i][1]))
			fail_msg("row %zu: %.*s", i, (int)got.n, got.p);
	}
}

static void colours_and_controls_are_taken_out(void **state)
{
	static const char *const rows[][2] = {
		{"", ""},
		{"plain", "plain"},
		{" a\tb ", "a b"},
		{"\x1b[1;31mred\x1b[0m", "red"},
		{"\x1b]0;title\aon\x1b]0;title\x1b\\ly", "only"},
		{"\x1b[2Jgone\x1b", "gone"},
		{"\x1b"
		 "cgone",
			"gone"},
		{"\x1b\u00e9", "\u00e9"},
		{"[1;31mred[0m", "red"},
		{"[10m walk], [x], [, [1", "[10m walk], [x], [, [1"},
		{"%^RED%^red%^RESET%^", "red"},
		{"%^RED%^STOP%^RESET%^ now", "STOP now"},
		{"%^BOLD%^RED%^both%^RESET%^", "both"},
		{"%^B_RED+X1%^%^%^x", "x"},
		{"100%^ sure, %^lower%^", "100%^ sure, %^lower%^"},
		{"%", "%"},
		{"%^", "%^"},
		{"a\302\205b\177\a", "ab"},
		{"one\ntwo", "one two"},
	};
	(void)state;
	check_rows(rows, countof(rows), false);
	check_text(bridge_clean(&arena, SPAN("a\0b"), false), "ab");
}

static void newlines_stay_where_lines_are_wanted(void **state)
{
	static const char *const rows[][2] = {{"one\r\n\ttwo\n", "one\n two"}, {"\n \n", ""}};
	(void)state;
	check_rows(rows, countof(rows), true);
}

static void mentions_lose_their_power(void **state)
{
	static const char *const rows[][2] = {
		{"nobody", "nobody"},
		{"a@b.c @me <@> <@x @", "a@b.c @me <@> <@x @"},
		{"@everyone", "@\u200beveryone"},
		{"hey @Here!", "hey @\u200bHere!"},
		{"@@everyone", "@@\u200beveryone"},
		{"<@1> <@!2> <@&3> <#4>", "<@\u200b1> <@\u200b!2> <@\u200b&3> <#4>"},
		{"@1", "@1"},
	};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		check_text(bridge_defuse(&arena, span_str(rows[i][0])), rows[i][1]);
}

static void check_lines(const char *text, size_t max, const char *want)
{
	struct span rest = span_str(text);
	struct buf got = {0};
	for (struct span line; (line = bridge_next_line(&rest, max)).n;)
		buf_printf(&got, "%.*s|", (int)line.n, line.p);
	check_text(buf_bytes(&got), want);
	buf_fini(&got);
}

static void a_text_is_cut_into_lines_between_words(void **state)
{
	(void)state;
	check_lines("", 10, "");
	check_lines("one\n\n two ", 10, "one|two|");
	check_lines("the quick brown fox", 10, "the quick|brown fox|");
	check_lines("abcdefgh", 3, "abc|def|gh|");
	check_lines("abc def", 3, "abc|def|");
	check_lines("\u00e9\u00e9\u00e9", 3, "\u00e9|\u00e9|\u00e9|");
	check_lines("\U0001f409\U0001f409", 1, "\U0001f409|\U0001f409|");
}

// --- templates ---

static void places_are_filled_and_not_looked_at_again(void **state)
{
	struct bridge_values v = {0};
	(void)state;
	v.of[BRIDGE_PLACE_NAME] = SPAN("{text}");
	v.of[BRIDGE_PLACE_TEXT] = SPAN("hi");
	check_text(bridge_template_fill(&arena, SPAN("<{name}> {{{text}}}{server}!"), &v),
		"<{text}> {hi}!");
}

static void what_cannot_be_filled_is_refused_in_words(void **state)
{
	static const struct {
		const char *text, *why; // NULL: it is good
	} rows[] = {
		{"{text}", NULL},
		{"{{{name}}}: {text}", NULL},
		{"{text} {who}", "{who} is unknown here; there are {name}, {text}"},
		{"{text} {mud}", "{mud} is unknown here; there are {name}, {text}"},
		{"{text} {}", "{} names nothing; there are {name}, {text}"},
		{"{name}", "{text} must be in it"},
		{"", "{text} must be in it"},
		{"{{text}}", "{text} must be in it"},
		{"{text", "a brace stands alone; {{ and }} are braces"},
		{"{text} }", "a brace stands alone; {{ and }} are braces"},
		{"{text} {", "a brace stands alone; {{ and }} are braces"},
	};
	struct buf why = {0};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&why);
		bool good = bridge_template_check(span_str(rows[i].text),
			1u << BRIDGE_PLACE_NAME | 1u << BRIDGE_PLACE_TEXT, BRIDGE_PLACE_TEXT, &why);
		assert_int_equal(good, !rows[i].why);
		check_text(buf_bytes(&why), rows[i].why ? rows[i].why : "");
	}
	buf_fini(&why);
}

#define CASE(name) cmocka_unit_test_teardown(name, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(colours_and_controls_are_taken_out),
		CASE(newlines_stay_where_lines_are_wanted),
		CASE(mentions_lose_their_power),
		CASE(a_text_is_cut_into_lines_between_words),
		CASE(places_are_filled_and_not_looked_at_again),
		CASE(what_cannot_be_filled_is_refused_in_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
