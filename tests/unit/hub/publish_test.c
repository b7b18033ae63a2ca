// SPDX-License-Identifier: MIT
#include "hub_rig.h"

static void a_message_is_encoded_once_per_wire_that_has_a_receiver(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	rig_open(r, r->mud, 2, WIRE_WS, RIGHT_ALL);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	assert_int_equal(r->encoded[WIRE_LINE], 1);
	assert_int_equal(r->encoded[WIRE_WS], 1);
	assert_int_equal(r->encoded[WIRE_WS_DEFLATE12], 0);
	assert_int_equal(r->encoded[WIRE_WS_DEFLATE9], 0);
}

static void receivers_of_one_wire_share_the_same_bytes(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	assert_ptr_equal(r->ears[0].blob, r->ears[1].blob);
	assert_int_equal(r->ears[0].from, r->ears[1].from);
	assert_int_equal(r->ears[0].to, r->ears[1].to);
}

static void messages_of_one_turn_stand_one_behind_the_other(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	const struct blob *first = r->ears[0].blob;
	uint32_t end = r->ears[0].to;
	rig_publish_to(r->mud, EVENT_MUD_ONLINE, NULL);
	assert_ptr_equal(r->ears[0].blob, first);
	assert_int_equal(r->ears[0].from, end);
	check_bytes(buf_bytes(&r->ears[0].told), SPAN("0:tell_received 1;0:mud_online 2;"));
}

static void the_next_turn_begins_new_bytes(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	struct blob *first = blob_ref((struct blob *)(uintptr_t)r->ears[0].blob);
	hub_turn_end(&r->hub);
	assert_int_equal(first->refs, 1); // the hub has let go
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	assert_ptr_not_equal(r->ears[0].blob, first);
	assert_int_equal(r->ears[0].from, 0);
	blob_unref(first);
}

static void a_session_without_the_right_hears_nothing(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_INFO);
	rig_open(r, r->mud, 1, WIRE_WS, RIGHT_TELL | RIGHT_INFO);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	rig_publish_to(r->mud, EVENT_WHO_REPLY, NULL);
	rig_publish_to(r->mud, EVENT_ERROR_OCCURRED, NULL); // for anybody
	check_bytes(buf_bytes(&r->ears[0].told), SPAN("0:who_reply 2;0:error_occurred 3;"));
	assert_int_equal(r->ears[1].n, 3);
	assert_int_equal(r->encoded[WIRE_LINE], 2);
}

static void the_excepted_session_and_other_identities_hear_nothing(void **state)
{
	struct rig *r = *state;
	struct identity *other = hub_add_identity(&r->hub, "BetaMUD");
	struct session *s = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	rig_open(r, other, 2, WIRE_LINE, RIGHT_ALL);
	rig_publish_to(r->mud, EVENT_CHANNEL_JOINED, s);
	assert_int_equal(r->ears[0].n, 0);
	assert_int_equal(r->ears[1].n, 1);
	assert_int_equal(r->ears[2].n, 0);
}

static void numbers_grow_over_all_identities(void **state)
{
	struct rig *r = *state;
	struct identity *other = hub_add_identity(&r->hub, "BetaMUD");
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, other, 1, WIRE_LINE, RIGHT_ALL);
	rig_publish_to(r->mud, EVENT_MUD_ONLINE, NULL);
	rig_publish_to(other, EVENT_MUD_ONLINE, NULL);
	rig_publish_to(r->mud, EVENT_MUD_OFFLINE, NULL);
	check_bytes(buf_bytes(&r->ears[0].told), SPAN("0:mud_online 1;0:mud_offline 3;"));
	check_bytes(buf_bytes(&r->ears[1].told), SPAN("0:mud_online 2;"));
}

static void every_delivery_is_counted(void **state)
{
	struct rig *r = *state;
	int64_t events = metric_get(METRIC_EVENTS), deliveries = metric_get(METRIC_DELIVERIES);
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, r->mud, 1, WIRE_WS, RIGHT_ALL);
	rig_open(r, r->mud, 2, WIRE_WS, RIGHT_INFO);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	assert_int_equal(metric_get(METRIC_EVENTS) - events, 1);
	assert_int_equal(metric_get(METRIC_DELIVERIES) - deliveries, 2);
}

// A slow reader may pin a whole blob with its last message, so blobs do not grow for ever.
static void a_long_turn_does_not_make_one_endless_blob(void **state)
{
	struct rig *r = *state;
	rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	uint32_t longest = 0;
	for (int i = 0; i < 20000; i++) {
		rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
		longest = r->ears[0].to > longest ? r->ears[0].to : longest;
	}
	assert_in_range(longest, 60 << 10, 66 << 10);
}

static void an_identity_counts_its_open_sessions(void **state)
{
	struct rig *r = *state;
	struct session *s = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	assert_string_not_equal(s->id, r->ears[1].session->id);
	assert_int_equal(r->mud->n_sessions, 2);
	rig_close(r, 0);
	assert_int_equal(r->mud->n_sessions, 1);
}

static void identities_are_found_in_any_case(void **state)
{
	struct rig *r = *state;
	assert_ptr_equal(hub_identity(&r->hub, SPAN("alphamud")), r->mud);
	assert_null(hub_identity(&r->hub, SPAN("alpha")));
}

static void who_is_not_wanted_any_more_is_freed_but_not_with_mail(void **state)
{
	struct rig *r = *state;
	struct exchange office = {0};
	struct identity *mail = hub_add_identity(&r->hub, "Mail");
	hub_add_identity(&r->hub, "Bare")->wanted = false;
	mail->wanted = false;
	mail->exchange = &office;
	hub_prune(&r->hub);
	hub_turn_end(&r->hub);
	assert_null(hub_identity(&r->hub, SPAN("Bare")));
	assert_ptr_equal(hub_identity(&r->hub, SPAN("Mail")), mail);
	mail->exchange = NULL;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_message_is_encoded_once_per_wire_that_has_a_receiver),
		RIG_TEST(receivers_of_one_wire_share_the_same_bytes),
		RIG_TEST(messages_of_one_turn_stand_one_behind_the_other),
		RIG_TEST(the_next_turn_begins_new_bytes),
		RIG_TEST(a_session_without_the_right_hears_nothing),
		RIG_TEST(the_excepted_session_and_other_identities_hear_nothing),
		RIG_TEST(numbers_grow_over_all_identities),
		RIG_TEST(every_delivery_is_counted),
		RIG_TEST(a_long_turn_does_not_make_one_endless_blob),
		RIG_TEST(an_identity_counts_its_open_sessions),
		RIG_TEST(identities_are_found_in_any_case),
		RIG_TEST(who_is_not_wanted_any_more_is_freed_but_not_with_mail),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
