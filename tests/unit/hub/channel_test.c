// SPDX-License-Identifier: MIT
#include "hub_rig.h"

static void remember(struct channel *c, uint64_t seq)
{
	channel_remember(c, &(struct channel_line){.seq = seq,
				    .from_mud = SPAN("Beta"),
				    .from_user = SPAN("bob"),
				    .visname = SPAN("Bob"),
				    .message = SPAN("hi")});
}

static void the_network_is_asked_at_the_first_join_and_the_last_leave_only(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	struct session *b = rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	assert_int_equal(channel_join(b, SPAN("chat")), CHANNEL_JOINED);
	assert_int_equal(channel_join(b, SPAN("chat")), CHANNEL_ALREADY);
	check_bytes(buf_bytes(&r->net.asked), SPAN("+chat "));
	assert_true(channel_leave(a, SPAN("chat")));
	assert_false(channel_leave(a, SPAN("chat")));
	check_bytes(buf_bytes(&r->net.asked), SPAN("+chat "));
	assert_true(channel_leave(b, SPAN("chat")));
	check_bytes(buf_bytes(&r->net.asked), SPAN("+chat -chat "));
}

static void a_session_that_ends_leaves_its_channels(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	struct session *b = rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("one")), CHANNEL_JOINED);
	assert_int_equal(channel_join(a, SPAN("two")), CHANNEL_JOINED);
	assert_int_equal(channel_join(b, SPAN("two")), CHANNEL_JOINED);
	rig_close(r, 0);
	check_bytes(buf_bytes(&r->net.asked), SPAN("+one +two -one "));
	assert_int_equal(channel_find(r->mud, SPAN("two"))->n_members, 1);
	assert_true(channel_has(channel_find(r->mud, SPAN("two")), b));
}

static void a_name_is_exact(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("Chat")), CHANNEL_JOINED);
	assert_null(channel_find(r->mud, SPAN("chat")));
	assert_false(channel_leave(a, SPAN("chat")));
}

static void an_identity_without_a_network_has_channels_too(void **state)
{
	struct rig *r = *state;
	r->mud->uplink = NULL;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	assert_true(channel_leave(a, SPAN("chat")));
}

static void channels_of_two_identities_are_apart(void **state)
{
	struct rig *r = *state;
	struct identity *other = hub_add_identity(&r->hub, "BetaMUD");
	assert_int_equal(channel_join(rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL), SPAN("chat")),
		CHANNEL_JOINED);
	assert_int_equal(channel_join(rig_open(r, other, 1, WIRE_LINE, RIGHT_ALL), SPAN("chat")),
		CHANNEL_JOINED);
	rig_say(channel_find(other, SPAN("chat")), EVENT_CHANNEL_MESSAGE);
	assert_int_equal(r->ears[0].n, 0);
	assert_int_equal(r->ears[1].n, 1);
}

static void members_with_the_right_hear_what_is_said(void **state)
{
	struct rig *r = *state;
	const unsigned rights[] = {RIGHT_ALL, RIGHT_CHANNEL, RIGHT_TELL};
	for (int i = 0; i < 3; i++)
		assert_int_equal(
			channel_join(rig_open(r, r->mud, i, WIRE_WS, rights[i]), SPAN("chat")),
			CHANNEL_JOINED);
	rig_open(r, r->mud, 3, WIRE_WS, RIGHT_ALL); // not there
	rig_say(channel_find(r->mud, SPAN("chat")), EVENT_CHANNEL_MESSAGE);
	assert_int_equal(r->ears[0].n, 1);
	assert_int_equal(r->ears[1].n, 1);
	assert_int_equal(r->ears[2].n, 0);
	assert_int_equal(r->ears[3].n, 0);
	assert_int_equal(r->encoded[WIRE_WS], 1);
}

// Who comes in the middle of a turn hears what is said from then on, and nothing twice.
static void joining_and_leaving_within_a_turn_takes_effect_between_messages(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	struct session *b = rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	struct channel *c = channel_find(r->mud, SPAN("chat"));
	rig_say(c, EVENT_CHANNEL_MESSAGE);
	assert_int_equal(channel_join(b, SPAN("chat")), CHANNEL_JOINED);
	rig_say(c, EVENT_CHANNEL_EMOTE);
	assert_true(channel_leave(a, SPAN("chat")));
	rig_say(c, EVENT_CHANNEL_MESSAGE);
	check_bytes(buf_bytes(&r->ears[0].told), SPAN("0:channel_message 1;0:channel_emote 2;"));
	check_bytes(buf_bytes(&r->ears[1].told), SPAN("0:channel_emote 2;0:channel_message 3;"));
	assert_int_equal(r->encoded[WIRE_LINE], 3);
}

static void a_channel_that_ends_in_mid_turn_lets_go_of_its_bytes(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	rig_say(channel_find(r->mud, SPAN("chat")), EVENT_CHANNEL_MESSAGE);
	assert_true(channel_leave(a, SPAN("chat")));
	assert_null(channel_find(r->mud, SPAN("chat")));
	assert_true(list_empty(&r->hub.ticks));
	hub_turn_end(&r->hub);
}

static void history_keeps_the_newest_lines_in_order(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	struct channel *c = channel_find(r->mud, SPAN("chat"));
	for (uint64_t seq = 1; seq <= 8; seq++) {
		remember(c, seq);
		assert_int_equal(c->n_lines, seq < 3 ? seq : 3);
		assert_int_equal(channel_line(c, 0)->seq, seq < 3 ? 1 : seq - 2);
		assert_int_equal(channel_line(c, c->n_lines - 1)->seq, seq);
	}
	check_text(channel_line(c, 0)->from_mud, "Beta");
	check_text(channel_line(c, 0)->from_user, "bob");
	check_text(channel_line(c, 0)->visname, "Bob");
	check_text(channel_line(c, 0)->message, "hi");
}

static void history_may_be_off(void **state)
{
	struct rig *r = *state;
	r->hub.history_lines = 0;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	remember(channel_find(r->mud, SPAN("chat")), 1);
	assert_int_equal(channel_find(r->mud, SPAN("chat"))->n_lines, 0);
}

static void history_of_another_size_keeps_the_newest_lines(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("chat")), CHANNEL_JOINED);
	struct channel *c = channel_find(r->mud, SPAN("chat"));
	static const struct {
		uint32_t max, n;
	} steps[] = {{3, 3}, {5, 4}, {5, 5}, {5, 5}, {2, 2}, {2, 2}, {0, 0}, {1, 1}, {4, 2}};
	uint64_t seq = 3;
	remember(c, 1);
	remember(c, 2);
	for (size_t i = 0; i < countof(steps); i++, seq++) {
		r->hub.history_lines = steps[i].max;
		remember(c, seq);
		assert_int_equal(c->n_lines, steps[i].n);
		for (uint32_t k = 0; k < c->n_lines; k++)
			assert_int_equal(channel_line(c, k)->seq, seq - c->n_lines + 1 + k);
	}
}

static void history_outlives_the_members_but_an_empty_channel_does_not(void **state)
{
	struct rig *r = *state;
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(a, SPAN("kept")), CHANNEL_JOINED);
	assert_int_equal(channel_join(a, SPAN("gone")), CHANNEL_JOINED);
	remember(channel_find(r->mud, SPAN("kept")), 7);
	rig_close(r, 0);
	assert_null(channel_find(r->mud, SPAN("gone")));
	assert_int_equal(channel_line(channel_find(r->mud, SPAN("kept")), 0)->seq, 7);
	struct session *b = rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(b, SPAN("kept")), CHANNEL_JOINED);
	assert_int_equal(channel_find(r->mud, SPAN("kept"))->n_lines, 1);
}

static struct span numbered(char name[16], int i)
{
	snprintf(name, 16, "c%d", i);
	return span_str(name);
}

static void a_session_joins_so_many_channels_and_no_more(void **state)
{
	struct rig *r = *state;
	char name[16];
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	for (int i = 0; i < SESSION_CHANNELS_MAX; i++)
		assert_int_equal(channel_join(a, numbered(name, i)), CHANNEL_JOINED);
	assert_int_equal(channel_join(a, SPAN("more")), CHANNEL_TOO_MANY);
	assert_null(channel_find(r->mud, SPAN("more")));
	assert_int_equal(channel_join(a, SPAN("c0")), CHANNEL_ALREADY);
	assert_true(channel_leave(a, SPAN("c0")));
	assert_int_equal(channel_join(a, SPAN("more")), CHANNEL_JOINED);
}

static void of_channels_without_members_the_oldest_are_forgotten(void **state)
{
	struct rig *r = *state;
	char name[16];
	struct session *a = rig_open(r, r->mud, 0, WIRE_LINE, RIGHT_ALL);
	struct session *b = rig_open(r, r->mud, 1, WIRE_LINE, RIGHT_ALL);
	assert_int_equal(channel_join(b, SPAN("busy")), CHANNEL_JOINED);
	remember(channel_find(r->mud, SPAN("busy")), 1);
	for (int i = 0; i < CHANNEL_IDLE_MAX + 10; i++) {
		assert_int_equal(channel_join(a, numbered(name, i)), CHANNEL_JOINED);
		remember(channel_find(r->mud, span_str(name)), 2);
		assert_true(channel_leave(a, span_str(name)));
	}
	assert_int_equal(map_count(&r->mud->channels), CHANNEL_IDLE_MAX + 1);
	assert_non_null(channel_find(r->mud, SPAN("busy")));
	assert_null(channel_find(r->mud, SPAN("c9")));
	assert_non_null(channel_find(r->mud, SPAN("c10")));
}

static void leaving_all_at_once_keeps_no_more_idle_channels_either(void **state)
{
	struct rig *r = *state;
	char name[16];
	for (int i = 0; i < 2; i++)
		rig_open(r, r->mud, i, WIRE_LINE, RIGHT_ALL);
	for (int i = 0; i < 2 * SESSION_CHANNELS_MAX; i++) {
		struct session *s = r->ears[i / SESSION_CHANNELS_MAX].session;
		assert_int_equal(channel_join(s, numbered(name, i)), CHANNEL_JOINED);
		remember(channel_find(r->mud, span_str(name)), 1);
	}
	rig_close(r, 0);
	rig_close(r, 1);
	assert_int_equal(map_count(&r->mud->channels), CHANNEL_IDLE_MAX);
}

static void names_are_printable_and_short(void **state)
{
	char longest[CHANNEL_NAME_MAX + 1];
	(void)state;
	memset(longest, 'a', sizeof longest);
	assert_true(channel_name_ok(SPAN("chat")));
	assert_true(channel_name_ok(SPAN("caf\xc3\xa9")));
	assert_true(channel_name_ok(span_of(longest, CHANNEL_NAME_MAX)));
	assert_false(channel_name_ok(span_of(longest, CHANNEL_NAME_MAX + 1)));
	assert_false(channel_name_ok(SPAN("")));
	assert_false(channel_name_ok(SPAN("two words")));
	assert_false(channel_name_ok(SPAN("a\nb")));
	assert_false(channel_name_ok(SPAN("a\0b")));
	assert_false(channel_name_ok(SPAN("a\x7f")));
	assert_false(channel_name_ok(SPAN("a\xff")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(the_network_is_asked_at_the_first_join_and_the_last_leave_only),
		RIG_TEST(a_session_that_ends_leaves_its_channels),
		RIG_TEST(a_name_is_exact),
		RIG_TEST(an_identity_without_a_network_has_channels_too),
		RIG_TEST(channels_of_two_identities_are_apart),
		RIG_TEST(members_with_the_right_hear_what_is_said),
		RIG_TEST(joining_and_leaving_within_a_turn_takes_effect_between_messages),
		RIG_TEST(a_channel_that_ends_in_mid_turn_lets_go_of_its_bytes),
		RIG_TEST(history_keeps_the_newest_lines_in_order),
		RIG_TEST(history_may_be_off),
		RIG_TEST(history_of_another_size_keeps_the_newest_lines),
		RIG_TEST(history_outlives_the_members_but_an_empty_channel_does_not),
		RIG_TEST(a_session_joins_so_many_channels_and_no_more),
		RIG_TEST(of_channels_without_members_the_oldest_are_forgotten),
		RIG_TEST(leaving_all_at_once_keeps_no_more_idle_channels_either),
		TEST(names_are_printable_and_short),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
