// SPDX-License-Identifier: MIT
// Requests of the network that wait for a session: who is asked, and that each ends exactly once.
#include "hub_rig.h"

struct asked {
	struct query query;
	struct identity *identity;
	int ended;
	bool answered;
};

static enum sent run(struct query *r, const struct value *answer)
{
	struct asked *a = container_of(r, struct asked, query);
	query_close(&a->identity->queries, r);
	a->ended++;
	a->answered = answer != NULL;
	return SENT;
}

static void start(struct rig *r, struct asked *a, enum query_kind kind)
{
	*a = (struct asked){.query = {.kind = kind, .run = run}, .identity = r->mud};
	query_open(&r->mud->queries, &a->query, clock_ms());
}

static void each_has_a_name_of_its_own_and_is_found_by_it_and_its_kind(void **state)
{
	struct rig *r = *state;
	struct queries *all = &r->mud->queries;
	struct asked who, finger;
	start(r, &who, QUERY_WHO);
	start(r, &finger, QUERY_FINGER);
	assert_string_equal(who.query.id, "who-1");
	assert_string_equal(finger.query.id, "finger-2");
	assert_ptr_equal(queries_find(all, QUERY_WHO, SPAN("who-1")), &who.query);
	assert_null(queries_find(all, QUERY_FINGER, SPAN("who-1")));
	assert_null(queries_find(all, QUERY_WHO, SPAN("who-2")));
	queries_expire(all, UINT64_MAX - 1);
	assert_null(queries_find(all, QUERY_WHO, SPAN("who-1")));
}

static void each_ends_when_its_own_time_is_up(void **state)
{
	struct rig *r = *state;
	struct queries *all = &r->mud->queries;
	struct asked line, who;
	uint64_t now = clock_ms();
	assert_true(queries_due(all) == CLOCK_NEVER);
	start(r, &line, QUERY_CHANNEL_FILTER);
	start(r, &who, QUERY_WHO);
	assert_true(queries_due(all) == now + 5000);
	queries_expire(all, now + 4999);
	assert_int_equal(who.ended, 0);
	queries_expire(all, now + 5000);
	assert_int_equal(who.ended, 1);
	assert_false(who.answered);
	assert_int_equal(line.ended, 0);
	assert_true(queries_due(all) == now + 10000);
	queries_expire(all, now + 10000);
	assert_int_equal(line.ended, 1);
	assert_true(list_empty(&all->open));
}

static void what_nobody_wants_any_more_ends_at_once(void **state)
{
	struct rig *r = *state;
	struct asked who, finger;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL)->wants = 1u << QUERY_WHO;
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL)->wants = 1u << QUERY_WHO | 1u << QUERY_FINGER;
	start(r, &who, QUERY_WHO);
	start(r, &finger, QUERY_FINGER);
	rig_close(r, 1);
	assert_int_equal(finger.ended, 1);
	assert_int_equal(who.ended, 0);
	rig_close(r, 0);
	assert_int_equal(who.ended, 1);
}

static void only_those_who_want_it_are_told(void **state)
{
	struct rig *r = *state;
	struct value none = value_map(NULL, 0);
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL)->wants = 1u << QUERY_WHO;
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL)->wants = 1u << QUERY_FINGER;
	rig_open(r, r->mud, 2, WIRE_LINE, RIGHT_TELL)->wants = 1u << QUERY_WHO;
	assert_true(identity_wants(r->mud, QUERY_WHO));
	assert_false(identity_wants(r->mud, QUERY_LOCATE));
	identity_ask(r->mud, QUERY_WHO, &none);
	assert_int_equal(r->ears[0].n, 1);
	assert_int_equal(r->ears[1].n, 0);
	assert_int_equal(r->ears[2].n, 0); // it may not hear that
	rig_close(r, 0);
	assert_false(identity_wants(r->mud, QUERY_WHO));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(each_has_a_name_of_its_own_and_is_found_by_it_and_its_kind),
		RIG_TEST(each_ends_when_its_own_time_is_up),
		RIG_TEST(what_nobody_wants_any_more_ends_at_once),
		RIG_TEST(only_those_who_want_it_are_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
