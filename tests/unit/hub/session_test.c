// SPDX-License-Identifier: MIT
#include "hub_rig.h"

static struct session *open_one(struct rig *r)
{
	return rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
}

static void say(struct rig *r, int n)
{
	for (int i = 0; i < n; i++)
		rig_publish_to(r->mud, EVENT_CHANNEL_MESSAGE, NULL);
}

static void tell_is(struct rig *r, int ear, const char *text)
{
	hub_turn_end(&r->hub);
	check_text(buf_bytes(&r->ears[ear].told), text);
	buf_clear(&r->ears[ear].told);
}

static void leave(struct rig *r, int ear)
{
	session_detach(r->ears[ear].session);
	r->ears[ear].session = NULL;
}

// The session of that id on another ear, whose client has seen so many messages.
static struct session *come_back(struct rig *r, int ear, const char *id, uint64_t seen)
{
	struct session *s = session_find(&r->hub, span_str(id));
	struct session_spec spec = rig_spec(r, ear, WIRE_WS, RIGHT_ALL);
	assert_non_null(s);
	session_resume(s, &spec, span_str(id), seen ? RIG_WALL_US - 1 + seen : 0);
	return r->ears[ear].session = s;
}

static void what_was_missed_comes_on_the_new_connection_and_its_wire(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	say(r, 2);
	tell_is(r, 0, "0:channel_message 1;0:channel_message 2;");
	leave(r, 0);
	say(r, 1);
	come_back(r, 1, id, 1);
	tell_is(r, 1, "1:channel_message 2;1:channel_message 3;");
	say(r, 1);
	tell_is(r, 1, "1:channel_message 4;");
	free(id);
}

static void what_comes_while_it_catches_up_waits_its_turn(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	leave(r, 0);
	say(r, 3);
	r->ears[1].full_after = 2;
	struct session *s = come_back(r, 1, id, 0);
	tell_is(r, 1, "1:channel_message 1;1:channel_message 2;");
	say(r, 1);
	tell_is(r, 1, "");
	r->ears[1].full_after = 0;
	session_drained(s);
	tell_is(r, 1, "1:channel_message 3;1:channel_message 4;");
	assert_int_equal(s->state, SESSION_LIVE);
	free(id);
}

static void who_reads_slowly_is_fed_from_the_tape_and_told_what_it_lost(void **state)
{
	struct rig *r = *state;
	r->hub.session_limits.tape.count = 2;
	struct session *s = open_one(r);
	r->ears[0].full_after = 1;
	say(r, 5);
	tell_is(r, 0, "0:channel_message 1;");
	r->ears[0].full_after = 0;
	session_drained(s);
	tell_is(r, 0, "0:gap 2 of 2..3;0:channel_message 4;0:channel_message 5;");
}

static void nobody_waits_for_all_that_others_have_missed(void **state)
{
	struct rig *r = *state;
	char *ids[2];
	for (int ear = 0; ear < 2; ear++) {
		ids[ear] = mem_str(rig_open(r, r->mud, ear, WIRE_LINE, RIGHT_ALL)->id);
		leave(r, ear);
	}
	r->hub.session_limits.tape.count = 100000;
	say(r, 50000);
	for (int ear = 0; ear < 2; ear++)
		come_back(r, ear, ids[ear], 0);
	size_t most = 0, turns = 0, before = 0;
	for (bool more = true; more; turns++) {
		more = hub_turn_end(&r->hub);
		size_t told = r->ears[0].told.n + r->ears[1].told.n;
		most = max_size(most, told - before);
		before = told;
	}
	assert_in_range(most, 1, 512 << 10);
	assert_in_range(turns, 5, 50);
	for (int ear = 0; ear < 2; ear++) {
		assert_int_equal(r->ears[ear].n, 50000);
		assert_int_equal(r->ears[ear].session->state, SESSION_LIVE);
		free(ids[ear]);
	}
}

static void volatile_events_are_for_who_is_listening_now(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	rig_publish_to(r->mud, EVENT_WHO_REQUEST, NULL);
	tell_is(r, 0, "0:who_request 1;");
	leave(r, 0);
	rig_publish_to(r->mud, EVENT_WHO_REQUEST, NULL);
	come_back(r, 1, id, 0);
	tell_is(r, 1, "");
	free(id);
}

static void nobody_is_asked_who_is_away(void **state)
{
	struct rig *r = *state;
	open_one(r)->wants = 1u << QUERY_WHO;
	assert_true(identity_wants(r->mud, QUERY_WHO));
	leave(r, 0);
	assert_false(identity_wants(r->mud, QUERY_WHO));
}

static void channels_stay_joined(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	channel_join(r->ears[0].session, SPAN("chat"));
	leave(r, 0);
	check_text(buf_bytes(&r->net.asked), "+chat ");
	rig_say(channel_find(r->mud, SPAN("chat")), EVENT_CHANNEL_EMOTE);
	come_back(r, 1, id, 0);
	tell_is(r, 1, "1:channel_emote 1;");
	free(id);
}

static void a_newer_connection_replaces_the_older_one(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	come_back(r, 1, id, 0);
	assert_true(r->ears[0].replaced);
	r->ears[0].session = NULL;
	say(r, 1);
	tell_is(r, 0, "");
	tell_is(r, 1, "1:channel_message 1;");
	free(id);
}

static void an_id_is_good_until_the_next_one_has_been_used(void **state)
{
	struct rig *r = *state;
	char *first = mem_str(open_one(r)->id);
	leave(r, 0);
	char *second = mem_str(come_back(r, 0, first, 0)->id);
	leave(r, 0); // the answer that named the second was lost
	char *third = mem_str(come_back(r, 0, first, 0)->id);
	assert_null(session_find(&r->hub, span_str(second)));
	leave(r, 0);
	come_back(r, 0, third, 0);
	assert_null(session_find(&r->hub, span_str(first)));
	assert_non_null(session_find(&r->hub, span_str(third)));
	say(r, 1);
	hub_turn_end(&r->hub);
	session_ack(r->ears[0].session, RIG_WALL_US);
	assert_null(session_find(&r->hub, span_str(third)));
	free(first);
	free(second);
	free(third);
}

static void an_acknowledgement_of_what_was_not_sent_counts_for_what_was(void **state)
{
	struct rig *r = *state;
	struct session *s = open_one(r);
	r->ears[0].full_after = 1;
	say(r, 2);
	session_ack(s, UINT64_MAX);
	assert_int_equal(s->tape.acked, RIG_WALL_US);
	assert_int_equal(tape_waiting(&s->tape), 1);
}

static void a_session_whose_client_stays_away_expires(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	channel_join(r->ears[0].session, SPAN("chat"));
	leave(r, 0);
	r->hub.session_limits.timeout_ms = 1000;
	clock_set(RIG_NOW_MS + 999, RIG_WALL_US);
	sessions_sweep(&r->hub);
	assert_non_null(session_find(&r->hub, span_str(id)));
	clock_set(RIG_NOW_MS + 1000, RIG_WALL_US);
	sessions_sweep(&r->hub);
	assert_null(session_find(&r->hub, span_str(id)));
	check_text(buf_bytes(&r->net.asked), "+chat -chat ");
	free(id);
}

static void without_a_timeout_a_session_ends_with_its_connection(void **state)
{
	struct rig *r = *state;
	r->hub.session_limits.timeout_ms = 0;
	open_one(r);
	leave(r, 0);
	assert_int_equal(r->mud->n_sessions, 0);
}

static void of_too_many_that_are_away_the_one_away_for_longest_goes(void **state)
{
	struct rig *r = *state;
	char *ids[3];
	for (int i = 0; i < SESSION_AWAY_MAX + 1; i++) {
		clock_set(RIG_NOW_MS + (uint64_t)i, RIG_WALL_US);
		struct session *s = open_one(r);
		if (i < 2 || i == SESSION_AWAY_MAX)
			ids[i < 2 ? i : 2] = mem_str(s->id);
		leave(r, 0);
	}
	assert_int_equal(r->mud->n_away, SESSION_AWAY_MAX);
	assert_null(session_find(&r->hub, span_str(ids[0])));
	assert_non_null(session_find(&r->hub, span_str(ids[1])));
	assert_non_null(session_find(&r->hub, span_str(ids[2])));
	for (int i = 0; i < 3; i++)
		free(ids[i]);
}

static void who_came_back_in_between_has_not_been_away_for_long(void **state)
{
	struct rig *r = *state;
	char *first = mem_str(open_one(r)->id), *second;
	leave(r, 0);
	second = mem_str(open_one(r)->id);
	leave(r, 0);
	come_back(r, 0, first, 0);
	leave(r, 0);
	for (int i = 2; i < SESSION_AWAY_MAX + 1; i++) {
		open_one(r);
		leave(r, 0);
	}
	assert_non_null(session_find(&r->hub, span_str(first)));
	assert_null(session_find(&r->hub, span_str(second)));
	free(first);
	free(second);
}

static void whose_client_has_acknowledged_something_goes_last(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	say(r, 1);
	session_ack(r->ears[0].session, RIG_WALL_US);
	leave(r, 0);
	for (int i = 0; i < SESSION_AWAY_MAX; i++) {
		clock_set(RIG_NOW_MS + 1 + (uint64_t)i, RIG_WALL_US);
		open_one(r);
		leave(r, 0);
	}
	assert_int_equal(r->mud->n_away, SESSION_AWAY_MAX);
	assert_non_null(session_find(&r->hub, span_str(id)));
	free(id);
}

static void what_its_key_may_not_hear_is_not_replayed(void **state)
{
	struct rig *r = *state;
	char *id = mem_str(open_one(r)->id);
	leave(r, 0);
	rig_publish_to(r->mud, EVENT_TELL_RECEIVED, NULL);
	rig_publish_to(r->mud, EVENT_MUD_ONLINE, NULL);
	struct session *s = session_find(&r->hub, span_str(id));
	struct session_spec spec = rig_spec(r, 1, WIRE_LINE, RIGHT_INFO);
	session_resume(s, &spec, span_str(id), 0);
	r->ears[1].session = s;
	tell_is(r, 1, "0:mud_online 2;");
	free(id);
}

static void all_tapes_together_are_bounded(void **state)
{
	struct rig *r = *state;
	struct session *s = open_one(r);
	r->hub.session_limits.tape.count = 1u << 30;
	r->hub.session_limits.tape.bytes = (size_t)1 << 40;
	leave(r, 0);
	size_t most = 0, least = TAPE_ALL_BYTES_MAX;
	for (int i = 0; i < 1500; i++) {
		say(r, 1000);
		hub_turn_end(&r->hub);
		most = max_size(most, r->hub.room.bytes);
		if (r->hub.room.bytes < most)
			least = min_size(least, r->hub.room.bytes);
	}
	assert_in_range(most, TAPE_ALL_BYTES_MAX / 2, TAPE_ALL_BYTES_MAX);
	assert_in_range(least, TAPE_ALL_BYTES_MAX / 4 * 3,
		TAPE_ALL_BYTES_MAX); // and no more than an eighth goes
	assert_int_equal(s->tape.gap.lost + tape_waiting(&s->tape), 1500 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(what_was_missed_comes_on_the_new_connection_and_its_wire),
		RIG_TEST(what_comes_while_it_catches_up_waits_its_turn),
		RIG_TEST(who_reads_slowly_is_fed_from_the_tape_and_told_what_it_lost),
		RIG_TEST(nobody_waits_for_all_that_others_have_missed),
		RIG_TEST(volatile_events_are_for_who_is_listening_now),
		RIG_TEST(nobody_is_asked_who_is_away),
		RIG_TEST(channels_stay_joined),
		RIG_TEST(a_newer_connection_replaces_the_older_one),
		RIG_TEST(an_id_is_good_until_the_next_one_has_been_used),
		RIG_TEST(an_acknowledgement_of_what_was_not_sent_counts_for_what_was),
		RIG_TEST(a_session_whose_client_stays_away_expires),
		RIG_TEST(without_a_timeout_a_session_ends_with_its_connection),
		RIG_TEST(of_too_many_that_are_away_the_one_away_for_longest_goes),
		RIG_TEST(who_came_back_in_between_has_not_been_away_for_long),
		RIG_TEST(whose_client_has_acknowledged_something_goes_last),
		RIG_TEST(what_its_key_may_not_hear_is_not_replayed),
		RIG_TEST(all_tapes_together_are_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
