// SPDX-License-Identifier: MIT
#include "check.h"

#include "hub/roster.h"
#include <stdio.h>

static const struct value no_facts = {.type = VALUE_MAP};

static bool put(struct roster *r, const char *name, int64_t state)
{
	return roster_put_mud(r, span_str(name), state, &no_facts);
}

static int setup(void **state)
{
	static struct roster r;
	roster_init(&r);
	*state = &r;
	return 0;
}

static int teardown(void **state)
{
	roster_fini(*state);
	return 0;
}

#define ROSTER_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_change_of_being_up_is_told_and_nothing_else(void **state)
{
	struct roster *r = *state;
	static const struct {
		int64_t state;
		bool changed;
	} steps[] = {{MUD_UP, true}, {MUD_UP, false}, {MUD_DOWN, true}, {300, false},
		{MUD_UP, true}, {300, true}};
	for (size_t i = 0; i < countof(steps); i++)
		assert_int_equal(put(r, "Alpha", steps[i].state), steps[i].changed);
	assert_false(put(r, "Beta", MUD_DOWN)); // was not up before either
}

static void dropping_tells_whether_it_was_up(void **state)
{
	struct roster *r = *state;
	put(r, "Up", MUD_UP);
	put(r, "Down", MUD_DOWN);
	assert_true(roster_drop_mud(r, SPAN("Up")));
	assert_false(roster_drop_mud(r, SPAN("Up")));
	assert_false(roster_drop_mud(r, SPAN("Down")));
	assert_null(roster_mud(r, SPAN("Up")));
	assert_null(roster_mud(r, SPAN("up")));
}

static void a_mud_is_found_exactly_or_else_in_any_case(void **state)
{
	struct roster *r = *state;
	put(r, "Dark Wind", MUD_UP);
	put(r, "dark wind", MUD_DOWN);
	assert_string_equal(roster_mud(r, SPAN("Dark Wind"))->name, "Dark Wind");
	assert_string_equal(roster_mud(r, SPAN("dark wind"))->name, "dark wind");
	assert_non_null(roster_mud(r, SPAN("DARK WIND")));
	assert_null(roster_mud(r, SPAN("Dark")));
}

static void when_one_of_two_that_differ_in_case_goes_the_other_stays(void **state)
{
	struct roster *r = *state;
	put(r, "MUD", MUD_UP);
	put(r, "Mud", MUD_UP);
	put(r, "mUD", MUD_UP);
	assert_true(roster_drop_mud(r, SPAN("Mud")));
	assert_true(roster_drop_mud(r, SPAN("mUD")));
	assert_non_null(roster_mud(r, SPAN("MUD")));
	assert_string_equal(roster_mud(r, SPAN("mud"))->name, "MUD");
	assert_true(roster_drop_mud(r, SPAN("MUD")));
	assert_null(roster_mud(r, SPAN("mud")));
}

static void facts_are_copied_and_replaced(void **state)
{
	struct roster *r = *state;
	char driver[] = "LDMud";
	struct value pair[] = {value_str("driver"), value_str(driver)};
	struct value facts = value_map(pair, 1);
	roster_put_mud(r, SPAN("Alpha"), MUD_UP, &facts);
	memset(driver, 'x', sizeof driver - 1);
	check_text(value_text(value_get(&roster_mud(r, SPAN("Alpha"))->facts, "driver")), "LDMud");
	pair[1] = value_str("DGD");
	roster_put_mud(r, SPAN("Alpha"), MUD_UP, &facts);
	check_text(value_text(value_get(&roster_mud(r, SPAN("Alpha"))->facts, "driver")), "DGD");
}

static void a_router_cannot_make_us_hold_more_than_the_bound(void **state)
{
	struct roster *r = *state;
	char name[32], endless[300];
	for (int i = 0; i < ROSTER_MUDS_MAX + 5; i++) {
		snprintf(name, sizeof name, "m%d", i);
		put(r, name, MUD_UP);
		roster_put_channel(r, span_str(name), SPAN("*r"), 0);
	}
	assert_int_equal(map_count(&r->muds), ROSTER_MUDS_MAX);
	assert_int_equal(map_count(&r->channels), ROSTER_CHANNELS_MAX);
	assert_int_equal(roster_up(r), ROSTER_MUDS_MAX);
	assert_true(put(r, "m7", MUD_DOWN)); // those known are still kept up to date
	roster_drop_mud(r, SPAN("m7"));
	memset(endless, 'n', sizeof endless);
	assert_false(roster_put_mud(r, span_of(endless, sizeof endless), MUD_UP, &no_facts));
	assert_int_equal(map_count(&r->muds), ROSTER_MUDS_MAX - 1);
}

static void channels_come_change_and_go(void **state)
{
	struct roster *r = *state;
	roster_put_channel(r, SPAN("chat"), SPAN("*i4"), 0);
	roster_put_channel(r, SPAN("chat"), SPAN("*dalet"), 2);
	assert_string_equal(roster_channel(r, SPAN("chat"))->owner, "*dalet");
	assert_int_equal(roster_channel(r, SPAN("chat"))->type, 2);
	assert_null(roster_channel(r, SPAN("Chat")));
	roster_drop_channel(r, SPAN("chat"));
	roster_drop_channel(r, SPAN("chat"));
	assert_null(roster_channel(r, SPAN("chat")));
}

static void states_have_words(void **state)
{
	(void)state;
	assert_string_equal(roster_state(MUD_UP), "up");
	assert_string_equal(roster_state(MUD_DOWN), "down");
	assert_string_equal(roster_state(600), "reboot");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROSTER_TEST(a_change_of_being_up_is_told_and_nothing_else),
		ROSTER_TEST(dropping_tells_whether_it_was_up),
		ROSTER_TEST(a_mud_is_found_exactly_or_else_in_any_case),
		ROSTER_TEST(when_one_of_two_that_differ_in_case_goes_the_other_stays),
		ROSTER_TEST(facts_are_copied_and_replaced),
		ROSTER_TEST(a_router_cannot_make_us_hold_more_than_the_bound),
		ROSTER_TEST(channels_come_change_and_go),
		TEST(states_have_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
