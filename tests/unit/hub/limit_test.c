// SPDX-License-Identifier: MIT
#include "check.h"

#include "hub/limit.h"

static void a_burst_passes_and_the_next_call_is_told_how_long_to_wait(void **state)
{
	struct limit l;
	(void)state;
	limit_init(&l, 60, 20, 5000);
	for (int i = 0; i < 20; i++)
		assert_int_equal(limit_take(&l, 5000), 0);
	assert_int_equal(limit_take(&l, 5000), 1000);
}

// The promise is exact: a millisecond earlier is refused, at the time it is granted.
static void the_wait_it_tells_is_exact(void **state)
{
	static const uint32_t rates[] = {1, 7, 60, 100, 500, 59999, 60001, 1000000};
	(void)state;
	for (size_t i = 0; i < countof(rates); i++) {
		struct limit l;
		limit_init(&l, rates[i], 1, 0);
		assert_int_equal(limit_take(&l, 0), 0);
		uint32_t wait = limit_take(&l, 0);
		assert_int_equal(wait, (60000 + rates[i] - 1) / rates[i]);
		if (wait > 1)
			assert_int_equal(limit_take(&l, wait - 1), 1);
		assert_int_equal(limit_take(&l, wait), 0);
	}
}

static void refusals_cost_nothing(void **state)
{
	struct limit l;
	(void)state;
	limit_init(&l, 60, 1, 0);
	assert_int_equal(limit_take(&l, 0), 0);
	for (uint64_t at = 0; at < 1000; at++)
		assert_int_equal(limit_take(&l, at), 1000 - at);
	assert_int_equal(limit_take(&l, 1000), 0);
}

static void it_refills_evenly(void **state)
{
	struct limit l;
	int passed = 0;
	(void)state;
	limit_init(&l, 100, 20, 0);
	for (uint64_t at = 0; at <= 60000; at += 10)
		passed += limit_take(&l, at) == 0;
	assert_int_equal(passed, 120);
}

static void after_the_longest_idle_time_there_is_one_burst_and_no_more(void **state)
{
	struct limit l;
	(void)state;
	limit_init(&l, 1000000, 3, 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(limit_take(&l, 0), 0);
	uint64_t later = UINT64_C(10) * 365 * 86400 * 1000; // ten years
	for (int i = 0; i < 3; i++)
		assert_int_equal(limit_take(&l, later), 0);
	assert_int_equal(limit_take(&l, later), 1);
}

static void no_rate_is_no_limit(void **state)
{
	struct limit l;
	(void)state;
	limit_init(&l, 0, 0, 0);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(limit_take(&l, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_burst_passes_and_the_next_call_is_told_how_long_to_wait),
		TEST(the_wait_it_tells_is_exact),
		TEST(refusals_cost_nothing),
		TEST(it_refills_evenly),
		TEST(after_the_longest_idle_time_there_is_one_burst_and_no_more),
		TEST(no_rate_is_no_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
