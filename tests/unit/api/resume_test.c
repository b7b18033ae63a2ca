// SPDX-License-Identifier: MIT
// A session that changes hands, or ends, in the middle of what its client was doing.
#include "api_rig.h"

#define WHO   "{\"target_mud\":\"Beta\",\"wait\":5}"
#define USERS "[{\"name\":\"Bob\"}]"

// Another connection comes back to c's session.
static struct conn *take_over(struct rig *r, struct conn *c)
{
	char params[160];
	struct conn *next = rig_guest(r);
	snprintf(params, sizeof params, "{\"api_key\":\"alpha-key\",\"session_id\":\"%s\"}",
		session_of(c)->id);
	check_like(call(next, "authenticate", params), "~\"resumed\":true~");
	return next;
}

// The older connection hears of its end when the turn ends, and not before.
static void an_answer_for_who_was_replaced_in_the_same_turn_is_nobodys(void **state)
{
	struct rig *r = *state;
	struct conn *old = rig_login(r, "alpha-key");
	assert_string_equal(call(old, "who", WHO), "");
	take_over(r, old);
	check_like(told(old), "~\"code\":\"replaced\"~");
	buf_clear(&old->out);
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	rig_pass(5000);
	assert_string_equal(told(old), "");
}

static void nor_for_who_lost_its_key_in_the_same_turn(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	assert_string_equal(call(c, "who", WHO), "");
	r->keys[0].key.given = false;
	api_reload(&r->api, &r->config);
	check_like(told(c), "~\"code\":\"invalid_api_key\"~");
	buf_clear(&c->out);
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	rig_pass(5000);
	assert_string_equal(told(c), "");
}

static void a_session_taken_over_twice_in_one_turn_is_the_last_ones(void **state)
{
	struct rig *r = *state;
	struct conn *first = rig_login(r, "alpha-key");
	struct session *s = session_of(first);
	struct conn *second = take_over(r, first), *third = take_over(r, second);
	assert_null(session_of(first));
	assert_null(session_of(second));
	assert_ptr_equal(session_of(third), s);
	check_like(told(second), "~\"resumed\":true~\"code\":\"replaced\"~");
	hub_turn_end(&r->hub);
	assert_int_equal(s->state, SESSION_LIVE);
	assert_int_equal(s->identity->n_sessions, 1);
}

static void who_leaves_in_the_turn_it_is_replaced_in_takes_nothing_along(void **state)
{
	struct rig *r = *state;
	struct conn *old = rig_login(r, "alpha-key");
	struct session *s = session_of(old);
	conn_close(old, CLOSE_EOF);
	struct conn *next = take_over(r, old);
	rig_gone(old);
	assert_ptr_equal(session_of(next), s);
	hub_turn_end(&r->hub);
	assert_int_equal(s->state, SESSION_LIVE);
}

static void a_reload_may_end_a_session_that_is_behind(void **state)
{
	struct rig *r = *state;
	struct conn *next = take_over(r, rig_login(r, "alpha-key"));
	assert_int_equal(session_of(next)->state, SESSION_BEHIND);
	r->keys[0].key.given = false;
	api_reload(&r->api, &r->config);
	hub_turn_end(&r->hub);
	assert_int_equal(r->up.identity->n_sessions, 0);
	assert_false(next->open);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(an_answer_for_who_was_replaced_in_the_same_turn_is_nobodys),
		RIG_TEST(nor_for_who_lost_its_key_in_the_same_turn),
		RIG_TEST(a_session_taken_over_twice_in_one_turn_is_the_last_ones),
		RIG_TEST(who_leaves_in_the_turn_it_is_replaced_in_takes_nothing_along),
		RIG_TEST(a_reload_may_end_a_session_that_is_behind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
