// SPDX-License-Identifier: MIT
// Timestamps as people and programs write them: what each stands for, and what is none.
#include "check.h"

#include "base/clock.h"

#define SECOND UINT64_C(1000000)
#define FIRST  UINT64_C(1767312000) // 2026-01-02T00:00:00Z

static void a_timestamp_stands_for_as_long_as_it_is_exact(void **state)
{
	static const struct {
		const char *text;
		uint64_t from_us, us;
	} rows[] = {
		{"2026-01-02", FIRST * SECOND, 86400 * SECOND},
		{"2026-01-02Z", FIRST * SECOND, 86400 * SECOND},
		{"2026-01-02T03:04", (FIRST + 11040) * SECOND, 60 * SECOND},
		{"2026-01-02T03:04:05", (FIRST + 11045) * SECOND, SECOND},
		{"2026-01-02 03:04:05Z", (FIRST + 11045) * SECOND, SECOND},
		{"2026-01-02T03:04:05.6", (FIRST + 11045) * SECOND + 600000, 100000},
		{"2026-01-02T03:04:05.678901Z", (FIRST + 11045) * SECOND + 678901, 1},
		{"2026-01-02T03:04:05.678901999Z", (FIRST + 11045) * SECOND + 678901, 1},
		{"2026-01-02T03:04:05+01:30", (FIRST + 11045 - 5400) * SECOND, SECOND},
		{"2026-01-02T03:04:05-01:00", (FIRST + 11045 + 3600) * SECOND, SECOND},
		{"2024-02-29", UINT64_C(1709164800) * SECOND, 86400 * SECOND},
		{"1970-01-01T00:00", 0, 60 * SECOND},
	};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		uint64_t from, to;
		if (!clock_read(span_str(rows[i].text), &from, &to))
			fail_msg("%s is no timestamp", rows[i].text);
		assert_int_equal(from, rows[i].from_us);
		assert_int_equal(to - from, rows[i].us);
	}
}

static void what_is_no_time_is_refused(void **state)
{
	static const char *const bad[] = {"", "2026", "2026-01", "2026-1-2", "2026-13-01",
		"2026-02-30", "2025-02-29", "2026-00-01", "2026-01-00", "1969-12-31", "yesterday",
		"2026-01-02T", "2026-01-02T03", "2026-01-02T24:00", "2026-01-02T03:60",
		"2026-01-02T03:04:", "2026-01-02T03:04:61", "2026-01-02T03:04:05.",
		"2026-01-02T03:04:05Zulu", "2026-01-02T03:04:05+1", "2026-01-02T03:04:05+24:00",
		"2026-01-02T03:04:05+01:60", "1970-01-01T00:00+01:00", "+026-01-02", "2026-01-02 "};
	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		uint64_t from, to;
		if (clock_read(span_str(bad[i]), &from, &to))
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void what_clock_text_writes_is_read_back(void **state)
{
	char text[CLOCK_TEXT_BYTES];
	uint64_t from, to;
	(void)state;
	for (uint64_t us = 1; us < UINT64_C(1) << 53; us = us * 3 + 7) {
		clock_text(us, text);
		assert_true(clock_read(span_str(text), &from, &to));
		assert_int_equal(from, us);
		assert_int_equal(to, us + 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_timestamp_stands_for_as_long_as_it_is_exact),
		TEST(what_is_no_time_is_refused),
		TEST(what_clock_text_writes_is_read_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
