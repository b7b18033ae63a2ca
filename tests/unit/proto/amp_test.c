// SPDX-License-Identifier: MIT
// Boxes as Twisted 22.4 writes and reads them, both ways; what it does not write; and limits.
#include "check.h"
#include "codec_rules.h"
#include "proto/amp.h"
#include <stdio.h>

#define HEX(text) unhex(&scratch, text)
static struct buf scratch;

static struct span unhex(struct buf *b, const char *text)
{
	unsigned byte;
	buf_clear(b);
	for (int n; sscanf(text, " %2x%n", &byte, &n) == 1; text += n)
		buf_char(b, (char)byte);
	return buf_bytes(b);
}

// The first box of the wire, which must be all of it.
static struct span unboxed(struct span wire)
{
	struct span box;
	assert_true(amp_box(&wire, &box));
	assert_int_equal(wire.n, 0);
	return box;
}

static struct span value_of(struct span box, const char *key)
{
	struct span value;
	if (!amp_find(box, key, &value))
		fail_msg("no %s", key);
	return value;
}

static const char login[] =
	"00 04 5f 61 73 6b 00 01 31 00 08 5f 63 6f 6d 6d 61 6e 64 00 1b 4f 6e 53 65 73"
	"73 69 6f 6e 43 6f 6e 6e 65 63 74 54 6f 4f 62 6a 65 63 74 43 6d 64 00 0a 61 63"
	"63 6f 75 6e 74 5f 69 64 00 01 37 00 0e 63 6f 6e 74 72 6f 6c 6c 69 6e 67 5f 69"
	"64 00 02 2d 31 00 08 75 73 65 72 6e 61 6d 65 00 05 47 72 c3 bc 6e 00 00";
static const char unknown_error[] =
	"00 06 5f 65 72 72 6f 72 00 01 31 00 0b 5f 65 72 72 6f 72 5f 63 6f 64 65 00 07"
	"55 4e 4b 4e 4f 57 4e 00 12 5f 65 72 72 6f 72 5f 64 65 73 63 72 69 70 74 69 6f"
	"6e 00 0d 55 6e 6b 6e 6f 77 6e 20 45 72 72 6f 72 00 00";

static void test_a_request_reads_as_twisted_wrote_it(void **unused)
{
	(void)unused;
	struct span box = unboxed(HEX(login));
	int64_t account, controlling;
	check_text(value_of(box, "_ask"), "1");
	check_text(value_of(box, "_command"), "OnSessionConnectToObjectCmd");
	check_text(value_of(box, "username"), "Gr\xc3\xbcn");
	assert_true(amp_int(value_of(box, "account_id"), &account));
	assert_true(amp_int(value_of(box, "controlling_id"), &controlling));
	assert_int_equal(account, 7);
	assert_int_equal(controlling, -1);
}

static void test_boxes_are_written_as_twisted_writes_them(void **unused)
{
	(void)unused;
	struct buf b = {0};
	amp_put(&b, "_ask", SPAN("1"));
	amp_put(&b, "_command", SPAN("OnSessionConnectToObjectCmd"));
	amp_put_int(&b, "account_id", 7);
	amp_put_int(&b, "controlling_id", -1);
	amp_put(&b, "username", SPAN("Gr\xc3\xbcn"));
	amp_end(&b);
	check_bytes(buf_bytes(&b), HEX(login));
	buf_clear(&b);
	amp_put(&b, "_error", SPAN("1"));
	amp_put(&b, "_error_code", SPAN("UNKNOWN"));
	amp_put(&b, "_error_description", SPAN("Unknown Error"));
	amp_end(&b);
	check_bytes(buf_bytes(&b), HEX(unknown_error));
	buf_clear(&b);
	amp_put(&b, "_answer", SPAN("1"));
	amp_put_int(&b, "object_id", 42);
	amp_end(&b);
	check_bytes(buf_bytes(&b),
		HEX("00 07 5f 61 6e 73 77 65 72 00 01 31 00 09 6f 62 6a 65 63 74 5f 69 64"
		    "00 02 34 32 00 00"));
	buf_fini(&b);
}

static void test_answers_and_errors_read_as_twisted_wrote_them(void **unused)
{
	(void)unused;
	struct span box = unboxed(HEX(unknown_error));
	check_text(value_of(box, "_error"), "1");
	check_text(value_of(box, "_error_code"), "UNKNOWN");
	check_text(value_of(box, "_error_description"), "Unknown Error");
	box = unboxed(HEX("00 07 5f 61 6e 73 77 65 72 00 01 32 00 08 61 63 63 6f 75 6e 74 73 00 08"
			  "00 02 41 6c 00 02 42 6f 00 00"));
	struct span list = value_of(box, "accounts"), item;
	assert_true(amp_item(&list, &item));
	check_text(item, "Al");
	assert_true(amp_item(&list, &item));
	check_text(item, "Bo");
	assert_false(amp_item(&list, &item));
}

static void test_lists_are_the_same_both_ways(void **unused)
{
	(void)unused;
	struct buf b = {0};
	amp_put_item(&b, SPAN("a"));
	amp_put_item(&b, SPAN(""));
	amp_put_item(&b, SPAN("bc"));
	check_bytes(buf_bytes(&b), HEX("00 01 61 00 00 00 02 62 63"));
	buf_clear(&b);
	size_t outer = amp_open(&b, NULL);
	amp_put_item(&b, SPAN("1"));
	amp_put_item(&b, SPAN("2"));
	amp_close(&b, outer);
	amp_close(&b, amp_open(&b, NULL));
	struct span list = HEX("00 06 00 01 31 00 01 32 00 00"), inner, item;
	check_bytes(buf_bytes(&b), list);
	assert_true(amp_item(&list, &inner));
	assert_true(amp_item(&inner, &item) && amp_item(&inner, &item));
	check_text(item, "2");
	assert_true(amp_item(&list, &inner));
	assert_int_equal(inner.n, 0);
	assert_false(amp_item(&list, &inner));
	buf_fini(&b);
}

static void test_amp_lists_are_the_same_both_ways(void **unused)
{
	(void)unused;
	struct buf b = {0};
	amp_put_int(&b, "a", 1);
	amp_put(&b, "b", SPAN("x"));
	amp_end(&b);
	amp_put_int(&b, "a", 2);
	amp_put(&b, "b", SPAN(""));
	amp_end(&b);
	struct span list = HEX("00 01 61 00 01 31 00 01 62 00 01 78 00 00"
			       "00 01 61 00 01 32 00 01 62 00 00 00 00"),
		    box;
	check_bytes(buf_bytes(&b), list);
	assert_true(amp_box(&list, &box));
	check_text(value_of(box, "b"), "x");
	assert_true(amp_box(&list, &box));
	check_text(value_of(box, "a"), "2");
	check_text(value_of(box, "b"), "");
	assert_false(amp_box(&list, &box));
	buf_fini(&b);
}

static void test_integers_are_read_as_python_reads_them(void **unused)
{
	(void)unused;
	static const struct {
		const char *text;
		int64_t number;
	} good[] = {{"7", 7}, {"-1", -1}, {"+5", 5}, {"007", 7}, {"1_000", 1000}, {" 12 ", 12},
		{"\t\n3\r\v\f", 3}, {"9223372036854775807", INT64_MAX},
		{"-9223372036854775808", INT64_MIN}, {"-0", 0}};
	static const char *const bad[] = {"", " ", "0x10", "1.0", "_1", "1_", "1__0", "--1", "+ 1",
		"1 2", "a", "9223372036854775808", "-9223372036854775809",
		"99999999999999999999999999"};
	int64_t number;
	for (size_t i = 0; i < countof(good); i++) {
		if (!amp_int(span_str(good[i].text), &number) || number != good[i].number)
			fail_msg("\"%s\" is not %lld", good[i].text, (long long)good[i].number);
	}
	for (size_t i = 0; i < countof(bad); i++)
		if (amp_int(span_str(bad[i]), &number))
			fail_msg("\"%s\" is a number", bad[i]);
}

static void test_booleans_are_exactly_two_words(void **unused)
{
	(void)unused;
	struct buf b = {0};
	bool yes = false;
	amp_put_bool(&b, "y", true);
	amp_put_bool(&b, "n", false);
	assert_true(amp_bool(value_of(buf_bytes(&b), "y"), &yes) && yes);
	assert_true(amp_bool(value_of(buf_bytes(&b), "n"), &yes) && !yes);
	assert_false(amp_bool(SPAN("true"), &yes));
	assert_false(amp_bool(SPAN("1"), &yes));
	assert_false(amp_bool(SPAN(""), &yes));
	buf_fini(&b);
}

static void test_of_equal_keys_the_last_counts_wherever_they_stand(void **unused)
{
	(void)unused;
	struct buf b = {0};
	amp_put(&b, "z", SPAN("1"));
	amp_put(&b, "a", SPAN("2"));
	amp_put(&b, "z", SPAN("3"));
	check_text(value_of(buf_bytes(&b), "z"), "3");
	check_text(value_of(buf_bytes(&b), "a"), "2");
	struct span none;
	assert_false(amp_find(buf_bytes(&b), "b", &none));
	buf_fini(&b);
}

static void test_a_list_that_is_cut_gives_what_is_whole(void **unused)
{
	(void)unused;
	struct span list = SPAN("\0\1a\0\5bc"), item;
	assert_true(amp_item(&list, &item));
	assert_false(amp_item(&list, &item));
	struct span boxes = SPAN("\0\1a\0\1b\0\0\0\1a\0"), box;
	assert_true(amp_box(&boxes, &box));
	assert_false(amp_box(&boxes, &box));
	struct span long_key = SPAN("\1\0ab\0\0");
	assert_false(amp_box(&long_key, &box));
}

static void test_a_value_over_the_limit_cannot_be_written(void **unused)
{
	(void)unused;
	struct buf b = {0};
	char *big = calloc(1, AMP_VALUE_MAX + 1);
	amp_put(&b, "k", span_of(big, AMP_VALUE_MAX));
	assert_false(b.failed);
	amp_put(&b, "k", span_of(big, AMP_VALUE_MAX + 1));
	assert_true(b.failed);
	buf_clear(&b);
	size_t list = amp_open(&b, "k");
	amp_put_item(&b, span_of(big, AMP_VALUE_MAX - 2));
	amp_close(&b, list);
	assert_false(b.failed);
	amp_put_item(&b, SPAN(""));
	amp_close(&b, list);
	assert_true(b.failed);
	buf_fini(&b);
	free(big);
}

static const char *fault_of(struct span wire, size_t max)
{
	struct rules r;
	rules_init(&r, &codec_amp, max);
	rules_run(&r, wire, 1);
	const char *why = r.why;
	rules_fini(&r);
	return why;
}

static void test_what_is_not_amp_is_known_by_its_first_byte(void **unused)
{
	(void)unused;
	assert_string_equal(fault_of(SPAN("GET / HTTP/1.1\r\n"), AMP_BOX_MAX), "not AMP");
	assert_string_equal(fault_of(SPAN("\1"), AMP_BOX_MAX), "not AMP");
	assert_string_equal(fault_of(SPAN("\0\1a\0\1b\1\0"), AMP_BOX_MAX), "not AMP");
	assert_null(fault_of(SPAN("\0\1a\0\1"), AMP_BOX_MAX));
}

static void test_boxes_have_limits_judged_before_the_bytes_have_come(void **unused)
{
	(void)unused;
	struct buf b = {0};
	assert_string_equal(fault_of(SPAN("\0\1a\0\x10"), 16), "box too big");
	assert_null(fault_of(SPAN("\0\1a\0\x0b"), 16));
	for (int i = 0; i < AMP_PAIRS_MAX; i++)
		amp_put(&b, "k", SPAN(""));
	size_t most = b.n;
	amp_end(&b);
	assert_null(fault_of(buf_bytes(&b), AMP_BOX_MAX));
	b.n = most;
	amp_put(&b, "k", SPAN(""));
	assert_string_equal(fault_of(buf_bytes(&b), AMP_BOX_MAX), "too many keys");
	buf_fini(&b);
}

static int free_scratch(void **unused)
{
	(void)unused;
	buf_fini(&scratch);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_request_reads_as_twisted_wrote_it),
		TEST(test_boxes_are_written_as_twisted_writes_them),
		TEST(test_answers_and_errors_read_as_twisted_wrote_them),
		TEST(test_lists_are_the_same_both_ways),
		TEST(test_amp_lists_are_the_same_both_ways),
		TEST(test_integers_are_read_as_python_reads_them),
		TEST(test_booleans_are_exactly_two_words),
		TEST(test_of_equal_keys_the_last_counts_wherever_they_stand),
		TEST(test_a_list_that_is_cut_gives_what_is_whole),
		TEST(test_a_value_over_the_limit_cannot_be_written),
		TEST(test_what_is_not_amp_is_known_by_its_first_byte),
		TEST(test_boxes_have_limits_judged_before_the_bytes_have_come),
	};
	return cmocka_run_group_tests(tests, NULL, free_scratch);
}
