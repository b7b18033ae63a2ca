// SPDX-License-Identifier: MIT
// Log lines as they leave the process: through standard error into a pipe, and into a file.
#include "check.h"

#include "base/clock.h"
#include "base/log.h"
#include <stdlib.h>
#include <unistd.h>

enum { CAPTURE_BYTES = 8192 };

// What one log line looks like on standard error, at a fixed time.
static struct span logged(char room[CAPTURE_BYTES], const char *word, struct log_field field)
{
	int ends[2], kept = dup(STDERR_FILENO);
	const struct log_field fields[] = {field, {.key = NULL}};
	assert_true(kept >= 0 && pipe(ends) == 0);
	clock_set(1, UINT64_C(1767225599123456));
	dup2(ends[1], STDERR_FILENO);
	log_write(LOG_WARNING, word, fields);
	dup2(kept, STDERR_FILENO);
	clock_set(0, 0);
	ssize_t n = read(ends[0], room, CAPTURE_BYTES);
	close(ends[0]);
	close(ends[1]);
	close(kept);
	assert_true(n > 0);
	return span_of(room, (size_t)n);
}

#define CONSOLE "2025-12-31T23:59:59.123Z warning "
#define JSON    "{\"time\":\"2025-12-31T23:59:59.123Z\",\"level\":\"warning\",\"event\":\"e\","

static void no_value_can_forge_a_log_line(void **state)
{
	const struct {
		struct log_field field;
		const char *console, *json;
	} rows[] = {
		{log_str("k", "plain"), CONSOLE "e k=plain\n", JSON "\"k\":\"plain\"}\n"},
		{log_str("k", ""), CONSOLE "e k=\"\"\n", JSON "\"k\":\"\"}\n"},
		{log_str("k", "two words"), CONSOLE "e k=\"two words\"\n",
			JSON "\"k\":\"two words\"}\n"},
		{log_str("k", "a=b"), CONSOLE "e k=\"a=b\"\n", JSON "\"k\":\"a=b\"}\n"},
		{log_str("k", "x\n2026 info forged"), CONSOLE "e k=\"x\\x0a2026 info forged\"\n",
			JSON "\"k\":\"x\\u000a2026 info forged\"}\n"},
		{log_str("k", "\x1b[2J\x07\x7f"), CONSOLE "e k=\"\\x1b[2J\\x07\\x7f\"\n",
			JSON "\"k\":\"\\u001b[2J\\u0007\\u007f\"}\n"},
		{log_str("k", "\"\\"), CONSOLE "e k=\"\\\"\\\\\"\n", JSON "\"k\":\"\\\"\\\\\"}\n"},
		{log_str("k", "\xc3\xa9"), CONSOLE "e k=\"\\xc3\\xa9\"\n",
			JSON "\"k\":\"\\u00c3\\u00a9\"}\n"},
		{log_span("k", SPAN("a\0b")), CONSOLE "e k=\"a\\x00b\"\n",
			JSON "\"k\":\"a\\u0000b\"}\n"},
		{log_int("k", INT64_MIN), CONSOLE "e k=-9223372036854775808\n",
			JSON "\"k\":-9223372036854775808}\n"},
		{log_id("k", 0xdeadbeef), CONSOLE "e k=deadbeef\n", JSON "\"k\":\"deadbeef\"}\n"},
		{log_str(NULL, ""), CONSOLE "e\n", NULL},
	};
	char room[CAPTURE_BYTES];
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		log_setup(LOG_INFO, LOG_CONSOLE);
		check_text(logged(room, "e", rows[i].field), rows[i].console);
		log_setup(LOG_INFO, LOG_JSON);
		if (rows[i].json)
			check_text(logged(room, "e", rows[i].field), rows[i].json);
	}
	log_setup(LOG_INFO, LOG_CONSOLE);
}

static void long_values_are_cut_and_the_line_still_ends(void **state)
{
	static char value[100000];
	char room[CAPTURE_BYTES];
	(void)state;
	memset(value, '\x01', sizeof value);
	for (int format = LOG_CONSOLE; format <= LOG_JSON; format++) {
		log_setup(LOG_INFO, (enum log_format)format);
		struct span line = logged(room, "e", log_span("k", span_of(value, sizeof value)));
		assert_true(line.n <= 4096);
		assert_true(
			span_ends(line, format == LOG_JSON ? SPAN("...\"}\n") : SPAN("...\"\n")));
	}
	log_setup(LOG_INFO, LOG_CONSOLE);
}

// A reader that has stalled must not stop the daemon with it: this test would never end.
static void a_full_pipe_loses_lines_and_holds_nobody_up(void **state)
{
	int ends[2], kept = dup(STDERR_FILENO);
	const struct log_field none[] = {{.key = NULL}};
	char room[CAPTURE_BYTES];
	(void)state;
	assert_true(kept >= 0 && pipe(ends) == 0);
	dup2(ends[1], STDERR_FILENO);
	for (int i = 0; i < 10000; i++)
		log_write(LOG_WARNING, "one_more_line_of_many", none);
	dup2(kept, STDERR_FILENO);
	close(ends[1]);
	size_t all = 0;
	for (ssize_t n; (n = read(ends[0], room, sizeof room)) > 0;)
		all += (size_t)n;
	close(ends[0]);
	close(kept);
	assert_in_range(all, 4096, 10000 * 40);
}

static void lines_below_the_threshold_are_not_even_looked_at(void **state)
{
	int looked = 0;
	(void)state;
	log_setup(LOG_CRITICAL, LOG_CONSOLE);
	log_error("e", log_int("n", ++looked));
	log_debug("e");
	assert_int_equal(looked, 0);
	log_setup(LOG_INFO, LOG_CONSOLE);
}

static void log_lines_go_to_a_file_as_well(void **state)
{
	char path[] = "/tmp/base_test.XXXXXX", room[CAPTURE_BYTES], file[CAPTURE_BYTES];
	int fd = mkstemp(path);
	(void)state;
	assert_true(fd >= 0);
	assert_false(log_open("/nonexistent/folder/log"));
	assert_true(log_open(path));
	unlink(path);
	struct span line = logged(room, "close", log_str("reason", "rx\r\n"));
	ssize_t n = read(fd, file, sizeof file);
	check_text(line, CONSOLE "close reason=\"rx\\x0d\\x0a\"\n");
	check_bytes(span_of(file, n > 0 ? (size_t)n : 0), line);
	assert_true(log_open("")); // and then no longer
	logged(room, "close", log_int("n", 1));
	assert_int_equal(read(fd, file, sizeof file), 0);
	close(fd);
}

static void log_levels_are_read_in_any_case(void **state)
{
	enum log_level level = LOG_INFO;
	(void)state;
	assert_true(log_level_parse("debug", &level) && level == LOG_DEBUG);
	assert_true(log_level_parse("WARNING", &level) && level == LOG_WARNING);
	assert_true(log_level_parse("Critical", &level) && level == LOG_CRITICAL);
	assert_false(log_level_parse("", &level));
	assert_false(log_level_parse("warn", &level));
	assert_false(log_level_parse("errors", &level));
}

static void what_is_paced_says_so_many_lines_a_minute(void **state)
{
	struct log_pace pace = {0};
	(void)state;
	for (int minute = 1; minute <= 2; minute++) {
		clock_set((uint64_t)minute * LOG_PACE_MS, 1);
		for (int i = 0; i < LOG_PACE_LINES; i++)
			assert_int_equal(log_paced(&pace, LOG_WARNING), LOG_WARNING);
		assert_int_equal(log_paced(&pace, LOG_WARNING), LOG_DEBUG);
	}
	clock_set(0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_value_can_forge_a_log_line),
		TEST(long_values_are_cut_and_the_line_still_ends),
		TEST(a_full_pipe_loses_lines_and_holds_nobody_up),
		TEST(lines_below_the_threshold_are_not_even_looked_at),
		TEST(log_lines_go_to_a_file_as_well),
		TEST(log_levels_are_read_in_any_case),
		TEST(what_is_paced_says_so_many_lines_a_minute),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
