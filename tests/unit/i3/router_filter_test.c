// SPDX-License-Identifier: MIT
// Filtered channels: a line goes to the owner and is heard when it comes back.
#include "router_rig.h"

static int up(void **state)
{
	struct rig *g = mem_zalloc(sizeof *g);
	clock_set(1000, 1000000000000000);
	rig_open(g, NULL);
	*state = g;
	return 0;
}

static int down(void **state)
{
	rig_close(*state);
	free(*state);
	clock_set(0, 0);
	return 0;
}

// A filtered channel "ch" of Owner, to which Alpha and Beta listen.
struct club {
	struct mate own, a, b;
};

static void club_open(struct rig *g, struct club *c)
{
	mate_login(g, &c->own, "Owner");
	mate_login(g, &c->a, "Alpha");
	mate_login(g, &c->b, "Beta");
	says(&c->own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch\",2,})");
	says(&c->own,
		"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"Alpha\",\"Beta\",}),"
		"({}),})");
	says(&c->a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"ch\",1,})");
	says(&c->b, "({\"channel-listen\",5,\"Beta\",0,\"*gate\",0,\"ch\",1,})");
	tell_now(g);
	got_clear(&c->own.got);
	got_clear(&c->a.got);
	got_clear(&c->b.got);
}

static void club_close(struct club *c)
{
	mate_fini(&c->own);
	mate_fini(&c->a);
	mate_fini(&c->b);
}

static void speaks(struct club *c, const char *text)
{
	says(&c->a, "({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"%s\",})", text);
}

static void answers(struct club *c, const char *packet)
{
	says(&c->own, "({\"chan-filter-reply\",5,\"Owner\",0,\"*gate\",0,\"ch\",%s,})", packet);
}

#define LINE(text) "({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"" text "\",})"

static const struct router_channel *channel(struct rig *g)
{
	return router_channel_find(g->router, SPAN("ch"));
}

static unsigned waiting(struct rig *g)
{
	unsigned n = 0;
	list_each(it, &channel(g)->filtering) n++;
	return n;
}

static void a_line_is_heard_when_it_comes_back_from_the_owner(void **state)
{
	static const struct {
		const char *said, *asked, *answered, *heard;
	} rows[] = {
		{"({\"channel-m\",5,\"alpha\",\"u\",0,0,\"ch\",0,\"damn\",})",
			"({\"channel-m\",4,\"Alpha\",\"u\",0,0,\"ch\",\"u\",\"damn\",})",
			"({\"channel-m\",9,\"ALPHA\",\"U\",0,0,\"ch\",\"U\",\"d**n\",})",
			"({\"channel-m\",4,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"d**n\",})"},
		{"({\"channel-e\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"$N nods\",})",
			"({\"channel-e\",4,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"$N nods\",})",
			"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"ch\",0,\"(nods)\",})",
			"({\"channel-m\",4,\"Alpha\",\"u\",0,0,\"ch\",\"u\",\"(nods)\",})"},
		{"({\"channel-t\",5,\"Alpha\",\"u\",0,0,\"ch\",\"Beta\",\"v\",\"o\",\"t\",\"U\","
		 "\"V\",})",
			"({\"channel-t\",4,\"Alpha\",\"u\",0,0,\"ch\",\"Beta\",\"v\",\"o\",\"t\","
			"\"U\","
			"\"V\",})",
			"({\"channel-t\",4,\"Alpha\",\"u\",0,0,\"ch\",\"Beta\",\"v\",\"o\",\"t\","
			"\"U\","
			"\"V\",})",
			"({\"channel-t\",4,\"Alpha\",\"u\",0,0,\"ch\",\"Beta\",\"v\",\"o\",\"t\","
			"\"U\","
			"\"V\",})"},
	};
	struct rig *g = *state;
	struct club c;
	char text[512];
	club_open(g, &c);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&c.own.got);
		got_clear(&c.a.got);
		got_clear(&c.b.got);
		say_to_router(&c.a, rows[i].said);
		assert_int_equal(c.a.got.n, 0);
		assert_int_equal(c.b.got.n, 0);
		snprintf(text, sizeof text,
			"({\"chan-filter-req\",5,\"*gate\",0,\"Owner\",0,\"ch\",%s,})",
			rows[i].asked);
		assert_int_equal(c.own.got.n, 1);
		assert_string_equal(c.own.got.at[0], text);
		answers(&c, rows[i].answered);
		assert_int_equal(c.own.got.n, 1); // the owner does not listen
		assert_int_equal(c.a.got.n, 1);
		assert_string_equal(c.a.got.at[0], rows[i].heard);
		assert_string_equal(c.b.got.at[0], rows[i].heard);
		assert_int_equal(waiting(g), 0);
	}
	club_close(&c);
}

static void what_the_owner_says_goes_straight_out(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	says(&c.own, "({\"channel-listen\",5,\"Owner\",0,\"*gate\",0,\"ch\",1,})");
	says(&c.own, "({\"channel-m\",5,\"Owner\",\"o\",0,0,\"ch\",\"O\",\"news\",})");
	check_got(&c.a.got, "\"news\"");
	check_got(&c.own.got, "\"news\"");
	assert_int_equal(got_count(&c.own.got, "chan-filter-req"), 0);
	club_close(&c);
}

static void without_the_owner_nobody_else_is_heard(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	mate_fini(&c.own);
	speaks(&c, "one");
	assert_int_equal(c.a.got.n, 1);
	check_got(&c.a.got, "({\"error\",5,\"*gate\",0,\"Alpha\",\"u\",\"unk-dst\"");
	assert_int_equal(c.b.got.n, 0);
	mate_login(g, &c.own, "Owner");
	speaks(&c, "two");
	check_got(&c.own.got, "({\"chan-filter-req\",5,\"*gate\",0,\"Owner\",0,\"ch\",");
	club_close(&c);
}

static void an_owner_has_each_line_once_and_only_lines_that_were_said(void **state)
{
	static const char *const rows[][2] = {
		{"({\"channel-m\",5,\"Beta\",\"u\",0,0,\"ch\",\"U\",\"forged\",})", "not-allowed"},
		{"({\"channel-m\",5,\"Alpha\",\"v\",0,0,\"ch\",\"U\",\"forged\",})", "not-allowed"},
		{"({\"channel-m\",5,\"Owner\",\"u\",0,0,\"ch\",\"U\",\"forged\",})", "not-allowed"},
		{"({\"channel-m\",5,\"Nobody\",\"u\",0,0,\"ch\",\"U\",\"forged\",})",
			"not-allowed"},
		{"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"forged\",})", "bad-pkt"},
		{"({\"channel-m\",5,\"Alpha\",\"u\",\"Beta\",0,\"ch\",\"U\",\"forged\",})",
			"bad-pkt"},
		{"({\"channel-m\",5,\"Alpha\",\"u\",0,\"v\",\"ch\",\"U\",\"forged\",})", "bad-pkt"},
		{"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"forged\",0,})", "bad-pkt"},
		{"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",7,})", "bad-pkt"},
		{"({\"channel-m\",5,\"Alpha\",0,0,0,\"ch\",\"U\",\"forged\",})", "bad-pkt"},
		{"({\"channel-m\",5,0,\"u\",0,0,\"ch\",\"U\",\"forged\",})", "not-allowed"},
		{"({\"channel-t\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"forged\",})", "bad-pkt"},
		{"({\"tell\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"forged\",})", "bad-pkt"},
		{"({\"ch\",\"forged\",})", "bad-pkt"},
		{"\"forged\"", "bad-pkt"},
		{"0", "bad-pkt"},
		{LINE("forged") ",0", "bad-pkt"},
	};
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	speaks(&c, "one");
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&c.own.got);
		answers(&c, rows[i][0]);
		assert_int_equal(c.own.got.n, 1);
		check_got(&c.own.got, rows[i][1]);
		assert_int_equal(waiting(g), 1);
	}
	assert_int_equal(c.a.got.n + c.b.got.n, 0);
	answers(&c, LINE("one"));
	assert_int_equal(c.b.got.n, 1);
	got_clear(&c.own.got);
	answers(&c, LINE("one"));
	check_got(&c.own.got, "\"not-allowed\",\"no line of this user waits on this channel\"");
	assert_int_equal(c.b.got.n, 1);
	club_close(&c);
}

static void only_the_owner_of_a_filtered_channel_answers(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	speaks(&c, "one");
	says(&c.b, "({\"chan-filter-reply\",5,\"Beta\",0,\"*gate\",0,\"ch\"," LINE("x") ",})");
	check_got(&c.b.got, "\"not-allowed\",\"this channel belongs to somebody else\"");
	says(&c.b, "({\"chan-filter-reply\",5,\"Beta\",0,\"Owner\",0,\"ch\"," LINE("x") ",})");
	check_got(&c.b.got, "\"bad-pkt\"");
	says(&c.own,
		"({\"chan-filter-reply\",5,\"Owner\",0,0,0,\"none\",({\"channel-m\",5,\"Alpha\","
		"\"u\",0,0,\"none\",\"U\",\"x\",}),})");
	check_got(&c.own.got, "\"unk-channel\"");
	says(&c.own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch\",1,})");
	assert_int_equal(waiting(g), 0);
	answers(&c, LINE("x"));
	check_got(&c.own.got, "\"not-allowed\",\"this channel is not filtered\"");
	assert_int_equal(got_count(&c.a.got, "channel-m"), 0);
	club_close(&c);
}

static void a_line_the_owner_keeps_is_dropped_in_time_and_counted(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	speaks(&c, "one");
	int64_t dropped = metric_get(METRIC_ROUTER_DROPPED);
	clock_set(1000 + ROUTER_FILTER_MS - 1, 1000000000000000);
	age_now(g);
	assert_int_equal(waiting(g), 1);
	clock_set(1000 + ROUTER_FILTER_MS, 1000000000000000);
	answers(&c, LINE("one")); // too late, though nobody looked yet
	check_got(&c.own.got, "\"no line of this user waits on this channel\"");
	assert_int_equal(got_count(&c.a.got, "channel-m"), 0);
	dropped = metric_get(METRIC_ROUTER_DROPPED);
	age_now(g);
	assert_int_equal(waiting(g), 0);
	assert_int_equal(metric_get(METRIC_ROUTER_DROPPED), dropped + 1);
	club_close(&c);
}

static void lines_wait_in_bounded_numbers_and_one_mud_cannot_fill_them(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	for (int i = 0; i < 2 * ROUTER_FILTER_PER_MUD; i++)
		speaks(&c, "flood");
	assert_int_equal(waiting(g), ROUTER_FILTER_PER_MUD);
	assert_int_equal(got_count(&c.own.got, "chan-filter-req"), ROUTER_FILTER_PER_MUD);
	assert_int_equal(got_count(&c.a.got, "error"), ROUTER_FILTER_PER_MUD);
	check_got(
		&c.a.got, "\"not-allowed\",\"too many lines wait for the owner of this channel\"");
	says(&c.b, "({\"channel-m\",5,\"Beta\",\"v\",0,0,\"ch\",\"V\",\"hello\",})");
	check_got(&c.own.got, "\"hello\"");
	clock_set(1000 + ROUTER_FILTER_MS, 1000000000000000);
	speaks(&c, "later"); // those that are due make room
	check_got(&c.own.got, "\"later\"");
	assert_int_equal(waiting(g), 1);
	club_close(&c);
}

static void one_channel_has_no_more_than_64_lines_waiting(void **state)
{
	enum { MUDS = ROUTER_FILTER_MAX / ROUTER_FILTER_PER_MUD + 1 };
	struct rig *g = *state;
	struct club c;
	struct mate m[MUDS];
	club_open(g, &c);
	for (int i = 0; i < MUDS; i++) {
		char name[16];
		snprintf(name, sizeof name, "Mud%d", i);
		says(&c.own,
			"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"%s\",}),({}),})",
			name);
		mate_login(g, &m[i], name);
		says(&m[i], "({\"channel-listen\",5,\"%s\",0,\"*gate\",0,\"ch\",1,})", name);
		for (int line = 0; line < ROUTER_FILTER_PER_MUD; line++)
			says(&m[i], "({\"channel-m\",5,\"%s\",\"u\",0,0,\"ch\",\"U\",\"x\",})",
				name);
	}
	assert_int_equal(waiting(g), ROUTER_FILTER_MAX);
	for (int i = 0; i < MUDS; i++)
		mate_fini(&m[i]);
	club_close(&c);
}

static void who_is_removed_from_the_list_meanwhile_is_not_heard(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	speaks(&c, "one");
	says(&c.own, "({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({}),({\"Alpha\",}),})");
	answers(&c, LINE("one"));
	check_got(&c.own.got, "\"not-allowed\"");
	assert_int_equal(c.b.got.n, 0);
	assert_int_equal(waiting(g), 0);
	club_close(&c);
}

static void a_speaker_that_left_is_still_heard(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	speaks(&c, "last words");
	mate_fini(&c.a);
	answers(&c, LINE("last words"));
	check_got(&c.b.got, "\"last words\"");
	club_close(&c);
}

static void a_long_user_name_is_refused(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	says(&c.a, "({\"channel-m\",5,\"Alpha\",\"%065d\",0,0,\"ch\",\"U\",\"x\",})", 1);
	check_got(&c.a.got, "\"not-allowed\"");
	assert_int_equal(c.own.got.n, 0);
	club_close(&c);
}

static void a_channel_removed_takes_its_waiting_lines_along(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	speaks(&c, "one");
	says(&c.own, "({\"channel-remove\",5,\"Owner\",0,\"*gate\",0,\"ch\",})");
	answers(&c, LINE("one"));
	check_got(&c.own.got, "\"unk-channel\"");
	club_close(&c);
}

static void answer_at_once(struct mate *m, const struct value *packet)
{
	if (span_is(value_text(value_at(packet, 0)), "chan-filter-req"))
		says(m, "({\"chan-filter-reply\",5,\"Owner\",0,\"*gate\",0,\"ch\"," LINE(
				"edited") ",})");
}

static void an_owner_may_answer_from_inside_the_question(void **state)
{
	struct rig *g = *state;
	struct club c;
	club_open(g, &c);
	c.own.react = answer_at_once;
	speaks(&c, "one");
	check_got(&c.a.got, "\"edited\"");
	assert_int_equal(waiting(g), 0);
	club_close(&c);
}

static void muds_on_sockets_filter_and_are_filtered_alike(void **state)
{
	struct rig *g = *state;
	struct wire own, a;
	clock_set(0, 0);
	rig_listen(g);
	wire_login(g, &own, "Owner", 0);
	wire_login(g, &a, "Alpha", 0);
	wire_say(&own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch\",2,})");
	wire_say(&own,
		"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"Alpha\",}),({}),})");
	wire_sync(&own, "Owner");
	wire_say(&a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"ch\",1,})");
	wire_say(&a, LINE("one"));
	wire_wait(&own, "({\"chan-filter-req\",5,\"*gate\",0,\"Owner\",0,\"ch\",({\"channel-m\",4,"
			"\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"one\",}),})");
	wire_say(&own,
		"({\"chan-filter-reply\",5,\"Owner\",0,\"*gate\",0,\"ch\"," LINE("two") ",})");
	wire_wait(&a, "({\"channel-m\",4,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"two\",})");
	wire_fini(&own);
	wire_fini(&a);
}

static void a_line_too_large_for_the_owner_is_refused(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire own;
	struct mate a;
	clock_set(0, 0);
	rig_listen(g);
	wire_login_as(g, &own, "127.0.0.1", startup_as(&t, "Owner", 0, "MudOS v22"));
	wire_say(&own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch\",2,})");
	wire_say(&own,
		"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"Alpha\",}),({}),})");
	wire_sync(&own, "Owner");
	mate_login(g, &a, "Alpha");
	says(&a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"ch\",1,})");
	says(&a, "({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"ch\",\"U\",\"%09950d\",})", 1);
	check_got(&a.got, "\"bad-pkt\",\"too large for the owner of this channel\"");
	assert_int_equal(waiting(g), 0);
	wire_fini(&own);
	mate_fini(&a);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(a_line_is_heard_when_it_comes_back_from_the_owner),
		RIGGED(what_the_owner_says_goes_straight_out),
		RIGGED(without_the_owner_nobody_else_is_heard),
		RIGGED(an_owner_has_each_line_once_and_only_lines_that_were_said),
		RIGGED(only_the_owner_of_a_filtered_channel_answers),
		RIGGED(a_line_the_owner_keeps_is_dropped_in_time_and_counted),
		RIGGED(lines_wait_in_bounded_numbers_and_one_mud_cannot_fill_them),
		RIGGED(one_channel_has_no_more_than_64_lines_waiting),
		RIGGED(who_is_removed_from_the_list_meanwhile_is_not_heard),
		RIGGED(a_speaker_that_left_is_still_heard),
		RIGGED(a_long_user_name_is_refused),
		RIGGED(a_channel_removed_takes_its_waiting_lines_along),
		RIGGED(an_owner_may_answer_from_inside_the_question),
		RIGGED(muds_on_sockets_filter_and_are_filtered_alike),
		RIGGED(a_line_too_large_for_the_owner_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
