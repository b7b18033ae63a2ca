// SPDX-License-Identifier: MIT
#include "check.h"

#include "hub/presence.h"

static void put(struct presence *p, const char *name, uint64_t now_ms)
{
	struct value pair[] = {value_str("name"), value_str(name)};
	struct value user = value_map(pair, 1), users = value_array(&user, 1);
	presence_put(p, &users, now_ms);
}

static void what_was_said_holds_for_its_lease(void **state)
{
	struct presence p = {0};
	(void)state;
	assert_false(presence_known(&p, 0));
	put(&p, "Ann", 1000);
	assert_true(presence_known(&p, 1000 + PRESENCE_LEASE_MS - 1));
	assert_false(presence_known(&p, 1000 + PRESENCE_LEASE_MS));
	put(&p, "Ann", 50000);
	assert_true(presence_known(&p, 50000 + PRESENCE_LEASE_MS - 1));
	presence_fini(&p);
}

static void an_empty_list_is_knowledge_too(void **state)
{
	struct presence p = {0};
	struct value none = value_array(NULL, 0);
	(void)state;
	presence_put(&p, &none, 0);
	assert_true(presence_known(&p, 0));
	assert_null(presence_find(&p, SPAN("ann")));
	presence_fini(&p);
}

static void names_are_found_in_any_case_and_the_last_list_counts(void **state)
{
	struct presence p = {0};
	(void)state;
	put(&p, "Ann", 0);
	assert_non_null(presence_find(&p, SPAN("aNN")));
	put(&p, "Bob", 0);
	assert_null(presence_find(&p, SPAN("Ann")));
	check_text(value_text(value_get(presence_find(&p, SPAN("bob")), "name")), "Bob");
	presence_fini(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_was_said_holds_for_its_lease),
		TEST(an_empty_list_is_knowledge_too),
		TEST(names_are_found_in_any_case_and_the_last_list_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
