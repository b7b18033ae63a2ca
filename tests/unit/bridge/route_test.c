// SPDX-License-Identifier: MIT
// Routing without sockets: recipients that write down what they are given.
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/route.h"
#include <stdio.h>
#include <stdlib.h>

enum { EARS = 4 };
#define NOW_US UINT64_C(1765189860000000)

struct ear {
	struct bridge_recipient recipient;
	struct buf heard; // "c1:hi "
	bool busy;
	int room; // messages until it is busy; 0: no such bound
};

struct rig {
	struct bridge_route route;
	struct ear ears[EARS];
};

static bool take(struct bridge_recipient *r, struct bridge_message *m)
{
	struct ear *e = container_of(r, struct ear, recipient);
	if (e->busy)
		return false;
	buf_printf(&e->heard, "%.*s:%.*s ", (int)m->words.channel.n, m->words.channel.p,
		(int)m->words.content.n, m->words.content.p);
	e->busy = e->room && --e->room == 0;
	return true;
}

static int setup(void **state)
{
	static struct rig rig;
	memset(metric_values, 0, sizeof metric_values);
	clock_set(1000, NOW_US);
	bridge_route_init(&rig.route, 8);
	for (int i = 0; i < EARS; i++) {
		rig.ears[i] = (struct ear){0};
		bridge_recipient_init(&rig.ears[i].recipient, take);
	}
	*state = &rig;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < EARS; i++) {
		bridge_route_leave(&r->route, &r->ears[i].recipient);
		buf_fini(&r->ears[i].heard);
	}
	bridge_route_fini(&r->route);
	assert_int_equal(metric_get(METRIC_BRIDGE_WAITING), 0);
	return 0;
}

static enum bridge_status say(
	struct rig *r, enum bridge_side from, const char *channel, const char *content)
{
	struct bridge_words w = {.from = from,
		.msg_id = SPAN("m"),
		.channel = span_str(channel),
		.author_id = SPAN("a"),
		.content = span_str(content)};
	return bridge_route_send(&r->route, bridge_message_new(&w));
}

static void join(struct rig *r, int ear, enum bridge_side side, const char *channel)
{
	bridge_route_join(&r->route, &r->ears[ear].recipient, side, span_str(channel));
}

static void leave(struct rig *r, int ear)
{
	bridge_route_leave(&r->route, &r->ears[ear].recipient);
}

static void check_heard(struct rig *r, int ear, const char *want)
{
	check_text(buf_bytes(&r->ears[ear].heard), want);
	buf_clear(&r->ears[ear].heard);
}

static void a_bot_hears_the_mods_of_every_channel(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_MOD, "");
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "hi"), BRIDGE_COMPLETED);
	assert_int_equal(say(r, BRIDGE_MOD, "c2", "ho"), BRIDGE_COMPLETED);
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "own"), BRIDGE_QUEUED);
	check_heard(r, 0, "c1:hi c2:ho ");
}

static void every_mod_of_a_channel_hears_the_bot_and_no_other_does(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_BOT, "c1");
	join(r, 1, BRIDGE_BOT, "c1");
	join(r, 2, BRIDGE_BOT, "c2");
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "hi"), BRIDGE_COMPLETED);
	check_heard(r, 0, "c1:hi ");
	check_heard(r, 1, "c1:hi ");
	check_heard(r, 2, "");
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "from a mod"), BRIDGE_QUEUED);
	check_heard(r, 1, ""); // mods do not hear each other
	assert_int_equal(metric_get(METRIC_BRIDGE_DELIVERED), 2);
}

static void what_nobody_takes_waits_for_who_joins(void **state)
{
	struct rig *r = *state;
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "1"), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "2"), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_BOT, "c2", "3"), BRIDGE_QUEUED);
	assert_int_equal(metric_get(METRIC_BRIDGE_WAITING), 3);
	join(r, 0, BRIDGE_BOT, "c1");
	check_heard(r, 0, "c1:1 c1:2 ");
	join(r, 1, BRIDGE_BOT, "c1"); // it was given away
	check_heard(r, 1, "");
	assert_int_equal(metric_get(METRIC_BRIDGE_WAITING), 1);
	leave(r, 0);
	leave(r, 1);
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "4"), BRIDGE_QUEUED);
}

static void a_bot_is_given_what_waits_in_all_channels(void **state)
{
	struct rig *r = *state;
	say(r, BRIDGE_MOD, "c1", "1");
	say(r, BRIDGE_MOD, "c2", "2");
	say(r, BRIDGE_MOD, "c1", "3");
	say(r, BRIDGE_BOT, "c1", "not this");
	join(r, 0, BRIDGE_MOD, "");
	check_heard(r, 0, "c1:1 c1:3 c2:2 ");
	assert_int_equal(metric_get(METRIC_BRIDGE_WAITING), 1);
}

static void the_oldest_gives_way_in_a_full_queue(void **state)
{
	struct rig *r = *state;
	bridge_route_configure(&r->route, 2);
	for (const char *const *c = (const char *const[]){"1", "2", "3", "4", NULL}; *c; c++)
		assert_int_equal(say(r, BRIDGE_MOD, "c1", *c), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_MOD, "c2", "5"), BRIDGE_QUEUED); // its own queue
	assert_int_equal(metric_get(METRIC_BRIDGE_DROPPED), 2);
	join(r, 0, BRIDGE_MOD, "");
	check_heard(r, 0, "c1:3 c1:4 c2:5 ");
}

static void a_smaller_bound_holds_for_what_waits_already(void **state)
{
	struct rig *r = *state;
	for (const char *const *c = (const char *const[]){"1", "2", "3", NULL}; *c; c++)
		say(r, BRIDGE_MOD, "c1", *c);
	bridge_route_configure(&r->route, 1);
	join(r, 0, BRIDGE_MOD, "");
	check_heard(r, 0, "c1:3 ");
}

static void without_queues_what_nobody_takes_fails(void **state)
{
	struct rig *r = *state;
	bridge_route_configure(&r->route, 0);
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "1"), BRIDGE_FAILED);
	assert_int_equal(metric_get(METRIC_BRIDGE_FAILED), 1);
	join(r, 0, BRIDGE_MOD, "");
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "2"), BRIDGE_COMPLETED);
	check_heard(r, 0, "c1:2 ");
}

static void who_is_behind_is_given_the_rest_in_order_when_it_is_ready(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_MOD, "");
	r->ears[0].busy = true;
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "1"), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_MOD, "c2", "2"), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "3"), BRIDGE_QUEUED);
	r->ears[0].busy = false;
	r->ears[0].room = 1;
	bridge_route_ready(&r->route, &r->ears[0].recipient);
	check_heard(r, 0, "c1:1 ");
	r->ears[0].busy = false;
	bridge_route_ready(&r->route, &r->ears[0].recipient);
	check_heard(r, 0, "c1:3 c2:2 ");
}

static void a_message_never_overtakes_one_that_waits(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_BOT, "c1");
	r->ears[0].busy = true;
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "1"), BRIDGE_QUEUED);
	r->ears[0].busy = false;
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "2"), BRIDGE_COMPLETED);
	check_heard(r, 0, "c1:1 c1:2 ");
}

static void one_that_is_behind_holds_up_no_other(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_BOT, "c1");
	join(r, 1, BRIDGE_BOT, "c1");
	r->ears[0].busy = true;
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "1"), BRIDGE_COMPLETED);
	check_heard(r, 1, "c1:1 ");
	assert_int_equal(metric_get(METRIC_BRIDGE_DROPPED), 1); // and it is counted
}

static void who_joins_a_whole_side_does_not_keep_a_channel_from_its_own(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_BOT, "");
	join(r, 1, BRIDGE_BOT, "c1");
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "1"), BRIDGE_COMPLETED);
	check_heard(r, 0, "c1:1 ");
	check_heard(r, 1, "c1:1 ");
}

static void channels_that_were_made_up_have_a_bound(void **state)
{
	struct rig *r = *state;
	char name[32];
	for (int i = 0; i < BRIDGE_LANES_MAX; i++) {
		snprintf(name, sizeof name, "made up %d", i);
		assert_int_equal(say(r, BRIDGE_MOD, name, "x"), BRIDGE_QUEUED);
	}
	assert_int_equal(say(r, BRIDGE_MOD, "one more", "x"), BRIDGE_FAILED);
	assert_int_equal(say(r, BRIDGE_MOD, "made up 0", "y"), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_BOT, "one more", "x"), BRIDGE_QUEUED); // the other side
	join(r, 0, BRIDGE_MOD, "");
	leave(r, 0);
	assert_int_equal(say(r, BRIDGE_MOD, "one more", "x"), BRIDGE_QUEUED);
}

static void what_waits_has_a_bound_in_bytes(void **state)
{
	struct rig *r = *state;
	enum { PIECE = 16 << 20 };
	char *big = mem_alloc(PIECE + 1);
	memset(big, 'x', PIECE);
	big[PIECE] = 0;
	bridge_route_configure(&r->route, 2);
	assert_int_equal(say(r, BRIDGE_MOD, "c1", big), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_MOD, "c1", big), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_MOD, "c2", big), BRIDGE_QUEUED);
	assert_int_equal(say(r, BRIDGE_MOD, "c3", big), BRIDGE_FAILED); // with what it costs itself
	assert_int_equal(say(r, BRIDGE_MOD, "c1", big), BRIDGE_QUEUED); // in its oldest's place
	assert_int_equal(say(r, BRIDGE_MOD, "c3", "small"), BRIDGE_QUEUED);
	free(big);
}

static void what_nobody_came_for_in_a_week_is_dropped(void **state)
{
	struct rig *r = *state;
	say(r, BRIDGE_MOD, "c1", "old");
	clock_set(1000, NOW_US + BRIDGE_WAITING_MS * 1000);
	say(r, BRIDGE_MOD, "c1", "new");
	bridge_route_expire(&r->route);
	assert_int_equal(metric_get(METRIC_BRIDGE_WAITING), 2);
	clock_set(1000, NOW_US + BRIDGE_WAITING_MS * 1000 + 1);
	bridge_route_expire(&r->route);
	join(r, 0, BRIDGE_MOD, "");
	check_heard(r, 0, "c1:new ");
	assert_int_equal(metric_get(METRIC_BRIDGE_DROPPED), 1);
}

static void who_left_is_given_nothing_and_may_come_back(void **state)
{
	struct rig *r = *state;
	join(r, 0, BRIDGE_BOT, "c1");
	leave(r, 0);
	leave(r, 0);
	assert_int_equal(say(r, BRIDGE_BOT, "c1", "1"), BRIDGE_QUEUED);
	bridge_route_ready(&r->route, &r->ears[0].recipient);
	check_heard(r, 0, "");
	join(r, 0, BRIDGE_BOT, "c1");
	check_heard(r, 0, "c1:1 ");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void who_is_aside_hears_at_once_and_keeps_nothing_from_the_others(void **state)
{
	struct rig *r = *state;
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "before"), BRIDGE_QUEUED);
	r->ears[0].recipient.aside = true;
	join(r, 0, BRIDGE_MOD, "c1");
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "1"), BRIDGE_COMPLETED);
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "2"), BRIDGE_COMPLETED);
	check_heard(r, 0, "c1:1 c1:2 ");
	r->ears[0].busy = true;
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "3"), BRIDGE_QUEUED);
	r->ears[0].busy = false;
	bridge_route_ready(&r->route, &r->ears[0].recipient);
	check_heard(r, 0, "");
	join(r, 1, BRIDGE_MOD, "");
	check_heard(r, 1, "c1:before c1:1 c1:2 c1:3 ");
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "4"), BRIDGE_COMPLETED);
	check_heard(r, 0, "c1:4 ");
	check_heard(r, 1, "c1:4 ");
	leave(r, 1);
	bridge_route_configure(&r->route, 0);
	assert_int_equal(say(r, BRIDGE_MOD, "c1", "5"), BRIDGE_COMPLETED);
	assert_int_equal(metric_get(METRIC_BRIDGE_FAILED), 0);
	assert_int_equal(metric_get(METRIC_BRIDGE_DROPPED), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_bot_hears_the_mods_of_every_channel),
		CASE(every_mod_of_a_channel_hears_the_bot_and_no_other_does),
		CASE(what_nobody_takes_waits_for_who_joins),
		CASE(a_bot_is_given_what_waits_in_all_channels),
		CASE(the_oldest_gives_way_in_a_full_queue),
		CASE(a_smaller_bound_holds_for_what_waits_already),
		CASE(without_queues_what_nobody_takes_fails),
		CASE(who_is_behind_is_given_the_rest_in_order_when_it_is_ready),
		CASE(a_message_never_overtakes_one_that_waits),
		CASE(one_that_is_behind_holds_up_no_other),
		CASE(who_joins_a_whole_side_does_not_keep_a_channel_from_its_own),
		CASE(channels_that_were_made_up_have_a_bound),
		CASE(what_waits_has_a_bound_in_bytes),
		CASE(what_nobody_came_for_in_a_week_is_dropped),
		CASE(who_is_aside_hears_at_once_and_keeps_nothing_from_the_others),
		CASE(who_left_is_given_nothing_and_may_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
