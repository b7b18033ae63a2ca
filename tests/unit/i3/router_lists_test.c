// SPDX-License-Identifier: MIT
// The lists at login: of MUDs what changed since the id one shows, or all; of channels all.
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

static void seconds_pass(uint64_t s)
{
	clock_set(clock_ms() + s * 1000, clock_wall_us() + s * S);
}

// As Alpha, with the list it has.
static void login_with(struct rig *g, struct mate *m, int64_t id)
{
	mate_attach(g, m);
	says(m,
		"({\"startup-req-3\",5,\"Alpha\",0,\"*gate\",0,0,%lld,0,4000,0,0,\"Lib\",\"Base\","
		"\"D\",\"LP\",\"open\",\"a@b.c\"," SERVICES ",([]),})",
		(long long)id);
	settle(g);
	got_last(&m->got, "startup-reply");
}

static int64_t id_of(const struct got *g, const char *type)
{
	const char *at = got_last(g, type);
	at = strstr(at, "\"Alpha\",0,") + sizeof "\"Alpha\",0," - 1;
	return strtoll(at, NULL, 10);
}

// Alpha again, on the same link and with this port.
static void login_as(struct rig *g, struct mate *m, int port)
{
	says(m,
		"({\"startup-req-3\",5,\"Alpha\",0,\"*gate\",0,0,0,0,%d,0,0,\"Lib\",\"Base\","
		"\"D\",\"LP\",\"open\",\"a@b.c\"," SERVICES ",([]),})",
		port);
	settle(g);
}

// Alpha has been here and has heard of Beta and Gamma, who stay; → the id of its list.
static int64_t been_here(struct rig *g, struct mate *b, struct mate *c)
{
	struct mate a;
	mate_login(g, b, "Beta");
	mate_login(g, c, "Gamma");
	mate_login(g, &a, "Alpha");
	tell_now(g);
	int64_t id = id_of(&a.got, "mudlist");
	assert_int_equal(id, g->router->mudlist_id);
	mate_fini(&a);
	seconds_pass(10);
	return id;
}

static void who_knows_all_is_told_nothing(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	int64_t id = been_here(g, &b, &c);
	login_with(g, &a, id);
	assert_int_equal(got_count(&a.got, "mudlist"), 0);
	assert_int_equal(got_count(&a.got, "chanlist-reply"), 1);
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

static void only_what_changed_since_is_told(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	int64_t id = been_here(g, &b, &c);
	says(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,900,})");
	login_with(g, &a, id);
	assert_int_equal(got_count(&a.got, "mudlist"), 1);
	check_got(&a.got, "([\"Beta\":({900,");
	assert_false(got_has(&a.got, "\"Gamma\":"));
	assert_false(got_has(&a.got, "\"Alpha\":"));
	int64_t then = id_of(&a.got, "mudlist");
	assert_int_equal(then, g->router->mudlist_id);
	mate_fini(&a);
	login_with(g, &a, then);
	assert_int_equal(got_count(&a.got, "mudlist"), 0);
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

static void deletions_are_told_as_well(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	int64_t id = been_here(g, &b, &c);
	says(&c, "({\"shutdown\",5,\"Gamma\",0,\"*gate\",0,604801,})");
	login_with(g, &a, id);
	check_got(&a.got, "([\"Gamma\":0,])");
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

static void an_id_that_was_never_ours_gets_everything(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	int64_t id = been_here(g, &b, &c);
	const int64_t ids[] = {
		0, -1, 1, 53, INT64_MAX, INT64_MIN, g->router->mudlist_floor_id - 1, id + 1000};
	for (size_t i = 0; i < countof(ids); i++) {
		login_with(g, &a, ids[i]);
		check_got(&a.got, "\"Beta\":({-1,");
		check_got(&a.got, "\"Gamma\":({-1,");
		check_got(&a.got, "\"Alpha\":({-1,");
		mate_fini(&a);
	}
	mate_fini(&b);
	mate_fini(&c);
}

static void who_may_have_missed_a_forgotten_deletion_gets_everything(void **state)
{
	(void)state;
	struct disk disk;
	struct rig g;
	struct mate a, b, c;
	clock_set(1000, T0);
	disk_make(&disk);
	rig_open(&g, disk.path);
	int64_t before = been_here(&g, &b, &c);
	says(&c, "({\"shutdown\",5,\"Gamma\",0,\"*gate\",0,604801,})");
	tell_now(&g);
	int64_t after = g.router->mudlist_id;
	mate_fini(&c);
	seconds_pass(31 * DAY_S);
	age_now(&g);
	login_with(&g, &a, after);
	assert_false(got_has(&a.got, "\"Beta\":"));
	mate_fini(&a);
	login_with(&g, &a, before);
	check_got(&a.got, "\"Beta\":({-1,");
	mate_fini(&a);
	mate_fini(&b);
	rig_restart(&g, &disk);
	assert_int_equal(g.router->mudlist_floor_id, after);
	rig_close(&g);
	disk_remove(&disk);
	clock_set(0, 0);
}

static void pieces_of_a_delta_but_the_last_carry_the_old_id(void **state)
{
	enum { MUDS = 40 };
	struct rig *g = *state;
	struct mate a, b, c, *m = mem_array(MUDS, sizeof *m);
	int64_t id = been_here(g, &b, &c);
	for (int i = 0; i < MUDS; i++) {
		mate_attach(g, &m[i]);
		says(&m[i],
			"({\"startup-req-3\",5,\"Mud%d\",0,\"*gate\",0,0,0,0,4000,0,0,\"%0600d\","
			"\"B\","
			"\"D\",\"LP\",\"open\",\"\"," SERVICES ",0,})",
			i, 1);
		settle(g);
	}
	login_with(g, &a, id);
	size_t pieces = got_count(&a.got, "mudlist"), seen = 0;
	char old[64];
	snprintf(old, sizeof old, "\"Alpha\",0,%lld,([", (long long)id);
	assert_true(pieces > 2);
	for (size_t i = 0; i < a.got.n; i++)
		if (is_type(a.got.at[i], "mudlist"))
			assert_int_equal(strstr(a.got.at[i], old) != NULL, ++seen < pieces);
	assert_false(got_has(&a.got, "\"Beta\":"));
	assert_int_equal(id_of(&a.got, "mudlist"), g->router->mudlist_id);
	for (int i = 0; i < MUDS; i++)
		mate_fini(&m[i]);
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
	free(m);
}

static void old_protocols_get_deltas_in_their_shape(void **state)
{
	struct rig *g = *state;
	struct mate a, b, c;
	int64_t id = been_here(g, &b, &c);
	says(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,900,})");
	mate_attach(g, &a);
	says(&a,
		"({\"startup-req-1\",5,\"Alpha\",0,\"*gate\",0,0,%lld,0,4000,0,0,\"Lib\",\"Base\","
		"\"D\",\"LP\",\"open\"," SERVICES ",})",
		(long long)id);
	settle(g);
	check_got(&a.got, "([\"Beta\":({900,\"127.0.0.1\",4000,0,0,\"Lib\",\"Base\",\"Driver 1\","
			  "\"LP\",\"open\"," SERVICES ",}),])");
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&c);
}

static void a_long_list_of_channels_comes_whole_in_pieces(void **state)
{
	enum { CHANNELS = 300 };
	struct rig *g = *state;
	struct mate a;
	char *names[CHANNELS + 1] = {0}, text[96];
	for (int i = 0; i < CHANNELS; i++) {
		snprintf(text, sizeof text,
			"channel-%03d-with-a-name-of-fifty-bytes-or-so-in-all-xx", i);
		names[i] = mem_str(text);
	}
	struct router_config config = rig_config;
	config.channels = (const char *const *)names;
	rig_refill(g, &config);
	mate_login(g, &a, "Alpha");
	assert_in_range(got_count(&a.got, "chanlist-reply"), 3, 5);
	for (size_t i = 0; i < a.got.n; i++)
		assert_true(strlen(a.got.at[i]) < ROUTER_SEND_OLD_MAX);
	for (int i = 0; i < CHANNELS; i++) {
		snprintf(text, sizeof text, "\"%s\":({\"*gate\",0,})", names[i]);
		check_got(&a.got, text);
		free(names[i]);
	}
	mate_fini(&a);
}

static void deltas_are_good_over_a_restart(void **state)
{
	(void)state;
	struct disk disk;
	struct rig g;
	struct mate a, b, c;
	clock_set(1000, T0);
	disk_make(&disk);
	rig_open(&g, disk.path);
	int64_t id = been_here(&g, &b, &c);
	int64_t floor = g.router->mudlist_floor_id;
	says(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,900,})");
	says(&c, "({\"shutdown\",5,\"Gamma\",0,\"*gate\",0,604801,})");
	mate_fini(&b);
	mate_fini(&c);
	rig_restart(&g, &disk);
	assert_int_equal(g.router->mudlist_floor_id, floor);
	int64_t last = g.router->mudlist_id;
	login_with(&g, &a, id);
	check_got(&a.got, "\"Beta\":({900,");
	check_got(&a.got, "\"Gamma\":0,");
	mate_fini(&a);
	login_with(&g, &a, last);
	assert_int_equal(got_count(&a.got, "mudlist"), 0);
	mate_fini(&a);
	rig_close(&g);
	disk_remove(&disk);
	clock_set(0, 0);
}

static void records_of_the_first_version_count_as_changed_last(void **state)
{
	(void)state;
	static const char old[] =
		"({\"Delta\",7,\"192.0.2.9\",3,0,0,1000000000,({0,0,1,0,0,\"L\",\"B\",\"D\",\"LP\","
		"\"open\",\"\",([]),0,}),})";
	struct disk disk;
	struct rig g;
	struct mate a;
	clock_set(1000, T0);
	disk_make(&disk);
	rig_open(&g, disk.path);
	store_put(g.store, SPAN("router_muds"), SPAN("delta"), span_str(old), NULL, NULL);
	rig_restart(&g, &disk);
	login_with(&g, &a, 0);
	check_got(&a.got, "\"Delta\":({0,\"192.0.2.9\",1,");
	mate_fini(&a);
	rig_restart(&g, &disk);
	assert_int_equal(router_mud_find(g.router, SPAN("Delta"))->password, 7);
	rig_close(&g);
	disk_remove(&disk);
	clock_set(0, 0);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, up, down)

static void channels_that_change_without_end_are_not_told_without_end(void **state)
{
	enum { CHANGES = 200 };
	struct rig *g = *state;
	struct mate a, b;
	mate_login(g, &a, "Alpha");
	mate_login(g, &b, "Beta");
	tell_now(g);
	got_clear(&b.got);
	for (int i = 0; i < CHANGES; i++) {
		says(&a, "({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"own\",%d,})", i % 3);
		tell_now(g);
		if (i % 10 == 9)
			says(&a, "({\"channel-remove\",5,\"Alpha\",0,\"*gate\",0,\"own\",})");
	}
	size_t told = got_count(&b.got, "chanlist-reply");
	assert_in_range(told, 10, ROUTER_CHANNEL_LISTS_MAX);
	seconds_pass(6);
	tell_now(g);
	assert_int_equal(got_count(&b.got, "chanlist-reply"), told + 1);
	check_got(&b.got, "\"own\":0");
	mate_fini(&a);
	mate_fini(&b);
}

static void a_mud_that_logs_in_without_end_is_not_told_of_without_end(void **state)
{
	enum { LOGINS = 300 };
	struct rig *g = *state;
	struct mate a, b;
	mate_login(g, &a, "Alpha");
	mate_login(g, &b, "Beta");
	tell_now(g);
	got_clear(&b.got);
	for (int i = 0; i < LOGINS; i++) {
		login_as(g, &a, i);
		tell_now(g);
	}
	assert_in_range(got_count(&b.got, "mudlist"), 10, ROUTER_MUD_LISTS_MAX);
	seconds_pass(2);
	tell_now(g);
	check_got(&b.got, "\"Alpha\":({-1,\"127.0.0.1\",299,");
	mate_fini(&a);
	mate_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(who_knows_all_is_told_nothing),
		RIGGED(only_what_changed_since_is_told),
		RIGGED(deletions_are_told_as_well),
		RIGGED(an_id_that_was_never_ours_gets_everything),
		TEST(who_may_have_missed_a_forgotten_deletion_gets_everything),
		RIGGED(pieces_of_a_delta_but_the_last_carry_the_old_id),
		RIGGED(old_protocols_get_deltas_in_their_shape),
		RIGGED(a_long_list_of_channels_comes_whole_in_pieces),
		TEST(deltas_are_good_over_a_restart),
		TEST(records_of_the_first_version_count_as_changed_last),
		RIGGED(channels_that_change_without_end_are_not_told_without_end),
		RIGGED(a_mud_that_logs_in_without_end_is_not_told_of_without_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
