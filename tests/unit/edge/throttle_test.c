// SPDX-License-Identifier: MIT
#include "check.h"

#include "edge/throttle.h"
#include <stdio.h>

static const struct throttle_rule rule = {
	.free = 5, .first_ms = 1000, .most_ms = 300000, .forget_ms = 900000};

static int set_up(void **state)
{
	static struct throttle t;
	throttle_init(&t, &rule);
	*state = &t;
	return 0;
}

static int tear_down(void **state)
{
	throttle_fini(*state);
	return 0;
}

static void strike(struct throttle *t, const char *key, unsigned n, uint64_t now)
{
	while (n--)
		throttle_strike(t, span_str(key), now);
}

static void waits_begin_with_the_fifth_and_double_up_to_a_bound(void **state)
{
	struct throttle *t = *state;
	uint64_t now = 1000;
	strike(t, "a", 4, now);
	assert_int_equal(throttle_wait_ms(t, SPAN("a"), now), 0);
	for (uint32_t want = 1000; want <= 256000; want *= 2) {
		strike(t, "a", 1, now);
		assert_int_equal(throttle_wait_ms(t, SPAN("a"), now), want);
		assert_int_equal(throttle_wait_ms(t, SPAN("a"), now + want - 1), 1);
		now += want;
		assert_int_equal(throttle_wait_ms(t, SPAN("a"), now), 0);
	}
	strike(t, "a", 20, now);
	assert_int_equal(throttle_wait_ms(t, SPAN("a"), now), 300000);
	assert_int_equal(throttle_wait_ms(t, SPAN("b"), now), 0);
}

static void a_key_that_was_quiet_begins_anew(void **state)
{
	struct throttle *t = *state;
	strike(t, "a", 5, 0);
	strike(t, "a", 1, 1000 + 900000 - 1);
	assert_int_equal(throttle_wait_ms(t, SPAN("a"), 900999), 2000);
	strike(t, "b", 5, 0);
	strike(t, "b", 1, 1000 + 900000);
	assert_int_equal(throttle_wait_ms(t, SPAN("b"), 901000), 0);
	throttle_clear(t, SPAN("a"));
	assert_int_equal(throttle_wait_ms(t, SPAN("a"), 900999), 0);
}

static void what_is_over_is_forgotten_by_the_minute(void **state)
{
	struct throttle *t = *state;
	strike(t, "a", 5, 0);
	strike(t, "b", 1, 5000);
	throttle_minute(t, 900999);
	assert_int_equal(map_count(&t->keys), 2);
	throttle_minute(t, 901000);
	assert_int_equal(map_count(&t->keys), 1);
	throttle_minute(t, 905000);
	assert_int_equal(map_count(&t->keys), 0);
}

static void a_full_table_lets_the_oldest_go(void **state)
{
	struct throttle *t = *state;
	char key[16];
	strike(t, "first", 5, 0);
	strike(t, "second", 5, 1);
	strike(t, "first", 1, 2); // is not the oldest any more
	for (int i = 0; i < THROTTLE_MAX - 1; i++) {
		snprintf(key, sizeof key, "k%d", i);
		strike(t, key, 1, 3);
	}
	assert_int_equal(map_count(&t->keys), THROTTLE_MAX);
	assert_int_equal(throttle_wait_ms(t, SPAN("second"), 3), 0);
	assert_int_equal(throttle_wait_ms(t, SPAN("first"), 3), 1999);
}

static void nobody_s_key_has_no_strikes(void **state)
{
	struct throttle *t = *state;
	strike(t, "", 10, 0);
	assert_int_equal(throttle_wait_ms(t, SPAN(""), 0), 0);
	assert_int_equal(map_count(&t->keys), 0);
}

#define RUN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(waits_begin_with_the_fifth_and_double_up_to_a_bound),
		RUN(a_key_that_was_quiet_begins_anew),
		RUN(what_is_over_is_forgotten_by_the_minute),
		RUN(a_full_table_lets_the_oldest_go),
		RUN(nobody_s_key_has_no_strikes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
