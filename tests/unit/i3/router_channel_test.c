// SPDX-License-Identifier: MIT
// Channels of the router, and peers that act from inside a delivery.
#include "router_rig.h"

static int up(void **state)
{
	struct rig *g = mem_zalloc(sizeof *g);
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

// Two MUDs are logged in and have heard of each other.
static void two(struct rig *g, struct mate *a, struct mate *b)
{
	mate_login(g, a, "Alpha");
	mate_login(g, b, "Beta");
	tell_now(g);
	got_clear(&a->got);
	got_clear(&b->got);
}

// --- channels ---

static void listen_to(struct mate *m, const char *name, const char *channel, int on)
{
	char text[256];
	snprintf(text, sizeof text, "({\"channel-listen\",5,\"%s\",0,\"*gate\",0,\"%s\",%d,})",
		name, channel, on);
	say_to_router(m, text);
}

static void listeners_hear_messages_the_sender_too(void **state)
{
	static const char *const rows[][2] = {
		{"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"hi\",})",
			"({\"channel-m\",4,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"hi\",})"},
		{"({\"channel-e\",5,\"Alpha\",\"u\",0,0,\"dchat\",0,\"$N nods\",})",
			"({\"channel-e\",4,\"Alpha\",\"u\",0,0,\"dchat\",\"u\",\"$N nods\",})"},
		{"({\"channel-t\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"Beta\",\"v\",\"o\",\"t\",0,"
		 "\"V\",})",
			"({\"channel-t\",4,\"Alpha\",\"u\",0,0,\"dchat\",\"Beta\",\"v\",\"o\","
			"\"t\","
			"\"u\",\"V\",})"},
	};
	struct rig *g = *state;
	struct mate a, b, c;
	two(g, &a, &b);
	mate_login(g, &c, "Gamma");
	listen_to(&a, "Alpha", "dchat", 1);
	listen_to(&b, "Beta", "dchat", 1);
	listen_to(&b, "Beta", "dchat", 1);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&a.got);
		got_clear(&b.got);
		got_clear(&c.got);
		say_to_router(&a, rows[i][0]);
		assert_int_equal(a.got.n, 1);
		assert_int_equal(b.got.n, 1);
		assert_int_equal(c.got.n, 0);
		check_got(&a.got, rows[i][1]);
		check_got(&b.got, rows[i][1]);
	}
	got_clear(&b.got);
	listen_to(&b, "Beta", "dchat", 0);
	listen_to(&b, "Beta", "dchat", 0);
	say_to_router(&a, rows[0][0]);
	assert_int_equal(b.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

static void channel_packets_of_another_shape_are_refused(void **state)
{
	static const char *const rows[] = {
		"({\"channel-m\",5,\"Alpha\",\"u\",\"Beta\",0,\"dchat\",\"U\",\"x\",})",
		"({\"channel-m\",5,\"Alpha\",\"u\",\"*gate\",0,\"dchat\",\"U\",\"x\",})",
		"({\"channel-m\",5,\"Alpha\",\"u\",0,\"v\",\"dchat\",\"U\",\"x\",})",
		"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",})",
		"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"x\",0,})",
		"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",0,})",
		"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",7,\"x\",})",
		"({\"channel-m\",5,\"Alpha\",\"u\",0,0,0,\"U\",\"x\",})",
		"({\"channel-m\",5,\"Alpha\",0,0,0,\"dchat\",\"U\",\"x\",})",
		"({\"channel-m\",5,\"Alpha\",\"\",0,0,\"dchat\",\"U\",\"x\",})",
		"({\"channel-t\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"Beta\",\"v\",\"o\",\"t\",\"U\",}"
		")",
		"({\"channel-t\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"Beta\",\"v\",\"o\",0,\"U\","
		"\"V\",})",
		"({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"dchat\",})",
		"({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"dchat\",\"on\",})",
		"({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,0,1,})",
		"({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"new\",})",
		"({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"new\",({}),})",
		"({\"channel-remove\",5,\"Alpha\",0,\"*gate\",0,})",
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	listen_to(&b, "Beta", "dchat", 1);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&a.got);
		say_to_router(&a, rows[i]);
		assert_int_equal(a.got.n, 1);
		check_got(&a.got, "\"bad-pkt\"");
	}
	assert_int_equal(b.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void who_speaks_without_listening_is_warned_and_joined(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	say_to_router(&a, "({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"one\",})");
	check_got(&a.got, "({\"error\",5,\"*gate\",0,\"Alpha\",\"u\",\"warning\"");
	check_got(&a.got, "\"one\"");
	say_to_router(&a, "({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"two\",})");
	assert_int_equal(got_count(&a.got, "error"), 1);
	assert_int_equal(got_count(&a.got, "channel-m"), 2);
	mate_fini(&a);
	mate_fini(&b);
}

static void unknown_channels_are_named_so(void **state)
{
	static const char *const rows[] = {
		"({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"none\",\"U\",\"x\",})",
		"({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"none\",1,})",
		"({\"channel-listen\",5,\"Alpha\",0,0,0,\"none\",0,})",
		"({\"channel-remove\",5,\"Alpha\",0,\"*gate\",0,\"none\",})",
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&a.got);
		say_to_router(&a, rows[i]);
		check_got(&a.got, "\"unk-channel\"");
	}
	mate_fini(&a);
	mate_fini(&b);
}

static void owners_add_and_remove_channels_and_everybody_is_told(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct mate a, b, lima;
	two(g, &a, &b);
	mate_attach(g, &lima);
	startup(&t, "Citrus", 0);
	memcpy(strstr(t.at, "\"Base\""), "\"Lima\"", 6);
	say_to_router(&lima, t.at);
	settle(g);
	got_clear(&lima.got);
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"new\",0,})");
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"new\",0,})");
	assert_int_equal(a.got.n, 0);
	tell_now(g);
	assert_int_equal(got_count(&b.got, "chanlist-reply"), 1);
	check_got(&b.got, "\"dchat\":({\"*gate\",0,}),\"imud_code\":({\"*gate\",0,}),"
			  "\"new\":({\"Alpha\",0,}),])");
	listen_to(&b, "Beta", "new", 1);
	say_to_router(&b, "({\"channel-add\",5,\"Beta\",0,\"*gate\",0,\"new\",0,})");
	say_to_router(&b, "({\"channel-remove\",5,\"Beta\",0,\"*gate\",0,\"new\",})");
	assert_int_equal(got_count(&b.got, "error"), 2);
	check_got(&b.got, "\"not-allowed\",\"this channel belongs to somebody else\"");
	got_clear(&b.got);
	got_clear(&lima.got);
	say_to_router(&a, "({\"channel-remove\",5,\"Alpha\",0,\"*gate\",0,\"new\",})");
	tell_now(g);
	check_got(&b.got, "\"imud_code\":({\"*gate\",0,}),\"new\":0,])");
	check_got(&lima.got, "\"imud_code\":({\"*gate\",0,}),])");
	got_clear(&b.got);
	say_to_router(&b, "({\"chanlist-req\",5,\"Beta\",0,\"*gate\",0,})");
	assert_false(got_has(&b.got, "\"new\"")); // told once
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&lima);
}

static void channels_that_cannot_be_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{"a b", "0"},
		{"", "0"},
		{"a:b", "0"},
		{"a\\\"b", "0"},
		{"a'b", "0"},
		{"a\x01", "0"},
		{"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggghhhhhhhhhh"
		 "i",
			"0"},
		{"new", "3"},
		{"new", "-1"},
		{"dchat", "0"},
		{"dchat", "1"},
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		char text[256];
		got_clear(&a.got);
		snprintf(text, sizeof text,
			"({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"%s\",%s,})", rows[i][0],
			rows[i][1]);
		say_to_router(&a, text);
		check_got(&a.got, "\"not-allowed\"");
	}
	say_to_router(&a, "({\"channel-admin\",5,\"Alpha\",0,\"*gate\",0,\"dchat\",({}),({}),})");
	check_got(&a.got, "\"not-allowed\"");
	mate_fini(&a);
	mate_fini(&b);
}

static void one_mud_owns_no_more_than_sixteen_channels(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	char text[128];
	two(g, &a, &b);
	for (int i = 0; i <= ROUTER_CHANNELS_PER_MUD; i++) {
		assert_int_equal(got_count(&a.got, "error"), 0);
		snprintf(text, sizeof text,
			"({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"c%d\",0,})", i);
		say_to_router(&a, text);
	}
	check_got(&a.got, "\"not-allowed\",\"you own too many channels\"");
	mate_fini(&a);
	mate_fini(&b);
}

static void one_mud_listens_to_no_more_than_256_channels(void **state)
{
	enum { CONFIGURED = ROUTER_LISTENS_MAX + 10 };
	struct rig *g = *state;
	struct mate a;
	char *names[CONFIGURED + 1] = {0}, name[16];
	for (int i = 0; i < CONFIGURED; i++) {
		snprintf(name, sizeof name, "c%d", i);
		names[i] = mem_str(name);
	}
	struct router_config config = rig_config;
	config.channels = (const char *const *)names;
	rig_refill(g, &config);
	mate_login(g, &a, "Alpha");
	for (int i = 0; i < CONFIGURED; i++)
		listen_to(&a, "Alpha", names[i], 1);
	assert_int_equal(got_count(&a.got, "error"), CONFIGURED - ROUTER_LISTENS_MAX);
	check_got(&a.got, "\"not-allowed\",\"you listen to too many channels\"");
	for (int i = 0; i < 800; i++)
		listen_to(&a, "Alpha", "unlisted", 1);
	assert_int_equal(a.link->listening, ROUTER_LISTENS_MAX);
	mate_fini(&a);
	for (int i = 0; i < CONFIGURED; i++)
		free(names[i]);
}

static void listening_ends_with_the_link(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	listen_to(&b, "Beta", "dchat", 1);
	mate_fini(&b);
	mate_login(g, &b, "Beta");
	got_clear(&b.got);
	say_to_router(&a, "({\"channel-m\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"x\",})");
	assert_int_equal(got_count(&b.got, "channel-m"), 0);
	mate_fini(&a);
	mate_fini(&b);
}

// --- peers that act from inside a delivery ---

static void echo_once(struct mate *m, const struct value *packet)
{
	if (!value_is_str(value_at(packet, 0)) ||
		!span_is(value_text(value_at(packet, 0)), "channel-m") || m->reactions++)
		return;
	say_to_router(m, "({\"channel-m\",5,\"Alpha\",\"a\",0,0,\"dchat\",\"A\",\"answer\",})");
}

static void an_answer_from_inside_a_delivery_reaches_everybody_after_the_question(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	two(g, &a, &b);
	mate_login(g, &c, "Gamma");
	listen_to(&a, "Alpha", "dchat", 1);
	listen_to(&b, "Beta", "dchat", 1);
	listen_to(&c, "Gamma", "dchat", 1);
	got_clear(&c.got);
	a.react = echo_once;
	say_to_router(&b, "({\"channel-m\",5,\"Beta\",\"b\",0,0,\"dchat\",\"B\",\"question\",})");
	assert_int_equal(c.got.n, 2);
	assert_non_null(strstr(c.got.at[0], "question"));
	assert_non_null(strstr(c.got.at[1], "answer"));
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

static void detach(struct mate *m, const struct value *packet)
{
	(void)packet;
	if (m->link) {
		say_to_router(m, "({\"shutdown\",5,\"Alpha\",0,\"*gate\",0,900,})");
		router_detach(m->link);
	}
	m->link = NULL;
}

static void a_link_may_be_detached_from_inside_a_delivery(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	listen_to(&a, "Alpha", "dchat", 1);
	listen_to(&b, "Beta", "dchat", 1);
	a.react = detach;
	say_to_router(&b, "({\"channel-m\",5,\"Beta\",\"b\",0,0,\"dchat\",\"B\",\"x\",})");
	say_to_router(&b, "({\"channel-m\",5,\"Beta\",\"b\",0,0,\"dchat\",\"B\",\"y\",})");
	assert_int_equal(got_count(&a.got, "channel-m"), 1);
	assert_int_equal(got_count(&b.got, "channel-m"), 2);
	tell_now(g);
	check_got(&b.got, "([\"Alpha\":({900,"); // what it said before still counted
	mate_fini(&a);
	mate_fini(&b);
}

static void detach_other(struct mate *m, const struct value *packet)
{
	(void)packet;
	if (m->other->link)
		router_detach(m->other->link);
	m->other->link = NULL;
}

static void a_listener_may_be_detached_by_another_before_its_turn(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	two(g, &a, &b);
	mate_login(g, &c, "Gamma");
	listen_to(&a, "Alpha", "dchat", 1);
	listen_to(&b, "Beta", "dchat", 1);
	a.react = detach_other;
	a.other = &b;
	say_to_router(&c, "({\"channel-m\",5,\"Gamma\",\"b\",0,0,\"dchat\",\"B\",\"x\",})");
	assert_int_equal(got_count(&b.got, "channel-m"), 0);
	assert_int_equal(got_count(&c.got, "channel-m"), 1);
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(listeners_hear_messages_the_sender_too),
		RIGGED(channel_packets_of_another_shape_are_refused),
		RIGGED(who_speaks_without_listening_is_warned_and_joined),
		RIGGED(unknown_channels_are_named_so),
		RIGGED(owners_add_and_remove_channels_and_everybody_is_told),
		RIGGED(channels_that_cannot_be_are_refused),
		RIGGED(one_mud_owns_no_more_than_sixteen_channels),
		RIGGED(one_mud_listens_to_no_more_than_256_channels),
		RIGGED(listening_ends_with_the_link),
		RIGGED(an_answer_from_inside_a_delivery_reaches_everybody_after_the_question),
		RIGGED(a_link_may_be_detached_from_inside_a_delivery),
		RIGGED(a_listener_may_be_detached_by_another_before_its_turn),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
