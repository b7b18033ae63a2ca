// SPDX-License-Identifier: MIT
#include "check.h"
#include "edge/showing.h"

static void show(struct shows *shows, const char *text, const struct look *look, const char *want)
{
	struct rich r = {0};
	struct showing s;
	rich_text(&r, span_str(text));
	showing_init(&s, shows, &r);
	const struct shown *shown = showing_for(&s, look);
	check_text(span_of(shown->blob->p + shown->from, shown->to - shown->from), want);
	showing_fini(&s);
	rich_fini(&r);
}

static void players_who_look_alike_share_bytes(void **state)
{
	(void)state;
	struct shows shows = {0};
	struct rich r = {0};
	struct showing s;
	struct look a = {.colours = LOOK_16}, b = {.charset = CHARSET_ASCII};
	rich_text(&r, SPAN("caf\xc3\xa9\n"));
	showing_init(&s, &shows, &r);
	const struct shown *first = showing_for(&s, &a);
	assert_ptr_equal(first, showing_for(&s, &(struct look){.colours = LOOK_16}));
	const struct shown *other = showing_for(&s, &b);
	assert_ptr_not_equal(first, other);
	check_text(span_of(first->blob->p, first->to), "caf\xc3\xa9\r\n");
	check_text(span_of(other->blob->p, other->to), "cafe\r\n");
	showing_fini(&s);
	rich_fini(&r);
	shows_fini(&shows);
}

static void what_is_shown_in_one_turn_stands_in_one_blob(void **state)
{
	(void)state;
	struct shows shows = {0};
	struct look look = {0};
	show(&shows, "one\n", &look, "one\r\n");
	struct blob *blob = shows.at[0].blob;
	show(&shows, "two\n", &look, "two\r\n");
	assert_ptr_equal(shows.at[0].blob, blob);
	check_text(span_of(blob->p, blob->n), "one\r\ntwo\r\n");
	shows_seal(&shows);
	assert_null(shows.at[0].blob);
	show(&shows, "three", &look, "three");
	shows_fini(&shows);
}

static void more_looks_than_fit_are_shown_as_well(void **state)
{
	(void)state;
	struct shows shows = {0};
	struct rich r = {0};
	struct showing s;
	rich_text(&r, SPAN("a b"));
	showing_init(&s, &shows, &r);
	for (uint16_t round = 0; round < 3; round++)
		for (uint16_t i = 0; i < SHOWS_MAX + 5; i++) {
			struct look look = {.width = (uint16_t)(2 + i)};
			const struct shown *shown = showing_for(&s, &look);
			check_text(span_of(shown->blob->p + shown->from, shown->to - shown->from),
				i ? "a b" : "a\r\nb");
		}
	showing_fini(&s);
	rich_fini(&r);
	shows_fini(&shows);
}

static void a_blob_that_is_large_is_not_made_larger(void **state)
{
	(void)state;
	struct shows shows = {0};
	struct look look = {0};
	char *text = test_malloc(70001);
	memset(text, 'x', 70000);
	text[70000] = 0;
	show(&shows, text, &look, text);
	show(&shows, "y", &look, "y");
	for (int i = 0; i < SHOWS_MAX; i++)
		assert_true(!shows.at[i].blob || shows.at[i].blob->n == 1);
	test_free(text);
	shows_fini(&shows);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(players_who_look_alike_share_bytes),
		TEST(what_is_shown_in_one_turn_stands_in_one_blob),
		TEST(more_looks_than_fit_are_shown_as_well),
		TEST(a_blob_that_is_large_is_not_made_larger),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
