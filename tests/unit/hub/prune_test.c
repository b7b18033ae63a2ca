// SPDX-License-Identifier: MIT
#include "hub_rig.h"

static int freed;

static void net_free_(struct uplink *u)
{
	(void)u;
	freed++;
}

static const struct uplink_ops gone_ops = {.listen = net_listen, .free = net_free_};

static void turn(struct rig *r)
{
	hub_turn_end(&r->hub);
}

static struct identity *unwanted(struct rig *r)
{
	struct identity *i = hub_add_identity(&r->hub, "BetaMUD");
	i->uplink = &r->net.uplink;
	r->net.uplink.ops = &gone_ops;
	i->wanted = false;
	freed = 0;
	return i;
}

static void an_identity_nobody_wants_goes_at_the_turns_end_with_its_uplink(void **state)
{
	struct rig *r = *state;
	r->mud->uplink = NULL;
	unwanted(r);
	hub_prune(&r->hub);
	assert_non_null(hub_identity(&r->hub, SPAN("BetaMUD")));
	turn(r);
	assert_null(hub_identity(&r->hub, SPAN("BetaMUD")));
	assert_int_equal(freed, 1);
	assert_non_null(hub_identity(&r->hub, SPAN("AlphaMUD")));
}

static void one_that_is_still_used_goes_after_its_last_session(void **state)
{
	struct rig *r = *state;
	r->mud->uplink = NULL;
	struct identity *i = unwanted(r);
	struct session *a = rig_open(r, i, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, i, 1, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	hub_prune(&r->hub);
	turn(r);
	rig_publish_to(i, EVENT_GATEWAY_RECONNECTED, NULL); // leaves a tick open
	rig_close(r, 0);
	turn(r);
	assert_ptr_equal(hub_identity(&r->hub, SPAN("BetaMUD")), i);
	rig_close(r, 1);
	turn(r);
	assert_null(hub_identity(&r->hub, SPAN("BetaMUD")));
	assert_int_equal(freed, 1);
}

static void one_that_is_wanted_again_in_time_stays(void **state)
{
	struct rig *r = *state;
	r->mud->uplink = NULL;
	struct identity *i = unwanted(r);
	rig_open(r, i, 0, WIRE_LINE, RIGHT_ALL);
	rig_close(r, 0);
	i->wanted = true;
	turn(r);
	assert_ptr_equal(hub_identity(&r->hub, SPAN("BetaMUD")), i);
	i->uplink = NULL;
	assert_int_equal(freed, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(an_identity_nobody_wants_goes_at_the_turns_end_with_its_uplink),
		RIG_TEST(one_that_is_still_used_goes_after_its_last_session),
		RIG_TEST(one_that_is_wanted_again_in_time_stays),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
