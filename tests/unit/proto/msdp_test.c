// SPDX-License-Identifier: MIT
#include "check.h"
#include "proto/json.h"
#include "proto/msdp.h"

#define VAR  "\1"
#define VAL  "\2"
#define TAB  "\3"
#define TABE "\4"
#define ARR  "\5"
#define ARRE "\6"

static const struct pair {
	const char *msdp, *json;
	bool back; // what is written is what was read
} pairs[] = {
	{VAR "LIST" VAL "COMMANDS", "{\"LIST\":\"COMMANDS\"}", true},
	{VAR "A" VAL VAR "B" VAL "1", "{\"A\":\"\",\"B\":\"1\"}", true},
	{VAR "REPORT" VAL "HP" VAL "MP", "{\"REPORT\":[\"HP\",\"MP\"]}", false},
	{VAR "X" VAL ARR VAL "a" VAL "b" ARRE, "{\"X\":[\"a\",\"b\"]}", true},
	{VAR "X" VAL ARR VAL "a" ARRE, "{\"X\":[\"a\"]}", true},
	{VAR "X" VAL ARR ARRE, "{\"X\":[]}", true},
	{VAR "X", "{\"X\":[]}", false},
	{VAR "ROOM" VAL TAB VAR "VNUM" VAL "6008" VAR "EXITS" VAL TAB VAR "n" VAL
	     "6011" TABE TABE VAR "Y" VAL "z",
		"{\"ROOM\":{\"VNUM\":\"6008\",\"EXITS\":{\"n\":\"6011\"}},\"Y\":\"z\"}", true},
	{VAR "X" VAL ARR VAL TAB VAR "a" VAL "1" TABE ARRE, "{\"X\":[{\"a\":\"1\"}]}", true},
	{VAR "X" VAL TAB VAR "a" VAL "1", "{\"X\":{\"a\":\"1\"}}", false}, // left open
	{VAR "X" VAL "\xff", "{\"X\":\"\xc3\xbf\"}", false},
};

static void test_what_is_read_and_what_is_written(void **unused)
{
	(void)unused;
	struct arena a = {0};
	for (size_t i = 0; i < countof(pairs); i++) {
		struct buf json = {0}, msdp = {0};
		struct value v;
		assert_true(msdp_read(&a, span_str(pairs[i].msdp), &v));
		json_put(&json, &v);
		check_text(buf_bytes(&json), pairs[i].json);
		msdp_put(&msdp, &v);
		if (pairs[i].back)
			check_text(buf_bytes(&msdp), pairs[i].msdp);
		buf_fini(&json);
		buf_fini(&msdp);
	}
	arena_fini(&a);
}

static void test_what_is_no_msdp(void **unused)
{
	(void)unused;
	static const char *const bad[] = {"", "x", VAL "x", VAR "x" VAL TABE, VAR "x" VAL ARR "y",
		VAR "x" VAL TAB VAR "y" VAL "z" ARRE, VAR "x" VAL "y" TAB};
	struct arena a = {0};
	struct buf deep = {0};
	struct value v;
	for (size_t i = 0; i < countof(bad); i++)
		if (msdp_read(&a, span_str(bad[i]), &v))
			fail_msg("read: %zu", i);
	buf_lit(&deep, VAR "x" VAL);
	for (int i = 0; i < MSDP_DEPTH_MAX; i++)
		buf_lit(&deep, ARR VAL);
	assert_true(msdp_read(&a, buf_bytes(&deep), &v));
	buf_lit(&deep, ARR);
	assert_false(msdp_read(&a, buf_bytes(&deep), &v));
	buf_clear(&deep);
	for (int i = 0; i < MSDP_DEPTH_MAX / 2; i++)
		buf_lit(&deep, VAR "x" VAL "y" VAL TAB);
	assert_true(msdp_read(&a, buf_bytes(&deep), &v));
	buf_lit(&deep, VAR "x" VAL "y" VAL TAB); // a table in an array that is not written
	assert_false(msdp_read(&a, buf_bytes(&deep), &v));
	buf_fini(&deep);
	arena_fini(&a);
}

static void test_numbers_become_digits_and_marks_are_left_out(void **unused)
{
	(void)unused;
	struct arena a = {0};
	struct json_error error;
	struct value v;
	struct buf msdp = {0};
	char json[] =
		"{\"i\":-3,\"f\":1.5,\"t\":true,\"n\":null,\"s\\u0001\":\"a\\u0002b\\u0000\"}";
	assert_true(json_read(&a, json, strlen(json), &v, &error));
	msdp_put(&msdp, &v);
	check_text(buf_bytes(&msdp),
		VAR "i" VAL "-3" VAR "f" VAL "1.5" VAR "t" VAL "1" VAR "n" VAL VAR "s" VAL "ab");
	buf_clear(&msdp);
	v = value_str("no map");
	msdp_put(&msdp, &v);
	assert_int_equal(msdp.n, 0);
	buf_fini(&msdp);
	arena_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_read_and_what_is_written),
		TEST(test_what_is_no_msdp),
		TEST(test_numbers_become_digits_and_marks_are_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
