// SPDX-License-Identifier: MIT
// The bytes a line is kept as: read back what was written, and nothing else, however it is broken.
#include "check.h"

#include "hub/channel_line.h"
#include <stdlib.h>

static const struct channel_line full = {.seq = 7,
	.wall_us = UINT64_C(1767323045678901),
	.emote = true,
	.from_mud = {"Be\0ta", 5},
	.from_user = {"bob", 3},
	.visname = {"B\xc3\xb6"
		    "b",
		4},
	.message = {"hi\nthere", 8}};

static void check_same(const struct channel_line *got, const struct channel_line *want)
{
	assert_int_equal(got->wall_us, want->wall_us);
	assert_int_equal(got->emote, want->emote);
	check_bytes(got->from_mud, want->from_mud);
	check_bytes(got->from_user, want->from_user);
	check_bytes(got->visname, want->visname);
	check_bytes(got->message, want->message);
	assert_null(got->text);
}

static void what_was_written_is_read_back(void **state)
{
	struct buf b = {0};
	struct channel_line got, bare = {.wall_us = 1, .message = SPAN("x")};
	(void)state;
	channel_line_put(&b, &full);
	assert_true(channel_line_read(buf_bytes(&b), &got));
	check_same(&got, &full);
	buf_clear(&b);
	channel_line_put(&b, &bare);
	assert_true(channel_line_read(buf_bytes(&b), &got));
	check_same(&got, &bare);
	buf_fini(&b);
}

// In memory of just that size, so that a sanitizer sees a byte too much.
static bool reads(const char *p, size_t n)
{
	char *exact = malloc(n ? n : 1);
	struct channel_line got;
	memcpy(exact, p, n);
	bool good = channel_line_read(span_of(exact, n), &got);
	size_t sum = 0;
	for (size_t i = 0; good && i < got.message.n; i++)
		sum += (unsigned char)got.message.p[i];
	free(exact);
	return good && sum;
}

static void every_truncation_is_refused(void **state)
{
	struct buf b = {0};
	(void)state;
	channel_line_put(&b, &full);
	assert_true(reads(b.p, b.n));
	for (size_t n = 0; n < b.n; n++)
		if (reads(b.p, n))
			fail_msg("%zu of %zu bytes were taken", n, b.n);
	buf_fini(&b);
}

static void no_changed_byte_and_no_garbage_does_harm(void **state)
{
	struct buf b = {0};
	uint32_t x = 1;
	(void)state;
	channel_line_put(&b, &full);
	for (size_t i = 0; i < b.n; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.p[i] ^= (char)(1 << bit);
			reads(b.p, b.n);
			b.p[i] ^= (char)(1 << bit);
		}
	for (int round = 0; round < 20000; round++) {
		char noise[64];
		for (size_t i = 0; i < sizeof noise; i++)
			noise[i] = (char)((x = x * 1664525 + 1013904223) >> 24);
		noise[0] = 1;
		reads(noise, (size_t)round % sizeof noise);
	}
	buf_fini(&b);
}

#define LINE        "\1w\0\0\0\10\0\0\0\0\0\0\0\1"
#define IS(literal) reads(literal, sizeof(literal) - 1)

static void fields_of_a_later_version_are_skipped_but_its_version_is_not(void **state)
{
	(void)state;
	assert_true(IS(LINE "t\0\0\0\2hi"));
	assert_true(IS(LINE "z\0\0\0\3abct\0\0\0\2hiz\0\0\0\0"));
	assert_false(IS("\2w\0\0\0\10\0\0\0\0\0\0\0\1t\0\0\0\2hi"));
}

static void a_line_without_a_time_or_words_or_utf8_is_refused(void **state)
{
	(void)state;
	assert_false(IS(LINE));
	assert_false(IS(LINE "t\0\0\0\0"));
	assert_false(IS("\1t\0\0\0\2hi"));
	assert_false(IS("\1w\0\0\0\7\0\0\0\0\0\0\1t\0\0\0\2hi"));
	assert_false(IS(LINE "t\0\0\0\2h\xff"));
	assert_false(IS(LINE "m\0\0\0\1\x80t\0\0\0\2hi"));
	assert_false(IS(LINE "t\xff\xff\xff\xffhi"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_written_is_read_back),
		TEST(every_truncation_is_refused),
		TEST(no_changed_byte_and_no_garbage_does_harm),
		TEST(fields_of_a_later_version_are_skipped_but_its_version_is_not),
		TEST(a_line_without_a_time_or_words_or_utf8_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
