// SPDX-License-Identifier: MIT
// The three types of channels, their lists, and what owners do; over restarts and over months.
#include "router_rig.h"

#define S     1000000ull
#define T0    (1000000000 * S) // wall clock
#define DAY_S 86400ull

static int up(void **state)
{
	struct rig *g = mem_zalloc(sizeof *g);
	clock_set(1000, T0);
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

// The owner and two others are logged in and have heard of each other.
struct three {
	struct mate own, a, b;
};

static void three(struct rig *g, struct three *t)
{
	mate_login(g, &t->own, "Owner");
	mate_login(g, &t->a, "Alpha");
	mate_login(g, &t->b, "Beta");
	tell_now(g);
	got_clear(&t->own.got);
	got_clear(&t->a.got);
	got_clear(&t->b.got);
}

static void three_fini(struct three *t)
{
	mate_fini(&t->own);
	mate_fini(&t->a);
	mate_fini(&t->b);
}

static void add(struct three *t, int type)
{
	says(&t->own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch\",%d,})", type);
}

static void admin(struct three *t, const char *names, const char *without)
{
	says(&t->own, "({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({%s}),({%s}),})",
		names, without);
}

static void listens(struct mate *m, const char *name)
{
	says(m, "({\"channel-listen\",5,\"%s\",0,\"*gate\",0,\"ch\",1,})", name);
}

static void speaks(struct mate *m, const char *name, const char *text)
{
	says(m, "({\"channel-m\",5,\"%s\",\"u\",0,0,\"ch\",\"U\",\"%s\",})", name, text);
}

static const struct router_channel *channel(struct rig *g)
{
	return router_channel_find(g->router, SPAN("ch"));
}

static unsigned listeners(struct rig *g)
{
	unsigned n = 0;
	list_each(it, &channel(g)->listens) n++;
	return n;
}

// --- who may listen and speak ---

static void a_banned_mud_neither_listens_nor_speaks(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 0);
	listens(&t.a, "Alpha");
	listens(&t.b, "Beta");
	admin(&t, "\"aLPHA\",", "");
	assert_int_equal(listeners(g), 1); // the ban has ended it
	speaks(&t.b, "Beta", "one");
	assert_int_equal(t.a.got.n, 0);
	speaks(&t.a, "Alpha", "two");
	check_got(&t.a.got, "({\"error\",5,\"*gate\",0,\"Alpha\",\"u\",\"not-allowed\","
			    "\"your MUD is banned from ch\"");
	listens(&t.a, "Alpha");
	assert_int_equal(got_count(&t.a.got, "error"), 2);
	assert_false(got_has(&t.b.got, "two"));
	admin(&t, "", "\"Alpha\",");
	got_clear(&t.a.got);
	listens(&t.a, "Alpha");
	speaks(&t.a, "Alpha", "three");
	assert_int_equal(got_count(&t.a.got, "error"), 0);
	check_got(&t.b.got, "\"three\"");
	three_fini(&t);
}

static void only_admitted_muds_listen_and_speak(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 1);
	listens(&t.a, "Alpha");
	speaks(&t.a, "Alpha", "one");
	assert_int_equal(got_count(&t.a.got, "error"), 2);
	check_got(&t.a.got, "({\"error\",5,\"*gate\",0,\"Alpha\",\"u\",\"not-allowed\","
			    "\"your MUD is not admitted to ch\"");
	admin(&t, "\"Alpha\",\"Beta\",", "");
	got_clear(&t.a.got);
	listens(&t.a, "Alpha");
	listens(&t.b, "Beta");
	listens(&t.own, "Owner");
	speaks(&t.a, "Alpha", "two");
	check_got(&t.a.got, "\"two\"");
	check_got(&t.b.got, "\"two\"");
	check_got(&t.own.got, "\"two\"");
	assert_int_equal(got_count(&t.a.got, "error"), 0);
	admin(&t, "", "\"Alpha\",");
	assert_int_equal(listeners(g), 2);
	speaks(&t.b, "Beta", "three");
	assert_false(got_has(&t.a.got, "three"));
	three_fini(&t);
}

static void who_does_not_listen_to_an_admitting_channel_does_not_speak(void **state)
{
	struct rig *g = *state;
	for (int type = 1; type <= 2; type++) {
		struct three t;
		three(g, &t);
		add(&t, type);
		admin(&t, "\"Alpha\",", "");
		listens(&t.own, "Owner");
		speaks(&t.a, "Alpha", "one");
		check_got(&t.a.got, "\"not-allowed\",\"listen to this channel before speaking");
		assert_int_equal(t.own.got.n, 0);
		assert_int_equal(listeners(g), 1);
		says(&t.own, "({\"channel-remove\",5,\"Owner\",0,\"*gate\",0,\"ch\",})");
		three_fini(&t);
	}
}

static void an_owner_is_always_admitted(void **state)
{
	struct rig *g = *state;
	for (int type = 0; type <= 2; type++) {
		struct three t;
		three(g, &t);
		add(&t, type);
		admin(&t, type ? "" : "\"Owner\",", "");
		speaks(&t.own, "Owner", "one");
		check_got(&t.own.got, "\"warning\",\"you were not listening");
		check_got(&t.own.got,
			"({\"channel-m\",4,\"Owner\",\"u\",0,0,\"ch\",\"U\",\"one\",})");
		says(&t.own, "({\"channel-listen\",5,\"Owner\",0,\"*gate\",0,\"ch\",0,})");
		listens(&t.own, "Owner");
		assert_int_equal(listeners(g), 1);
		assert_int_equal(got_count(&t.own.got, "error"), 1);
		says(&t.own, "({\"channel-remove\",5,\"Owner\",0,\"*gate\",0,\"ch\",})");
		three_fini(&t);
	}
}

static void who_is_not_admitted_may_still_stop_listening(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 1);
	says(&t.a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"ch\",0,})");
	assert_int_equal(t.a.got.n, 0);
	three_fini(&t);
}

// --- changing the type ---

static void the_list_of_channels_says_each_type(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	for (int type = 0; type <= 2; type++)
		says(&t.own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch%d\",%d,})", type,
			type);
	tell_now(g);
	check_got(&t.a.got, "\"ch0\":({\"Owner\",0,}),\"ch1\":({\"Owner\",1,}),"
			    "\"ch2\":({\"Owner\",2,}),])");
	three_fini(&t);
}

static void adding_a_channel_again_changes_its_type_and_everybody_is_told(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 0);
	listens(&t.a, "Alpha");
	listens(&t.own, "Owner");
	tell_now(g);
	int64_t id = g->router->chanlist_id;
	got_clear(&t.b.got);
	add(&t, 0); // as it is
	tell_now(g);
	assert_int_equal(g->router->chanlist_id, id);
	assert_int_equal(t.b.got.n, 0);
	add(&t, 1);
	tell_now(g);
	assert_true(g->router->chanlist_id > id);
	check_got(&t.b.got, "\"ch\":({\"Owner\",1,})");
	assert_int_equal(listeners(g), 1); // the owner
	says(&t.a, "({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"ch\",0,})");
	check_got(&t.a.got, "\"not-allowed\",\"this channel belongs to somebody else\"");
	assert_int_equal(channel(g)->type, 1);
	says(&t.own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch\",3,})");
	check_got(&t.own.got, "\"not-allowed\"");
	three_fini(&t);
}

static void a_list_is_kept_when_its_meaning_stays_and_cleared_when_it_flips(void **state)
{
	static const struct {
		int from, to;
		size_t names, listeners;
	} rows[] = {
		{0, 1, 0, 0}, {0, 2, 0, 0}, {1, 2, 1, 1}, {2, 1, 1, 1}, {1, 0, 0, 1}, {2, 0, 0, 1}};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct three t;
		three(g, &t);
		add(&t, rows[i].from);
		admin(&t, "\"Alpha\",", "");
		listens(&t.a, "Alpha");
		add(&t, rows[i].to);
		assert_int_equal(channel(g)->names.n, rows[i].names);
		assert_int_equal(listeners(g), rows[i].listeners); // Alpha, where it may
		says(&t.own, "({\"channel-remove\",5,\"Owner\",0,\"*gate\",0,\"ch\",})");
		three_fini(&t);
	}
}

// --- the list ---

static void lists_are_sets_and_only_their_owner_sees_and_changes_them(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 1);
	admin(&t, "\"Alpha\",\"Far Away\",\"alpha\",\"Alpha\",", "\"Nobody\",");
	admin(&t, "\"Beta\",\"Gamma\",", "\"gamma\",");
	says(&t.own, "({\"chan-adminlist\",5,\"Owner\",\"wiz\",\"*gate\",0,\"ch\",})");
	assert_int_equal(t.own.got.n, 1);
	check_got(&t.own.got, "({\"chan-adminlist-reply\",5,\"*gate\",0,\"Owner\",\"wiz\",\"ch\","
			      "({\"Alpha\",\"Far Away\",\"Beta\",}),})");
	says(&t.a, "({\"chan-adminlist\",5,\"Alpha\",0,\"*gate\",0,\"ch\",})");
	says(&t.a, "({\"channel-admin\",5,\"Alpha\",0,\"*gate\",0,\"ch\",({}),({\"Beta\",}),})");
	assert_int_equal(got_count(&t.a.got, "error"), 2);
	assert_false(got_has(&t.a.got, "Far Away"));
	check_got(&t.a.got, "\"not-allowed\",\"this channel belongs to somebody else\"");
	assert_int_equal(channel(g)->names.n, 3);
	tell_now(g);
	assert_false(got_has(&t.b.got, "Far Away"));
	three_fini(&t);
}

static void admin_packets_of_another_shape_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"X\",}),})", "bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"X\",}),({}),0,})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",\"X\",({}),})", "bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"X\",}),0,})", "bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"X\",7,}),({}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"X\",}),({({}),}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"\",}),({}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"*other\",}),({}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"a\\\"b\",}),({}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({\"a\x01\",}),({}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch\",({"
		 "\"aaaaaaaaaabbbbbbbbbbcccccccccc"
		 "ddddddddddeeeeeeeeeeffffffffff12345\",}),({}),})",
			"bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,7,({}),({}),})", "bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"Alpha\",0,\"ch\",({}),({}),})", "bad-pkt"},
		{"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"none\",({}),({}),})",
			"unk-channel"},
		{"({\"chan-adminlist\",5,\"Owner\",0,\"*gate\",0,})", "bad-pkt"},
		{"({\"chan-adminlist\",5,\"Owner\",0,\"*gate\",0,({}),})", "bad-pkt"},
		{"({\"chan-adminlist\",5,\"Owner\",0,\"*gate\",0,\"none\",})", "unk-channel"},
	};
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 0);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&t.own.got);
		say_to_router(&t.own, rows[i][0]);
		assert_int_equal(t.own.got.n, 1);
		check_got(&t.own.got, rows[i][1]);
		assert_int_equal(channel(g)->names.n, 0);
	}
	three_fini(&t);
}

static void a_list_has_128_names_at_most_and_all_or_none_are_taken(void **state)
{
	struct rig *g = *state;
	struct three t;
	struct buf names = {0};
	three(g, &t);
	add(&t, 1);
	for (int i = 0; i < ROUTER_CHANNEL_NAMES_MAX; i++)
		buf_printf(&names,
			"\"A name of sixty-four bytes is as long as names can be, so %6d\",", i);
	buf_char(&names, '\0');
	admin(&t, names.p, "");
	assert_int_equal(t.own.got.n, 0);
	assert_int_equal(channel(g)->names.n, ROUTER_CHANNEL_NAMES_MAX);
	says(&t.own, "({\"chan-adminlist\",5,\"Owner\",0,\"*gate\",0,\"ch\",})");
	assert_in_range(strlen(got_last(&t.own.got, "chan-adminlist-reply")), 8000,
		ROUTER_SEND_OLD_MAX - 1);
	admin(&t, "\"One more\",", "\"Nobody\",");
	check_got(&t.own.got, "\"not-allowed\",\"the list of a channel has 128 names at most\"");
	assert_int_equal(channel(g)->names.n, ROUTER_CHANNEL_NAMES_MAX);
	admin(&t, "\"One more\",",
		"\"A name of sixty-four bytes is as long as names can be, so      0\",");
	assert_int_equal(channel(g)->names.n, ROUTER_CHANNEL_NAMES_MAX);
	assert_true(router_names_have(&channel(g)->names, SPAN("one MORE")));
	buf_fini(&names);
	three_fini(&t);
}

static void who_takes_a_deleted_name_is_not_admitted_but_still_banned(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 1);
	admin(&t, "\"Alpha\",", "");
	says(&t.own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"open\",0,})");
	says(&t.own,
		"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"open\",({\"Alpha\",}),({}),})");
	says(&t.a, "({\"shutdown\",5,\"Alpha\",0,\"*gate\",0,604801,})");
	mate_fini(&t.a);
	mate_login(g, &t.a, "Alpha");
	listens(&t.a, "Alpha");
	check_got(&t.a.got, "your MUD is not admitted to ch");
	says(&t.a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"open\",1,})");
	check_got(&t.a.got, "your MUD is banned from open");
	three_fini(&t);
}

// --- over a restart ---

static void types_lists_and_owners_survive_a_restart(void **state)
{
	(void)state;
	struct disk disk;
	struct rig g;
	struct three t;
	disk_make(&disk);
	rig_open(&g, disk.path);
	three(&g, &t);
	for (int type = 0; type <= 2; type++) {
		says(&t.own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch%d\",%d,})", type,
			type);
		says(&t.own,
			"({\"channel-admin\",5,\"Owner\",0,\"*gate\",0,\"ch%d\",({\"Alpha\","
			"\"Far Away\",}),({}),})",
			type);
	}
	says(&t.own, "({\"channel-add\",5,\"Owner\",0,\"*gate\",0,\"ch2\",1,})"); // keeps its list
	three_fini(&t);
	rig_restart(&g, &disk);
	three(&g, &t);
	says(&t.a, "({\"chanlist-req\",5,\"Alpha\",0,\"*gate\",0,})");
	check_got(&t.a.got, "\"ch0\":({\"Owner\",0,}),\"ch1\":({\"Owner\",1,}),"
			    "\"ch2\":({\"Owner\",1,}),");
	for (int type = 0; type <= 2; type++) {
		got_clear(&t.own.got);
		says(&t.own, "({\"chan-adminlist\",5,\"Owner\",0,\"*gate\",0,\"ch%d\",})", type);
		check_got(&t.own.got, "({\"Alpha\",\"Far Away\",})");
	}
	says(&t.a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"ch0\",1,})");
	check_got(&t.a.got, "your MUD is banned from ch0");
	three_fini(&t);
	rig_close(&g);
	disk_remove(&disk);
}

static void kept(struct rig *g, const char *name, const char *value)
{
	store_put(g->store, SPAN("router_channels"), span_str(name), span_str(value), NULL, NULL);
}

static void records_of_the_first_version_are_read_and_damaged_ones_left(void **state)
{
	(void)state;
	struct disk disk;
	struct rig g;
	struct mate a;
	disk_make(&disk);
	rig_open(&g, disk.path);
	kept(&g, "old", "Owner Of Old");
	kept(&g, "ours", "*gate");
	kept(&g, "torn", "({\"Owner\",1,({\"Al");
	kept(&g, "typeless", "({\"Owner\",({}),({}),0,1,})");
	kept(&g, "type3", "({\"Owner\",3,({}),0,1,})");
	kept(&g, "unlisted", "({\"Owner\",1,7,0,1,})");
	kept(&g, "misnamed", "({\"Owner\",1,({\"*x\",}),0,1,})");
	rig_restart(&g, &disk);
	mate_login(&g, &a, "Alpha");
	check_got(&a.got, "\"old\":({\"Owner Of Old\",0,}),\"ours\":({\"*gate\",0,}),])");
	assert_true(router_channel_find(g.router, SPAN("old"))->added);
	assert_false(router_channel_find(g.router, SPAN("ours"))->added);
	mate_fini(&a);
	rig_restart(&g, &disk); // read, and kept in the form of today
	assert_string_equal(router_channel_find(g.router, SPAN("old"))->owner, "Owner Of Old");
	rig_close(&g);
	disk_remove(&disk);
}

// --- over months ---

static void days_pass(struct rig *g, uint64_t days)
{
	uint64_t s = days * DAY_S + 1;
	clock_set(clock_ms() + s * 1000, clock_wall_us() + s * S);
	age_now(g);
	tell_now(g);
}

static void a_channel_nobody_used_for_thirty_days_is_deleted_and_told_of(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 0);
	days_pass(g, 29);
	assert_non_null(channel(g));
	days_pass(g, 2);
	assert_null(channel(g));
	check_got(&t.a.got, "\"ch\":0,])");
	assert_non_null(router_channel_find(g->router, SPAN("dchat"))); // not added by a MUD
	three_fini(&t);
}

static void days_pass_unseen(uint64_t days)
{
	clock_set(clock_ms() + days * DAY_S * 1000, clock_wall_us() + days * DAY_S * S);
}

static void listening_keeps_a_channel_to_its_last_moment(void **state)
{
	struct rig *g = *state;
	struct three t;
	three(g, &t);
	add(&t, 0);
	listens(&t.a, "Alpha");
	days_pass(g, 40);
	assert_non_null(channel(g));
	days_pass_unseen(29);
	says(&t.a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"ch\",0,})");
	days_pass(g, 29);
	assert_non_null(channel(g));
	days_pass(g, 2);
	assert_null(channel(g));
	three_fini(&t);
}

static void a_line_nobody_listens_to_keeps_a_channel(void **state)
{
	struct rig *g = *state;
	struct three t;
	struct value line = value_array(NULL, 0);
	three(g, &t);
	add(&t, 0);
	days_pass_unseen(29);
	assert_true(router_channel_deliver(
		g->router, router_channel_find(g->router, SPAN("ch")), &line));
	days_pass(g, 29);
	assert_non_null(channel(g));
	days_pass(g, 2);
	assert_null(channel(g));
	three_fini(&t);
}

static void the_time_of_use_survives_a_restart_and_muds_may_return_first(void **state)
{
	(void)state;
	struct disk disk;
	struct rig g;
	struct three t;
	clock_set(1000, T0);
	disk_make(&disk);
	rig_open(&g, disk.path);
	three(&g, &t);
	add(&t, 0);
	three_fini(&t);
	days_pass(&g, 20);
	rig_restart(&g, &disk);
	days_pass(&g, 11);
	assert_null(router_channel_find(g.router, SPAN("ch"))); // 31 days of two lives
	three(&g, &t);
	add(&t, 0);
	three_fini(&t);
	rig_close(&g);
	clock_set(clock_ms(), clock_wall_us() + 40 * DAY_S * S); // nothing runs for 40 days
	rig_open(&g, disk.path);
	age_now(&g);
	assert_non_null(router_channel_find(g.router, SPAN("ch")));
	three(&g, &t);
	listens(&t.a, "Alpha");
	days_pass(&g, 40);
	three_fini(&t);
	rig_restart(&g, &disk);
	days_pass(&g, 29);
	assert_non_null(router_channel_find(g.router, SPAN("ch"))); // listened to until then
	rig_close(&g);
	disk_remove(&disk);
	clock_set(0, 0);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(a_banned_mud_neither_listens_nor_speaks),
		RIGGED(only_admitted_muds_listen_and_speak),
		RIGGED(who_does_not_listen_to_an_admitting_channel_does_not_speak),
		RIGGED(an_owner_is_always_admitted),
		RIGGED(who_is_not_admitted_may_still_stop_listening),
		RIGGED(the_list_of_channels_says_each_type),
		RIGGED(adding_a_channel_again_changes_its_type_and_everybody_is_told),
		RIGGED(a_list_is_kept_when_its_meaning_stays_and_cleared_when_it_flips),
		RIGGED(lists_are_sets_and_only_their_owner_sees_and_changes_them),
		RIGGED(admin_packets_of_another_shape_are_refused),
		RIGGED(a_list_has_128_names_at_most_and_all_or_none_are_taken),
		RIGGED(who_takes_a_deleted_name_is_not_admitted_but_still_banned),
		TEST(types_lists_and_owners_survive_a_restart),
		TEST(records_of_the_first_version_are_read_and_damaged_ones_left),
		RIGGED(a_channel_nobody_used_for_thirty_days_is_deleted_and_told_of),
		RIGGED(listening_keeps_a_channel_to_its_last_moment),
		RIGGED(a_line_nobody_listens_to_keeps_a_channel),
		TEST(the_time_of_use_survives_a_restart_and_muds_may_return_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
