// SPDX-License-Identifier: MIT
#include "check.h"

#include "hub/answers.h"
#include <stdio.h>

struct waiter {
	struct answer_wait wait;
	int runs;
	char text[32];
	struct answer_wait *forget; // let go of this one when run
};

static void on_answer(struct answer_wait *w, const struct value *v)
{
	struct waiter *one = container_of(w, struct waiter, wait);
	one->runs++;
	snprintf(one->text, sizeof one->text, "%.*s", (int)v->n, v->s);
	if (one->forget)
		answers_forget(one->forget);
}

static const struct answer_key who = {ANSWER_WHO, {"Beta", 4}, {0}};
static const struct answer_key finger = {ANSWER_FINGER, {"Beta", 4}, {"Bob", 3}};

static void put(struct answers *a, const struct answer_key *k, const char *text, uint64_t now)
{
	struct value v = value_str(text);
	answers_put(a, k, &v, now);
}

static int setup(void **state)
{
	static struct answers a;
	answers_init(&a);
	*state = &a;
	return 0;
}

static int teardown(void **state)
{
	answers_fini(*state);
	return 0;
}

#define ANSWERS_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void an_answer_is_found_until_it_is_stale(void **state)
{
	struct answers *a = *state;
	assert_null(answers_find(a, &who, 1000));
	put(a, &who, "one", 1000);
	check_text(value_text(answers_find(a, &who, 1000)), "one");
	check_text(value_text(answers_find(a, &who, 1000 + ANSWERS_FRESH_MS - 1)), "one");
	assert_null(answers_find(a, &who, 1000 + ANSWERS_FRESH_MS));
	assert_int_equal(map_count(&a->cached), 0);
}

static void a_newer_answer_replaces_and_is_fresh_again(void **state)
{
	struct answers *a = *state;
	put(a, &who, "one", 0);
	put(a, &who, "two", 20000);
	check_text(value_text(answers_find(a, &who, 20000 + ANSWERS_FRESH_MS - 1)), "two");
	assert_int_equal(map_count(&a->cached), 1);
}

static void keys_fold_case_and_are_told_apart_by_kind_mud_and_user(void **state)
{
	struct answers *a = *state;
	put(a, &finger, "bob", 0);
	const struct answer_key same = {ANSWER_FINGER, SPAN("BETA"), SPAN("bOB")};
	const struct answer_key others[] = {{ANSWER_LOCATE, SPAN("Beta"), SPAN("Bob")},
		{ANSWER_FINGER, SPAN("Beta2"), SPAN("Bob")},
		{ANSWER_FINGER, SPAN("Beta"), SPAN("Bo")}, {ANSWER_FINGER, {0}, SPAN("Bob")}};
	assert_non_null(answers_find(a, &same, 0));
	for (size_t i = 0; i < countof(others); i++)
		assert_null(answers_find(a, &others[i], 0));
}

static void the_oldest_answers_make_room(void **state)
{
	struct answers *a = *state;
	char name[16];
	for (int i = 0; i < ANSWERS_MAX + 3; i++) {
		snprintf(name, sizeof name, "u%d", i);
		put(a, &(struct answer_key){ANSWER_LOCATE, {0}, span_str(name)}, name, 0);
	}
	assert_int_equal(map_count(&a->cached), ANSWERS_MAX);
	assert_null(answers_find(a, &(struct answer_key){ANSWER_LOCATE, {0}, SPAN("u2")}, 0));
	assert_non_null(answers_find(a, &(struct answer_key){ANSWER_LOCATE, {0}, SPAN("u3")}, 0));
}

static void many_long_answers_make_room_before_their_number_does(void **state)
{
	static char text[ANSWERS_BYTES_MAX / 4 - 64];
	char name[] = "u0";
	struct answers *a = *state;
	memset(text, 'x', sizeof text - 1);
	for (; name[1] < '9'; name[1]++)
		put(a, &(struct answer_key){ANSWER_LOCATE, {0}, span_str(name)}, text, 0);
	assert_in_range(a->bytes, 1, ANSWERS_BYTES_MAX);
	assert_int_equal(map_count(&a->cached), 4);
	assert_null(answers_find(a, &(struct answer_key){ANSWER_LOCATE, {0}, SPAN("u4")}, 0));
	assert_non_null(answers_find(a, &(struct answer_key){ANSWER_LOCATE, {0}, SPAN("u5")}, 0));
	for (; name[1] > '4'; name[1]--)
		(void)!answers_find(a,
			&(struct answer_key){
				ANSWER_LOCATE, {0}, span_of((char[]){'u', (char)(name[1] - 1)}, 2)},
			ANSWERS_FRESH_MS);
	assert_int_equal(a->bytes, 0);
}

static void who_waits_is_woken_once_by_the_right_answer(void **state)
{
	struct answers *a = *state;
	struct waiter w = {.wait.run = on_answer}, other = {.wait.run = on_answer};
	answers_wait(a, &who, &w.wait);
	answers_wait(a, &finger, &other.wait);
	put(a, &who, "here", 0);
	assert_int_equal(w.runs, 1);
	assert_string_equal(w.text, "here");
	assert_int_equal(other.runs, 0);
	put(a, &who, "again", 0);
	assert_int_equal(w.runs, 1);
	answers_forget(&other.wait);
}

static void all_who_wait_for_it_are_woken_in_order_and_may_let_each_other_go(void **state)
{
	struct answers *a = *state;
	struct waiter first = {.wait.run = on_answer}, bystander = {.wait.run = on_answer},
		      last = {.wait.run = on_answer};
	answers_wait(a, &who, &first.wait);
	answers_wait(a, &finger, &bystander.wait);
	answers_wait(a, &who, &last.wait);
	last.forget = &bystander.wait;
	put(a, &who, "x", 0);
	assert_int_equal(first.runs + last.runs, 2);
	assert_true(list_empty(&a->waits));
}

static void who_lets_go_is_not_woken(void **state)
{
	struct answers *a = *state;
	struct waiter w = {.wait.run = on_answer};
	answers_wait(a, &who, &w.wait);
	answers_forget(&w.wait);
	put(a, &who, "x", 0);
	assert_int_equal(w.runs, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ANSWERS_TEST(an_answer_is_found_until_it_is_stale),
		ANSWERS_TEST(a_newer_answer_replaces_and_is_fresh_again),
		ANSWERS_TEST(keys_fold_case_and_are_told_apart_by_kind_mud_and_user),
		ANSWERS_TEST(the_oldest_answers_make_room),
		ANSWERS_TEST(many_long_answers_make_room_before_their_number_does),
		ANSWERS_TEST(who_waits_is_woken_once_by_the_right_answer),
		ANSWERS_TEST(all_who_wait_for_it_are_woken_in_order_and_may_let_each_other_go),
		ANSWERS_TEST(who_lets_go_is_not_woken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
