// SPDX-License-Identifier: MIT
// The router with peers in process: logins, lists, routing, channels.
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

// --- logging in ---

static void a_login_is_answered_with_reply_mudlist_and_chanlist(void **state)
{
	struct rig *g = *state;
	struct mate a;
	router_at(g->router, "192.0.2.1", 9000);
	mate_login(g, &a, "Alpha");
	assert_true(is_type(a.got.at[0], "startup-reply"));
	assert_true(is_type(a.got.at[1], "mudlist"));
	assert_true(is_type(a.got.at[2], "chanlist-reply"));
	check_got(&a.got, "({\"startup-reply\",5,\"*gate\",0,\"Alpha\",0,({({\"*gate\",\"192.0.2.1 "
			  "9000\",}),}),");
	check_got(&a.got, "([\"Alpha\":({-1,\"192.0.2.1\",4000,0,0,\"Lib\",\"Base\",\"Driver 1\","
			  "\"LP\",\"open\",\"a@b.c\"," SERVICES ",([]),}),])");
	check_got(&a.got, "([\"dchat\":({\"*gate\",0,}),\"imud_code\":({\"*gate\",0,}),])");
	assert_in_range(password_in(&a.got), 1, 999999999);
	assert_int_equal(metric_get(METRIC_ROUTER_LINKS), 1);
	mate_fini(&a);
	assert_int_equal(metric_get(METRIC_ROUTER_LINKS), 0);
}

static void nothing_is_answered_before_the_password_is_kept(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct mate a;
	mate_attach(g, &a);
	say_to_router(&a, startup(&t, "Alpha", 0));
	assert_int_equal(a.got.n, 0);
	settle(g);
	assert_int_equal(got_count(&a.got, "startup-reply"), 1);
	mate_fini(&a);
}

static void login_in_vain(struct rig *g)
{
	struct startup_text t;
	struct mate a;
	mate_attach(g, &a);
	say_to_router(&a, startup(&t, "Alpha", 0));
	settle(g);
	assert_int_equal(got_count(&a.got, "startup-reply"), 0);
	check_got(&a.got, "\"not-allowed\"");
	assert_null(a.link);
	assert_string_not_equal(a.cut, "");
	mate_fini(&a);
}

static void a_password_that_cannot_be_kept_is_not_issued(void **state)
{
	struct rig *g = *state;
	settle(g);
	store_fail_next(g->store, 1);
	login_in_vain(g);
}

static void a_password_the_store_only_holds_is_not_issued(void **state)
{
	struct rig *g = *state;
	struct mate a;
	settle(g);
	store_hold_next(g->store, 1);
	login_in_vain(g);
	mate_login(g, &a, "Alpha"); // the disk is well again
	assert_true(password_in(&a.got) > 0);
	mate_fini(&a);
}

static void a_known_mud_logs_in_while_the_disk_is_full(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct mate a, again;
	mate_login(g, &a, "Alpha");
	long password = password_in(&a.got);
	mate_fini(&a);
	settle(g);
	store_hold_next(g->store, 1000);
	mate_attach(g, &again);
	say_to_router(&again, startup(&t, "Alpha", password));
	settle(g);
	assert_int_equal(password_in(&again.got), password);
	mate_fini(&again);
	store_hold_next(g->store, 0);
}

static void a_known_mud_keeps_its_password(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct mate a, again;
	mate_login(g, &a, "Alpha");
	long password = password_in(&a.got);
	mate_fini(&a);
	mate_attach(g, &again);
	say_to_router(&again, startup(&t, "aLPHA", 0)); // lost it, and spells its name otherwise
	settle(g);
	assert_int_equal(password_in(&again.got), password);
	mate_fini(&again);
}

static void the_later_of_two_logins_in_process_stays(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	mate_login(g, &a, "Alpha");
	mate_login(g, &b, "Alpha");
	assert_null(a.link);
	check_got(&a.got, "({\"error\",5,\"*gate\",0,\"Alpha\",0,\"bad-mojo\"");
	say_to_router(&b, "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"still here\",})");
	check_got(&b.got, "still here");
	mate_fini(&a);
	mate_fini(&b);
}

static void a_second_startup_on_a_link_renews_the_record(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct mate a, b;
	two(g, &a, &b);
	say_to_router(&a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"dchat\",1,})");
	say_to_router(&a, startup_as(&t, "Alpha", 0, "Newer"));
	settle(g);
	assert_int_equal(got_count(&a.got, "startup-reply"), 1);
	tell_now(g);
	check_got(&b.got, "\"Newer\"");
	say_to_router(&a, startup(&t, "Other", 0));
	check_got(&a.got, "\"bad-proto\"");
	assert_non_null(a.link);
	mate_fini(&a);
	mate_fini(&b);
}

#define NUMBERS "0,0,0,4000,0,0,"
#define TEXTS   "\"Lib\",\"Base\",\"D\",\"LP\",\"open\","
#define WHO     ",5,\"Alpha\",0,\"*gate\",0,"

static void startups_that_are_refused_say_why(void **state)
{
	static const struct {
		const char *packet, *code;
	} rows[] = {
		{"({\"startup-req-3\"" WHO NUMBERS TEXTS "\"\",([]),})", "bad-pkt"},
		{"({\"startup-req-3\"" WHO NUMBERS TEXTS "\"\",([]),([]),0,})", "bad-pkt"},
		{"({\"startup-req-3\"" WHO "\"0\",0,0,4000,0,0," TEXTS "\"\",([]),([]),})",
			"bad-pkt"},
		{"({\"startup-req-3\"" WHO "0,0,0,\"4000\",0,0," TEXTS "\"\",([]),([]),})",
			"bad-pkt"},
		{"({\"startup-req-3\"" WHO NUMBERS
		 "1,\"Base\",\"D\",\"LP\",\"o\",\"\",([]),([]),})",
			"bad-pkt"},
		{"({\"startup-req-3\"" WHO NUMBERS TEXTS "\"\",\"none\",([]),})", "bad-pkt"},
		{"({\"startup-req-3\"" WHO NUMBERS TEXTS "\"\",([]),1,})", "bad-pkt"},
		{"({\"startup-req-3\"" WHO NUMBERS TEXTS "\"\",([\"a\":({({({({({({({({({({({({({({"
		 "({({1,}),}),}),}),}),}),}),}),}),}),}),}),}),}),}),}),]),([]),})",
			"bad-pkt"},
		{"({\"startup-req-2\"" WHO NUMBERS TEXTS "([]),0,})", "bad-pkt"},
		{"({\"startup-req-3\",\"5\",\"Alpha\",0,\"*gate\",0,0,})", "bad-pkt"},
		{"({\"startup-req-3\",5,\"Alpha\",})", "bad-pkt"},
		{"({\"startup-req-4\"" WHO NUMBERS TEXTS "\"\",([]),([]),})", "not-imp"},
		{"({\"startup-req-0\"" WHO NUMBERS TEXTS "\"\",([]),([]),})", "not-imp"},
		{"({\"startup-req-\"" WHO NUMBERS TEXTS "\"\",([]),([]),})", "not-imp"},
		{"({\"startup-req-3\",5,\"Alpha\",0,\"*wrong\",0," NUMBERS TEXTS
		 "\"\",([]),([]),})",
			"unk-dst"},
	};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct mate a;
		mate_attach(g, &a);
		say_to_router(&a, rows[i].packet);
		settle(g);
		assert_int_equal(a.got.n, 1);
		check_got(&a.got, rows[i].code);
		assert_null(a.link);
		mate_fini(&a);
	}
}

static void old_protocols_log_in_with_either_size(void **state)
{
	static const char *const rows[][2] = {
		{"({\"startup-req-1\"" WHO NUMBERS TEXTS SERVICES ",})",
			"\"open\"," SERVICES ",}),"},
		{"({\"startup-req-2\"" WHO NUMBERS TEXTS SERVICES ",})",
			"\"open\"," SERVICES ",}),"},
		{"({\"startup-req-2\"" WHO NUMBERS TEXTS "\"e\"," SERVICES ",([]),})",
			"\"open\",\"e\"," SERVICES ",([]),}),"},
	};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct mate a;
		mate_attach(g, &a);
		say_to_router(&a, rows[i][0]);
		settle(g);
		assert_int_equal(got_count(&a.got, "startup-reply"), 1);
		check_got(&a.got, rows[i][1]);
		mate_fini(&a);
	}
}

static void names_that_cannot_be_are_refused(void **state)
{
	static const char *const names[] = {"", "*router", " Alpha", "Alpha ", "Al\\\"pha",
		"Al\\\\pha", "al@pha", "al\x01pha", "al\x7fpha", "Alpha\xe2\x80\x8b",
		"\xe2\x80\xae"
		"ahplA",
		"Al\xc2\x9bpha", "Al\xc2\xadpha",
		"\xef\xbb\xbf"
		"Alpha",
		"deadsoulsnew", "Your Mud's Name Here",
		"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff12345"};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(names); i++) {
		struct startup_text t;
		struct mate a;
		mate_attach(g, &a);
		say_to_router(&a, startup(&t, names[i], 0));
		settle(g);
		check_got(&a.got, "\"not-allowed\"");
		assert_null(a.link);
		mate_fini(&a);
	}
}

// --- the list of MUDs ---

static void others_hear_of_a_mud_that_comes_up(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	mate_login(g, &a, "Alpha");
	tell_now(g);
	got_clear(&a.got);
	mate_login(g, &b, "Beta");
	check_got(&b.got, "([\"Alpha\":({-1,");
	got_clear(&b.got);
	tell_now(g);
	assert_int_equal(got_count(&a.got, "mudlist"), 1);
	check_got(&a.got, "([\"Beta\":({-1,");
	assert_int_equal(got_count(&b.got, "mudlist"), 0); // nothing but its own record
	tell_now(g);
	assert_int_equal(got_count(&a.got, "mudlist"), 1);
	mate_fini(&a);
	mate_fini(&b);
}

static void a_change_is_told_by_itself_after_a_moment(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	mate_login(g, &a, "Alpha");
	tell_now(g);
	got_clear(&a.got);
	mate_login(g, &b, "Beta");
	while (got_count(&a.got, "mudlist") == 0)
		uv_run(&g->loop.uv, UV_RUN_ONCE);
	check_got(&a.got, "([\"Beta\":({-1,");
	mate_fini(&a);
	mate_fini(&b);
}

static void a_lost_mud_is_down_after_a_grace(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	clock_set(1000, 1000000000000000);
	two(g, &a, &b);
	mate_fini(&b);
	age_now(g);
	tell_now(g);
	assert_int_equal(got_count(&a.got, "mudlist"), 0);
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"x\",})");
	check_got(&a.got, "\"Alpha\",\"u\",\"unk-dst\",\"Beta is not connected\"");
	clock_set(1000 + ROUTER_GRACE_MS, 1000000060000000);
	age_now(g);
	tell_now(g);
	check_got(&a.got, "([\"Beta\":({0,");
	mate_fini(&a);
}

static void a_mud_that_is_back_within_the_grace_is_not_called_down(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	clock_set(1000, 1000000000000000);
	two(g, &a, &b);
	mate_fini(&b);
	clock_set(1000 + ROUTER_GRACE_MS / 2, 1000000030000000);
	mate_login(g, &b, "Beta");
	clock_set(1000 + 2 * ROUTER_GRACE_MS, 1000000120000000);
	age_now(g);
	tell_now(g);
	assert_false(got_has(&a.got, "([\"Beta\":({0,"));
	mate_fini(&a);
	mate_fini(&b);
}

static void a_shutdown_in_process_is_told_at_once(void **state)
{
	static const char *const rows[][2] = {
		{"0", "([\"Beta\":({0,"},
		{"-1", "([\"Beta\":({0,"},
		{"600", "([\"Beta\":({600,"},
		{"604800", "([\"Beta\":({604800,"},
		{"604801", "([\"Beta\":0,])"},
	};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct mate a, b;
		char text[128];
		two(g, &a, &b);
		snprintf(text, sizeof text, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,%s,})",
			rows[i][0]);
		say_to_router(&b, text);
		mate_fini(&b);
		tell_now(g);
		check_got(&a.got, rows[i][1]);
		mate_fini(&a);
	}
}

static void a_shutdown_of_another_shape_is_refused(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	say_to_router(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,})");
	say_to_router(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,\"now\",})");
	assert_int_equal(got_count(&b.got, "error"), 2);
	check_got(&b.got, "\"bad-pkt\"");
	mate_fini(&a);
	mate_fini(&b);
}

static void a_mud_down_for_a_week_is_deleted_and_its_password_forgotten(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct mate a, b;
	clock_set(1000, 1000000000000000);
	two(g, &a, &b);
	say_to_router(&b, "({\"channel-add\",5,\"Beta\",0,\"*gate\",0,\"betas\",0,})");
	say_to_router(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,500,})");
	mate_fini(&b);
	clock_set(2000, 1000000000000000 + 8 * 86400 * 1000000ull);
	age_now(g);
	tell_now(g);
	check_got(&a.got, "([\"Beta\":0,])");
	check_got(&a.got, "\"betas\":({\"*gate\",0,})"); // not for whoever takes the name next
	say_to_router(&a, "({\"tell\",5,\"Alpha\",0,\"Beta\",\"v\",\"U\",\"x\",})");
	check_got(&a.got, "\"unk-dst\",\"Beta is not known here\"");
	mate_attach(g, &b);
	say_to_router(&b, startup(&t, "Beta", 0));
	settle(g);
	assert_int_equal(got_count(&b.got, "startup-reply"), 1);
	mate_fini(&a);
	mate_fini(&b);
}

static void a_long_mudlist_comes_in_pieces_and_only_the_last_has_the_new_id(void **state)
{
	enum { MUDS = 60 };
	struct rig *g = *state;
	struct mate *m = mem_array(MUDS, sizeof *m);
	char name[32], text[4096], lib[600];
	memset(lib, 'x', sizeof lib);
	lib[sizeof lib - 1] = '\0';
	for (int i = 0; i < MUDS; i++) {
		mate_attach(g, &m[i]);
		snprintf(name, sizeof name, "Mud%d", i);
		snprintf(text, sizeof text,
			"({\"startup-req-3\",5,\"%s\",0,\"*gate\",0,0,77,0,4000,0,0,\"%s\",\"B\","
			"\"D\",\"LP\",\"open\",\"\"," SERVICES ",0,})",
			name, lib);
		say_to_router(&m[i], text);
		settle(g);
	}
	const struct got *last = &m[MUDS - 1].got;
	size_t pieces = got_count(last, "mudlist"), seen = 0;
	assert_true(pieces > 3);
	for (size_t i = 0; i < last->n; i++) {
		if (!is_type(last->at[i], "mudlist"))
			continue;
		assert_true(strlen(last->at[i]) < 8192);
		bool old_id = strstr(last->at[i], "\"Mud59\",0,77,([") != NULL;
		assert_int_equal(old_id, ++seen < pieces);
	}
	for (int i = 0; i < MUDS; i++) {
		snprintf(name, sizeof name, "\"Mud%d\":({-1", i);
		check_got(last, name);
	}
	for (int i = 0; i < MUDS; i++)
		mate_fini(&m[i]);
	free(m);
}

static void empty_lists_are_not_sent(void **state)
{
	struct rig *g = *state;
	struct mate a;
	struct router_config config = rig_config;
	config.channels = NULL;
	config.name = "*bare";
	rig_refill(g, &config);
	mate_attach(g, &a);
	say_to_router(&a, "({\"startup-req-3\",5,\"Alpha\",0,\"*bare\",0," NUMBERS TEXTS
			  "\"\",([\"channel\":1,]),([]),})");
	settle(g);
	assert_int_equal(got_count(&a.got, "startup-reply"), 1);
	assert_int_equal(got_count(&a.got, "chanlist-reply"), 0);
	say_to_router(&a, "({\"chanlist-req\",5,\"Alpha\",0,\"*bare\",0,})");
	assert_int_equal(got_count(&a.got, "chanlist-reply"), 0);
	mate_fini(&a);
}

// --- what every packet must pass ---

static void bad_envelopes_are_answered_and_go_nowhere(void **state)
{
	static const char *const rows[][2] = {
		{"({\"tell\",5,\"Alpha\",})", "\"Alpha\",0,\"bad-pkt\""},
		{"({})", "\"Alpha\",0,\"bad-pkt\""},
		{"17", "\"Alpha\",0,\"bad-pkt\""},
		{"([\"tell\":1,])", "\"Alpha\",0,\"bad-pkt\""},
		{"({\"tell\",\"5\",\"Alpha\",\"alice\",\"Beta\",\"bob\",\"A\",\"x\",})",
			"\"Alpha\",\"alice\",\"bad-pkt\""},
		{"({\"tell\",5,\"Alpha\",17,\"Beta\",\"bob\",\"A\",\"x\",})",
			"\"Alpha\",0,\"bad-pkt\""},
		{"({0,5,\"Alpha\",0,\"Beta\",\"bob\",\"A\",\"x\",})", "\"Alpha\",0,\"bad-pkt\""},
		{"({\"tell\",5,\"Alpha\",0,({}),\"bob\",\"A\",\"x\",})", "\"Alpha\",0,\"bad-pkt\""},
		{"({\"tell\",5,\"Beta\",\"alice\",\"Beta\",\"bob\",\"A\",\"x\",})",
			"\"Alpha\",\"alice\",\"unk-src\""},
		{"({\"tell\",5,0,\"alice\",\"Beta\",\"bob\",\"A\",\"x\",})",
			"\"Alpha\",\"alice\",\"unk-src\""},
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&a.got);
		say_to_router(&a, rows[i][0]);
		assert_int_equal(a.got.n, 1);
		check_got(&a.got, rows[i][1]);
	}
	assert_int_equal(b.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void nothing_is_delivered_before_a_login(void **state)
{
	struct rig *g = *state;
	struct mate ghost, a, b;
	two(g, &a, &b);
	mate_attach(g, &ghost);
	say_to_router(&ghost, "({\"tell\",5,\"Ghost\",\"u\",\"Beta\",\"v\",\"U\",\"boo\",})");
	say_to_router(&ghost, "({\"tell\",5,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"boo\",})");
	say_to_router(&ghost, "({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"new\",0,})");
	assert_int_equal(got_count(&ghost.got, "error"), 3);
	check_got(&ghost.got, "({\"error\",5,\"*gate\",0,\"Ghost\",\"u\",\"unk-src\"");
	tell_now(g);
	assert_int_equal(a.got.n, 0);
	assert_int_equal(b.got.n, 0);
	mate_fini(&ghost);
	mate_fini(&a);
	mate_fini(&b);
}

static void ttl_is_counted_down_dropped_and_clamped(void **state)
{
	static const struct {
		const char *ttl, *arrives; // NULL: not
	} rows[] = {{"5", "4"}, {"2", "1"}, {"1", NULL}, {"0", NULL}, {"-3", NULL},
		{"2000000000", "4"}};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		char text[128];
		got_clear(&b.got);
		snprintf(text, sizeof text,
			"({\"tell\",%s,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"x\",})", rows[i].ttl);
		say_to_router(&a, text);
		assert_int_equal(b.got.n, rows[i].arrives ? 1 : 0);
		snprintf(text, sizeof text, "({\"tell\",%s,", rows[i].arrives);
		if (rows[i].arrives)
			check_got(&b.got, text);
	}
	assert_int_equal(a.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void errors_carry_the_packet_unless_it_is_large(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	char text[9000];
	two(g, &a, &b);
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"u\",\"Nobody\",\"v\",\"U\",\"x\",})");
	check_got(&a.got,
		"({\"error\",5,\"*gate\",0,\"Alpha\",\"u\",\"unk-dst\",\"Nobody is not "
		"known here\",({\"tell\",5,\"Alpha\",\"u\",\"Nobody\",\"v\",\"U\",\"x\",}),})");
	got_clear(&a.got);
	snprintf(text, sizeof text,
		"({\"tell\",5,\"Alpha\",\"u\",\"Nobody\",\"v\",\"U\",\"%08150d\",})", 1);
	say_to_router(&a, text);
	check_got(&a.got, "\"unk-dst\",\"Nobody is not known here\",0,})");
	mate_fini(&a);
	mate_fini(&b);
}

static void an_error_is_never_answered_with_an_error(void **state)
{
	static const char *const rows[] = {
		"({\"error\",5,\"Alpha\",0,\"Nobody\",0,\"unk-user\",\"no\",0,})",
		"({\"error\",5,\"Alpha\",0,\"*gate\",0,\"unk-user\",\"no\",0,})",
		"({\"error\",5,\"Alpha\",0,0,0,\"unk-user\",\"no\",0,})",
		"({\"error\",5,\"Beta\",0,\"Beta\",0,\"unk-user\",\"no\",0,})",
		"({\"error\",5,\"Alpha\",})",
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++)
		say_to_router(&a, rows[i]);
	assert_int_equal(a.got.n, 0);
	assert_int_equal(b.got.n, 0);
	say_to_router(&a, "({\"error\",5,\"Alpha\",0,\"Beta\",\"bob\",\"unk-user\",\"no\",0,})");
	check_got(&b.got, "\"unk-user\"");
	mate_fini(&a);
	mate_fini(&b);
}

// --- directed ---

static void packets_are_passed_on_whatever_follows_the_header(void **state)
{
	static const char *const rows[][2] = {
		{"({\"tell\",5,\"alpha\",\"u\",\"BETA\",\"v\",\"U\",\"x\",})",
			"({\"tell\",4,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"x\",})"},
		{"({\"auth-mud-req\",5,\"Alpha\",0,\"Beta\",0,0,})",
			"({\"auth-mud-req\",4,\"Alpha\",0,\"Beta\",0,0,})"},
		{"({\"emoteto\",5,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"$N nods\",1,\"more\",})",
			"({\"emoteto\",4,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"$N "
			"nods\",1,\"more\",})"},
		{"({\"finger-reply\",5,\"Alpha\",0,\"Beta\",\"v\",0,0,})",
			"({\"finger-reply\",4,\"Alpha\",0,\"Beta\",\"v\",0,0,})"},
		{"({\"error\",5,\"Alpha\",0,\"Beta\",\"v\",\"unk-user\",\"no\",({,}),})",
			"({\"error\",4,\"Alpha\",0,\"Beta\",\"v\",\"unk-user\",\"no\",({0,}),})"},
		{"({\"channel-whatever\",5,\"Alpha\",0,\"Beta\",0,})",
			"({\"channel-whatever\",4,\"Alpha\",0,\"Beta\",0,})"},
		{"({\"chan-who-req\",5,\"Alpha\",\"u\",\"Beta\",0,\"ch\",})",
			"({\"chan-who-req\",4,\"Alpha\",\"u\",\"Beta\",0,\"ch\",})"},
		{"({\"never-heard-of\",5,\"Alpha\",0,\"Beta\",0,([1:({2.5,}),]),\"y\",})",
			"({\"never-heard-of\",4,\"Alpha\",0,\"Beta\",0,([1:({2.500000,}),]),\"y\",}"
			")"},
		{"({\"tell\",5,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"\x1b[1m\x07\xc2\x85\",})",
			"\"\x1b[1m\x07\xc2\x85\""},
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		say_to_router(&a, rows[i][0]);
		check_got(&b.got, rows[i][1]);
	}
	assert_int_equal(a.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void a_packet_to_oneself_comes_back(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	say_to_router(&a, "({\"auth-mud-req\",5,\"Alpha\",0,\"Alpha\",0,})");
	check_got(&a.got, "({\"auth-mud-req\",4,\"Alpha\",0,\"Alpha\",0,})");
	assert_int_equal(b.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void muds_may_not_send_what_routers_send(void **state)
{
	static const char *const types[] = {"startup-reply", "mudlist", "chanlist-reply",
		"chan-filter-req", "chan-ack", "chan-adminlist-reply", "router-shutdown",
		"irn-data", "irn-mudlist-delta"};
	static const char *const targets[] = {"0", "\"*gate\"", "\"Beta\""};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(types); i++)
		for (size_t j = 0; j < countof(targets); j++) {
			char text[128];
			got_clear(&a.got);
			snprintf(text, sizeof text, "({\"%s\",5,\"Alpha\",0,%s,0,1,([]),})",
				types[i], targets[j]);
			say_to_router(&a, text);
			assert_int_equal(a.got.n, 1);
			check_got(&a.got, "\"not-allowed\"");
		}
	assert_int_equal(b.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void a_locate_reply_has_the_size_its_receiver_knows(void **state)
{
	struct rig *g = *state;
	struct mate old, a;
	mate_attach(g, &old);
	say_to_router(
		&old, "({\"startup-req-1\",5,\"Old\",0,\"*gate\",0," NUMBERS TEXTS SERVICES ",})");
	settle(g);
	mate_login(g, &a, "Alpha");
	say_to_router(
		&a, "({\"locate-reply\",5,\"Alpha\",0,\"Old\",\"u\",\"Alpha\",\"Bob\",30,\"x\",})");
	check_got(&old.got, "({\"locate-reply\",4,\"Alpha\",0,\"Old\",\"u\",\"Alpha\",\"Bob\",})");
	say_to_router(&old, "({\"locate-reply\",5,\"Old\",0,\"Alpha\",\"u\",\"Old\",\"Eve\",})");
	check_got(&a.got, "({\"locate-reply\",4,\"Old\",0,\"Alpha\",\"u\",\"Old\",\"Eve\",0,0,})");
	mate_fini(&old);
	mate_fini(&a);
}

// --- to everybody ---

static void a_locate_request_reaches_those_with_the_service_but_not_its_sender(void **state)
{
	struct rig *g = *state;
	struct mate a, b, deaf;
	two(g, &a, &b);
	mate_attach(g, &deaf);
	say_to_router(&deaf, "({\"startup-req-3\",5,\"Deaf\",0,\"*gate\",0," NUMBERS TEXTS
			     "\"\",([\"locate\":0,\"ucache\":1,]),0,})");
	settle(g);
	say_to_router(&a, "({\"locate-req\",5,\"Alpha\",\"u\",0,0,\"bob\",})");
	assert_int_equal(got_count(&a.got, "locate-req"), 0);
	check_got(&b.got, "({\"locate-req\",4,\"Alpha\",\"u\",0,0,\"bob\",})");
	assert_int_equal(got_count(&deaf.got, "locate-req"), 0);
	say_to_router(&a, "({\"ucache-update\",5,\"Alpha\",0,0,0,\"u\",\"U\",1,})");
	assert_int_equal(got_count(&b.got, "ucache-update"), 0);
	assert_int_equal(got_count(&deaf.got, "ucache-update"), 1);
	mate_fini(&a);
	mate_fini(&b);
	mate_fini(&deaf);
}

static void other_broadcasts_are_refused(void **state)
{
	static const char *const rows[][2] = {
		{"({\"who-req\",5,\"Alpha\",\"u\",0,0,})", "\"bad-pkt\""},
		{"({\"tell\",5,\"Alpha\",\"u\",0,0,\"U\",\"x\",})", "\"unk-type\""},
		{"({\"anything\",5,\"Alpha\",\"u\",0,0,})", "\"unk-type\""},
		{"({\"channel-whatever\",5,\"Alpha\",\"u\",0,0,\"dchat\",\"U\",\"x\",})",
			"\"unk-type\""},
		{"({\"chan-who-req\",5,\"Alpha\",\"u\",0,0,\"dchat\",})", "\"unk-type\""},
		{"({\"\",5,\"Alpha\",\"u\",0,0,})", "\"unk-type\""},
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&a.got);
		say_to_router(&a, rows[i][0]);
		check_got(&a.got, rows[i][1]);
	}
	assert_int_equal(b.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void the_router_answers_what_is_for_itself(void **state)
{
	static const char *const rows[][2] = {
		{"({\"ping-req\",5,\"Alpha\",\"u\",\"*gate\",0,})",
			"({\"ping-reply\",5,\"*gate\",0,\"Alpha\",\"u\",0,})"},
		{"({\"chanlist-req\",5,\"Alpha\",0,\"*gate\",0,})", "({\"chanlist-reply\",5,"},
		{"({\"chanlist-request\",5,\"Alpha\",0,\"*gate\",0,0,})",
			"({\"chanlist-reply\",5,"},
		{"({\"who-req\",5,\"Alpha\",\"u\",\"*gate\",0,})", "\"not-imp\""},
		{"({\"finger-req\",5,\"Alpha\",\"u\",\"*GATE\",0,\"x\",})", "\"not-imp\""},
		{"({\"chan-filter-reply\",5,\"Alpha\",0,\"*gate\",0,\"dchat\",({}),})",
			"\"bad-pkt\""},
		{"({\"tell\",5,\"Alpha\",\"u\",\"*other\",\"x\",\"U\",\"x\",})", "\"unk-dst\""},
	};
	static const char *const silent[] = {
		"({\"auth-mud-reply\",5,\"Alpha\",0,\"*gate\",0,17,})",
		"({\"ping-reply\",5,\"Alpha\",0,\"*gate\",0,17,})",
	};
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&a.got);
		say_to_router(&a, rows[i][0]);
		assert_int_equal(a.got.n, 1);
		check_got(&a.got, rows[i][1]);
	}
	got_clear(&a.got);
	for (size_t i = 0; i < countof(silent); i++)
		say_to_router(&a, silent[i]);
	assert_int_equal(a.got.n, 0);
	mate_fini(&a);
	mate_fini(&b);
}

static void freeing_the_router_cuts_every_link(void **state)
{
	struct rig *g = *state;
	struct mate a, b;
	two(g, &a, &b);
	rig_refill(g, &rig_config);
	assert_null(a.link);
	assert_null(b.link);
	assert_string_equal(a.cut, "the router is stopping");
	mate_fini(&a);
	mate_fini(&b);
}

// --- over a restart ---

static void passwords_muds_and_channels_survive_a_restart(void **state)
{
	(void)state;
	struct disk disk;
	struct startup_text t;
	struct rig g;
	struct mate a, b;
	disk_make(&disk);
	rig_open(&g, disk.path);
	two(&g, &a, &b);
	say_to_router(&a, startup(&t, "Alpha", 0));
	settle(&g);
	long password = password_in(&a.got);
	int64_t mudlist_id = g.router->mudlist_id;
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*gate\",0,\"new\",0,})");
	say_to_router(&b, "({\"channel-add\",5,\"Beta\",0,\"*gate\",0,\"gone\",0,})");
	say_to_router(&b, "({\"channel-remove\",5,\"Beta\",0,\"*gate\",0,\"gone\",})");
	say_to_router(&b, "({\"shutdown\",5,\"Beta\",0,\"*gate\",0,700,})");
	mate_fini(&a);
	mate_fini(&b);
	rig_restart(&g, &disk);
	assert_true(g.router->mudlist_id >= mudlist_id);
	mate_attach(&g, &a);
	say_to_router(&a, startup(&t, "Alpha", 0));
	settle(&g);
	assert_int_equal(password_in(&a.got), password);
	check_got(&a.got, "\"Beta\":({700,");
	check_got(&a.got, "\"new\":({\"Alpha\",0,})");
	assert_false(got_has(&a.got, "\"gone\""));
	mate_fini(&a);
	rig_close(&g);
	disk_remove(&disk);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(a_login_is_answered_with_reply_mudlist_and_chanlist),
		RIGGED(nothing_is_answered_before_the_password_is_kept),
		RIGGED(a_password_that_cannot_be_kept_is_not_issued),
		RIGGED(a_password_the_store_only_holds_is_not_issued),
		RIGGED(a_known_mud_logs_in_while_the_disk_is_full),
		RIGGED(a_known_mud_keeps_its_password),
		RIGGED(the_later_of_two_logins_in_process_stays),
		RIGGED(a_second_startup_on_a_link_renews_the_record),
		RIGGED(startups_that_are_refused_say_why),
		RIGGED(old_protocols_log_in_with_either_size),
		RIGGED(names_that_cannot_be_are_refused),
		RIGGED(others_hear_of_a_mud_that_comes_up),
		RIGGED(a_change_is_told_by_itself_after_a_moment),
		RIGGED(a_lost_mud_is_down_after_a_grace),
		RIGGED(a_mud_that_is_back_within_the_grace_is_not_called_down),
		RIGGED(a_shutdown_in_process_is_told_at_once),
		RIGGED(a_shutdown_of_another_shape_is_refused),
		RIGGED(a_mud_down_for_a_week_is_deleted_and_its_password_forgotten),
		RIGGED(a_long_mudlist_comes_in_pieces_and_only_the_last_has_the_new_id),
		RIGGED(empty_lists_are_not_sent),
		RIGGED(bad_envelopes_are_answered_and_go_nowhere),
		RIGGED(nothing_is_delivered_before_a_login),
		RIGGED(ttl_is_counted_down_dropped_and_clamped),
		RIGGED(errors_carry_the_packet_unless_it_is_large),
		RIGGED(an_error_is_never_answered_with_an_error),
		RIGGED(packets_are_passed_on_whatever_follows_the_header),
		RIGGED(a_packet_to_oneself_comes_back),
		RIGGED(muds_may_not_send_what_routers_send),
		RIGGED(a_locate_reply_has_the_size_its_receiver_knows),
		RIGGED(a_locate_request_reaches_those_with_the_service_but_not_its_sender),
		RIGGED(other_broadcasts_are_refused),
		RIGGED(the_router_answers_what_is_for_itself),
		RIGGED(freeing_the_router_cuts_every_link),
		TEST(passwords_muds_and_channels_survive_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
