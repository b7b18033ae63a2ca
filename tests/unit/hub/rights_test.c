// SPDX-License-Identifier: MIT
#include "check.h"

#include "hub/rights.h"

static void every_name_in_the_table_is_its_right_and_back(void **state)
{
	(void)state;
	for (unsigned bit = 0; bit < RIGHT_BIT_COUNT; bit++) {
		unsigned rights = 0;
		assert_true(rights_add(&rights, span_str(rights_name(1u << bit))));
		assert_int_equal(rights, 1u << bit);
	}
	assert_string_equal(rights_name(RIGHT_ANY), "any");
}

static void older_files_may_name_rights_more_finely(void **state)
{
	static const struct {
		const char *name;
		unsigned right;
	} rows[] = {{"*", RIGHT_ALL}, {"emoteto", RIGHT_TELL}, {"who", RIGHT_INFO},
		{"finger", RIGHT_INFO}, {"locate", RIGHT_INFO}, {"mudlist", RIGHT_INFO}};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		unsigned rights = 0;
		assert_true(rights_add(&rights, span_str(rows[i].name)));
		assert_int_equal(rights, rows[i].right);
	}
}

static void rights_add_up_and_unknown_names_change_nothing(void **state)
{
	unsigned rights = 0;
	(void)state;
	assert_true(rights_add(&rights, SPAN("tell")));
	assert_true(rights_add(&rights, SPAN("info")));
	assert_false(rights_add(&rights, SPAN("Tell")));
	assert_false(rights_add(&rights, SPAN("")));
	assert_false(rights_add(&rights, SPAN("any")));
	assert_int_equal(rights, RIGHT_TELL | RIGHT_INFO);
}

static void all_that_is_needed_must_be_there(void **state)
{
	(void)state;
	assert_true(rights_cover(0, RIGHT_ANY));
	assert_true(rights_cover(RIGHT_ALL, RIGHT_ADMIN));
	assert_false(rights_cover(RIGHT_TELL, RIGHT_INFO));
	assert_false(rights_cover(RIGHT_TELL, RIGHT_TELL | RIGHT_INFO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_name_in_the_table_is_its_right_and_back),
		TEST(older_files_may_name_rights_more_finely),
		TEST(rights_add_up_and_unknown_names_change_nothing),
		TEST(all_that_is_needed_must_be_there),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
