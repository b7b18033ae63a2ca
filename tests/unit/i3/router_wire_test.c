// SPDX-License-Identifier: MIT
// The router over loopback sockets: framing, addresses and passwords, flood, sizes, fan-out.
// Addresses differ because a client may bind to any of 127.0.0.0/8.
#include "router_rig.h"

static int up(void **state)
{
	struct rig *g = mem_zalloc(sizeof *g);
	rig_open(g, NULL);
	rig_listen(g);
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

static struct router_link *link_called(struct rig *g, const char *name)
{
	struct router_mud *m = router_mud_find(g->router, span_str(name));
	assert_non_null(m);
	return m->link;
}

// --- framing ---

static void frames_may_come_in_any_pieces(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire w;
	wire_open(g, &w, "127.0.0.1");
	startup(&t, "Alpha", 0);
	size_t n = strlen(t.at) + 1;
	char frame[4100] = {0, 0, (char)(n >> 8), (char)n};
	memcpy(frame + 4, t.at, n);
	for (size_t i = 0; i < n + 4; i++) {
		wire_bytes(&w, frame + i, 1);
		rig_turn(g);
	}
	wire_wait(&w, "({\"startup-reply\",5,\"*gate\",0,\"Alpha\",");
	wire_fini(&w);
}

static void several_packets_may_share_a_frame(void **state)
{
	struct rig *g = *state;
	struct wire w;
	wire_login(g, &w, "Alpha", 0);
	wire_say(&w, "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"one\",})\r"
		     "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"two\",})\r junk");
	wire_sync(&w, "Alpha");
	check_got(&w.got, "\"one\"");
	check_got(&w.got, "\"two\"");
	assert_int_equal(got_count(&w.got, "error"), 0);
	wire_fini(&w);
}

static void what_follows_64_packets_in_a_frame_is_left(void **state)
{
	static const char one[] = "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"packet\",})\r";
	struct rig *g = *state;
	struct wire w;
	struct buf frame = {0};
	wire_login(g, &w, "Alpha", 0);
	for (int i = 0; i < ROUTER_FRAME_PACKETS + 10; i++)
		buf_str(&frame, one);
	buf_char(&frame, '\0');
	wire_say(&w, frame.p);
	wire_sync(&w, "Alpha");
	assert_int_equal(got_count(&w.got, "tell"), ROUTER_FRAME_PACKETS);
	buf_fini(&frame);
	wire_fini(&w);
}

static void a_frame_that_cannot_be_closes_the_link(void **state)
{
	static const char *const heads[] = {"\0\0\0\0", "\xff\xff\xff\xff", "\0\0\x20\x01", "GET "};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(heads); i++) {
		struct wire w;
		wire_open(g, &w, "127.0.0.1");
		wire_bytes(&w, heads[i], 4);
		wire_wait_end(&w);
		wire_fini(&w);
	}
}

static void after_the_login_frames_may_be_larger(void **state)
{
	struct rig *g = *state;
	struct wire w;
	char *text = mem_alloc(80000);
	wire_login(g, &w, "Alpha", 0);
	snprintf(text, 80000, "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"%050000d\",})", 1);
	wire_say(&w, text);
	wire_wait(&w, "({\"tell\",4,");
	wire_bytes(&w, "\0\x20\0\x01", 4); // 2 MiB and one
	wire_wait_end(&w);
	wire_fini(&w);
	free(text);
}

static void what_is_no_lpc_is_answered_and_the_link_stays(void **state)
{
	struct rig *g = *state;
	struct wire w;
	wire_login(g, &w, "Alpha", 0);
	got_clear(&w.got);
	wire_say(&w, "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"one\",})");
	wire_say(&w, "\"bad");
	wire_say(&w, "({\"tell\",5,\"Alpha\",0,\"Alpha\",0,\"x\",\"two\",})");
	wire_sync(&w, "Alpha");
	assert_int_equal(w.got.n, 4);
	check_got(&w.got, "({\"error\",5,\"*gate\",0,\"Alpha\",0,\"bad-pkt\"");
	wire_fini(&w);
}

static void twenty_such_frames_in_a_row_close_it(void **state)
{
	struct rig *g = *state;
	struct wire w;
	wire_login(g, &w, "Alpha", 0);
	for (int i = 0; i < ROUTER_UNREADABLE_MAX - 1; i++)
		wire_say(&w, "({");
	wire_sync(&w, "Alpha"); // not in a row
	for (int i = 0; i < ROUTER_UNREADABLE_MAX; i++)
		wire_say(&w, "({\"x\"");
	wire_wait_end(&w);
	assert_int_equal(got_count(&w.got, "error"), 2 * ROUTER_UNREADABLE_MAX - 1);
	wire_fini(&w);
}

// --- before and instead of a login ---

static void who_speaks_without_logging_in_is_told_and_after_three_closed(void **state)
{
	struct rig *g = *state;
	struct wire ghost, b;
	wire_login(g, &b, "Beta", 0);
	wire_open(g, &ghost, "127.0.0.1");
	for (int i = 0; i < 5; i++)
		wire_say(&ghost, "({\"tell\",5,\"Ghost\",\"u\",\"Beta\",\"v\",\"U\",\"boo\",})");
	wire_wait_end(&ghost);
	assert_int_equal(got_count(&ghost.got, "error"), 3);
	check_got(&ghost.got, "\"unk-src\"");
	wire_sync(&b, "Beta");
	assert_false(got_has(&b.got, "boo"));
	wire_fini(&ghost);
	wire_fini(&b);
}

static void who_does_not_log_in_in_time_is_closed(void **state)
{
	struct rig *g = *state;
	struct wire w;
	wire_open(g, &w, "127.0.0.1");
	while (list_empty(&g->router->links))
		rig_turn(g);
	face_router.on_deadline(
		container_of(g->router->links.next, struct router_link, link)->conn);
	wire_wait_end(&w);
	wire_fini(&w);
}

static void half_a_frame_does_not_delay_that(void **state)
{
	struct rig *g = *state;
	struct wire w;
	wire_open(g, &w, "127.0.0.1");
	wire_bytes(&w, "\0\0\0\5({\"", 7);
	while (list_empty(&g->router->links))
		rig_turn(g);
	struct conn *c = container_of(g->router->links.next, struct router_link, link)->conn;
	while (!conn_has_input(c))
		rig_turn(g);
	face_router.on_deadline(c);
	wire_wait_end(&w);
	assert_int_equal(w.got.n, 0);
	wire_fini(&w);
}

static size_t links(struct rig *g)
{
	size_t n = 0;
	list_each(it, &g->router->links) n++;
	return n;
}

static void one_address_has_no_more_than_32_links_that_have_not_logged_in(void **state)
{
	struct rig *g = *state;
	struct wire w[ROUTER_FRESH_PER_ADDRESS], more, far, in;
	wire_login(g, &in, "Alpha", 0); // counts elsewhere
	for (size_t i = 0; i < countof(w); i++)
		wire_open(g, &w[i], "127.0.0.1");
	while (links(g) < 1 + countof(w))
		rig_turn(g);
	uint64_t refused = (uint64_t)metric_get(METRIC_REFUSED);
	wire_open(g, &more, "127.0.0.1");
	wire_wait_end(&more);
	assert_int_equal(more.got.n, 1);
	check_got(&more.got, "({\"error\",5,\"*gate\",0,0,0,\"not-allowed\","
			     "\"too many connections from this address\",0,})");
	assert_int_equal(metric_get(METRIC_REFUSED), refused + 1);
	wire_fini(&more);
	struct startup_text t;
	wire_login_as(g, &far, "127.0.0.2", startup(&t, "Beta", 0));
	wire_fini(&far);
	wire_fini(&w[0]);
	while (links(g) > countof(w))
		rig_turn(g);
	wire_login(g, &w[0], "Gamma", 0); // there is room again
	for (size_t i = 0; i < countof(w); i++)
		wire_fini(&w[i]);
	wire_fini(&in);
}

static void a_refused_login_is_told_before_the_end(void **state)
{
	static const char *const rows[][2] = {
		{"({\"startup-req-3\",5,\"Alpha\",0,\"*wrong\",0,0,0,0,4000,0,0,\"L\",\"B\",\"D\","
		 "\"LP\",\"open\",\"\",([]),([]),})",
			"\"unk-dst\""},
		{"({\"startup-req-3\",5,\"Alpha\",0,\"*gate\",0,0,0,0,4000,0,0,\"L\",\"B\",\"D\","
		 "\"LP\",\"open\",\"\",([]),})",
			"\"bad-pkt\""},
		{"({\"startup-req-9\",5,\"Alpha\",0,\"*gate\",0,0,0,0,4000,0,0,\"L\",\"B\",\"D\","
		 "\"LP\",\"open\",\"\",([]),([]),})",
			"\"not-imp\""},
		{"({\"startup-req-3\",5,\"DeadSoulsNew\",0,\"*gate\",0,0,0,0,4000,0,0,\"L\",\"B\","
		 "\"D\",\"LP\",\"open\",\"\",([]),([]),})",
			"\"not-allowed\""},
	};
	struct rig *g = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct wire w;
		wire_open(g, &w, "127.0.0.1");
		wire_say(&w, rows[i][0]);
		wire_wait_end(&w);
		assert_int_equal(w.got.n, 1);
		check_got(&w.got, rows[i][1]);
		wire_fini(&w);
	}
}

static void another_originator_is_refused_and_after_three_closed(void **state)
{
	struct rig *g = *state;
	struct wire a, b;
	wire_login(g, &a, "Alpha", 0);
	wire_login(g, &b, "Beta", 0);
	for (int i = 0; i < 4; i++)
		wire_say(&a, "({\"tell\",5,\"Beta\",\"u\",\"Beta\",\"v\",\"U\",\"forged\",})");
	wire_wait_end(&a);
	assert_int_equal(got_count(&a.got, "error"), 3);
	check_got(&a.got, "\"unk-src\"");
	wire_sync(&b, "Beta");
	assert_false(got_has(&b.got, "forged"));
	wire_fini(&a);
	wire_fini(&b);
}

// --- passwords and addresses ---

static void the_right_password_is_good_from_anywhere(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire w;
	wire_login(g, &w, "Alpha", 0);
	long password = password_in(&w.got);
	wire_fini(&w);
	while (link_called(g, "Alpha"))
		rig_turn(g);
	wire_login_as(g, &w, "127.0.0.2", startup(&t, "Alpha", password));
	assert_int_equal(password_in(&w.got), password);
	check_got(&w.got, "\"Alpha\":({-1,\"127.0.0.2\",4000,");
	wire_fini(&w);
}

static void a_new_name_gets_a_password_whatever_it_says(void **state)
{
	struct rig *g = *state;
	struct wire w;
	wire_login(g, &w, "Alpha", 12345);
	assert_int_not_equal(password_in(&w.got), 12345);
	assert_in_range(password_in(&w.got), 1, 999999999);
	wire_fini(&w);
}

static void a_wrong_password_from_the_same_address_gets_a_new_one(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire w;
	wire_login(g, &w, "Alpha", 0);
	long old = password_in(&w.got);
	wire_fini(&w);
	while (link_called(g, "Alpha"))
		rig_turn(g);
	wire_login(g, &w, "Alpha", 0);
	long password = password_in(&w.got);
	assert_int_not_equal(password, old);
	wire_fini(&w);
	while (link_called(g, "Alpha"))
		rig_turn(g);
	wire_open(g, &w, "127.0.0.2");
	wire_say(&w, startup(&t, "Alpha", old));
	wire_wait_end(&w);
	check_got(&w.got, "\"not-allowed\"");
	wire_fini(&w);
}

static void guessing_from_elsewhere_locks_the_address_out(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire w;
	wire_login(g, &w, "Alpha", 0);
	long password = password_in(&w.got);
	wire_fini(&w);
	while (link_called(g, "Alpha"))
		rig_turn(g);
	for (int i = 0; i < 6; i++) {
		bool right = i == 5;
		wire_open(g, &w, "127.0.0.2");
		wire_say(&w, startup(&t, "Alpha", right ? password : i - 1));
		wire_wait_end(&w);
		assert_int_equal(got_count(&w.got, "startup-reply"), 0);
		check_got(&w.got, right ? "too many wrong passwords" : "another password");
		wire_fini(&w);
	}
	wire_login_as(g, &w, "127.0.0.3", startup(&t, "Alpha", password));
	wire_fini(&w);
}

static void the_same_mud_again_takes_its_name_over(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire old, new;
	wire_login(g, &old, "Alpha", 0);
	wire_login_as(g, &new, "127.0.0.1", startup(&t, "Alpha", password_in(&old.got)));
	wire_wait_end(&old);
	check_got(&old.got, "\"bad-mojo\"");
	wire_sync(&new, "Alpha");
	wire_fini(&old);
	wire_fini(&new);
}

static void an_online_name_is_not_given_to_another_password(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire holder, w;
	wire_login(g, &holder, "Alpha", 0);
	wire_open(g, &w, "127.0.0.1");
	wire_say(&w, startup(&t, "Alpha", 0));
	wire_wait_end(&w);
	check_got(&w.got, "\"bad-proto\"");
	wire_sync(&holder, "Alpha");
	wire_fini(&holder);
	wire_fini(&w);
}

static void a_holder_elsewhere_that_answers_keeps_its_name(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire holder, w;
	wire_login(g, &holder, "Alpha", 0);
	wire_open(g, &w, "127.0.0.2");
	wire_say(&w, startup(&t, "Alpha", password_in(&holder.got)));
	wire_wait(&holder, "({\"auth-mud-req\",5,\"*gate\",0,\"Alpha\",0,})");
	wire_say(&holder, "({\"auth-mud-reply\",5,\"Alpha\",0,\"*gate\",0,17,})");
	wire_wait_end(&w);
	check_got(&w.got, "\"bad-proto\"");
	wire_sync(&holder, "Alpha");
	wire_fini(&holder);
	wire_fini(&w);
}

static void a_holder_elsewhere_that_stays_silent_loses_its_name(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire holder, w;
	wire_login(g, &holder, "Alpha", 0);
	wire_open(g, &w, "127.0.0.2");
	wire_say(&w, startup(&t, "Alpha", password_in(&holder.got)));
	wire_wait(&holder, "({\"auth-mud-req\",");
	face_router.on_deadline(link_called(g, "Alpha")->mud->suitor->conn);
	wire_wait(&w, "({\"startup-reply\",");
	wire_wait_end(&holder);
	wire_sync(&w, "Alpha");
	wire_fini(&holder);
	wire_fini(&w);
}

static void a_holder_elsewhere_that_goes_leaves_its_name(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire holder, w, third;
	wire_login(g, &holder, "Alpha", 0);
	long password = password_in(&holder.got);
	wire_open(g, &w, "127.0.0.2");
	wire_say(&w, startup(&t, "Alpha", password));
	wire_wait(&holder, "({\"auth-mud-req\",");
	wire_open(g, &third, "127.0.0.3");
	wire_say(&third, startup(&t, "Alpha", password));
	wire_wait_end(&third); // one waits already
	wire_fini(&holder);
	wire_wait(&w, "({\"startup-reply\",");
	wire_fini(&third);
	wire_fini(&w);
}

static void a_waiting_newcomer_gives_way_to_the_mud_itself(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire holder, w, again;
	wire_login(g, &holder, "Alpha", 0);
	long password = password_in(&holder.got);
	wire_open(g, &w, "127.0.0.2");
	wire_say(&w, startup(&t, "Alpha", password));
	wire_wait(&holder, "({\"auth-mud-req\",");
	wire_login_as(g, &again, "127.0.0.1", startup(&t, "Alpha", password));
	wire_wait_end(&w);
	check_got(&w.got, "\"bad-proto\"");
	wire_sync(&again, "Alpha");
	wire_fini(&holder);
	wire_fini(&w);
	wire_fini(&again);
}

static void identities_in_process_keep_their_names_against_sockets(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire w;
	struct mate m;
	wire_login(g, &w, "Alpha", 0);
	mate_login(g, &m, "Alpha");
	wire_wait_end(&w);
	wire_fini(&w);
	wire_open(g, &w, "127.0.0.1");
	wire_say(&w, startup(&t, "Alpha", password_in(&m.got)));
	wire_wait_end(&w);
	check_got(&w.got, "\"bad-proto\"");
	assert_non_null(m.link);
	mate_fini(&m);
	wire_fini(&w);
	wire_open(g, &w, "127.0.0.1"); // nor is a socket on this machine at the same address
	wire_say(&w, startup(&t, "Alpha", 0));
	wire_wait_end(&w);
	check_got(&w.got, "\"not-allowed\"");
	wire_fini(&w);
}

static void one_address_has_no_more_than_32_muds(void **state)
{
	struct rig *g = *state;
	struct startup_text t;
	struct wire *w = mem_array(ROUTER_LINKS_PER_ADDRESS + 1, sizeof *w), far;
	char name[16];
	for (int i = 0; i < ROUTER_LINKS_PER_ADDRESS; i++) {
		snprintf(name, sizeof name, "Mud%d", i);
		wire_login(g, &w[i], name, 0);
	}
	wire_open(g, &w[ROUTER_LINKS_PER_ADDRESS], "127.0.0.1");
	wire_say(&w[ROUTER_LINKS_PER_ADDRESS], startup(&t, "Last", 0));
	wire_wait_end(&w[ROUTER_LINKS_PER_ADDRESS]);
	check_got(&w[ROUTER_LINKS_PER_ADDRESS].got, "\"too many MUDs from this address\"");
	wire_login_as(g, &far, "127.0.0.2", startup(&t, "Last", 0));
	wire_fini(&far);
	for (int i = 0; i <= ROUTER_LINKS_PER_ADDRESS; i++)
		wire_fini(&w[i]);
	free(w);
}

// --- flood and sizes ---

static void a_flood_is_dropped_and_told_once(void **state)
{
	struct rig *g = *state;
	struct router_config config = rig_config;
	struct wire a;
	struct mate b;
	config.flood_burst = 5;
	config.flood_per_second = 1;
	router_configure(g->router, &config);
	mate_login(g, &b, "Beta");
	wire_login(g, &a, "Alpha", 0);
	for (int i = 0; i < 100; i++)
		wire_say(&a, "({\"tell\",5,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"x\",})");
	wire_sync(&a, "Alpha"); // to itself: free
	assert_in_range(got_count(&b.got, "tell"), 5, 15);
	assert_int_equal(got_count(&a.got, "error"), 1);
	check_got(&a.got, "\"not-allowed\",\"too many packets; some were dropped\"");
	wire_say(&a, "({\"channel-listen\",5,\"Alpha\",0,\"*gate\",0,\"dchat\",1,})"); // free too
	wire_sync(&a, "Alpha");
	assert_int_equal(link_called(g, "Alpha")->listening, 1);
	mate_fini(&b);
	wire_fini(&a);
}

static void packets_that_are_none_are_a_flood_as_well(void **state)
{
	struct rig *g = *state;
	struct router_config config = rig_config;
	struct wire a;
	config.flood_burst = 5;
	config.flood_per_second = 1;
	router_configure(g->router, &config);
	wire_login(g, &a, "Alpha", 0);
	for (int i = 0; i < 100; i++)
		wire_say(&a, "({})");
	wire_sync(&a, "Alpha");
	assert_in_range(got_count(&a.got, "error"), 5, 15);
	check_got(&a.got, "\"not-allowed\",\"too many packets; some were dropped\"");
	wire_fini(&a);
}

static void logins_again_and_again_are_a_flood_as_well(void **state)
{
	struct rig *g = *state;
	struct router_config config = rig_config;
	struct startup_text t;
	struct wire a;
	config.flood_burst = 5;
	config.flood_per_second = 1;
	router_configure(g->router, &config);
	wire_login(g, &a, "Alpha", 0);
	long password = password_in(&a.got);
	got_clear(&a.got);
	for (int i = 0; i < 100; i++) {
		wire_say(&a, startup(&t, "Alpha", password));
		wire_sync(&a, "Alpha");
	}
	assert_in_range(got_count(&a.got, "startup-reply"), 4, 15);
	check_got(&a.got, "\"not-allowed\",\"too many packets; some were dropped\"");
	wire_fini(&a);
}

static void nobody_is_sent_more_than_its_driver_takes(void **state)
{
	static const struct {
		const char *driver;
		size_t max; // the length stated in the frame's header
	} rows[] = {{"MudOS v22", 10000}, {"FluffOS v2.23-ds03", 10000}, {"FluffOS 2019", 65536}};
	struct rig *g = *state;
	char *text = mem_alloc(80000), words[64];
	struct mate a;
	mate_login(g, &a, "Alpha");
	for (size_t i = 0; i < countof(rows); i++) {
		struct startup_text t;
		struct wire w;
		char name[16];
		snprintf(name, sizeof name, "Mud%zu", i);
		wire_login_as(g, &w, "127.0.0.1", startup_as(&t, name, 0, rows[i].driver));
		got_clear(&w.got);
		for (int over = 0; over < 2; over++) {
			// All but the digits is as long here as in what arrives.
			int n = snprintf(text, 80000,
				"({\"tell\",5,\"Alpha\",0,\"%s\",0,\"U\",\"\",})", name);
			int digits = (int)rows[i].max - 1 - n + over;
			snprintf(text, 80000, "({\"tell\",5,\"Alpha\",0,\"%s\",0,\"U\",\"%0*d\",})",
				name, digits, 1);
			got_clear(&a.got);
			say_to_router(&a, text);
			snprintf(words, sizeof words, "\"bad-pkt\",\"too large for %s\"", name);
			assert_int_equal(got_has(&a.got, words), over);
		}
		wire_sync(&w, name);
		assert_int_equal(got_count(&w.got, "tell"), 1);
		assert_int_equal(strlen(got_last(&w.got, "tell")) + 1, rows[i].max);
		wire_fini(&w);
	}
	mate_fini(&a);
	free(text);
}

// --- fan-out ---

static void a_channel_message_reaches_sockets_and_identities_alike(void **state)
{
	struct rig *g = *state;
	struct wire w[3];
	struct mate m;
	char text[128], name[16];
	mate_login(g, &m, "Mate");
	say_to_router(&m, "({\"channel-listen\",5,\"Mate\",0,\"*gate\",0,\"dchat\",1,})");
	for (size_t i = 0; i < countof(w); i++) {
		snprintf(name, sizeof name, "Mud%zu", i);
		wire_login(g, &w[i], name, 0);
		snprintf(text, sizeof text,
			"({\"channel-listen\",5,\"%s\",0,\"*gate\",0,\"dchat\",1,})", name);
		wire_say(&w[i], text);
		wire_sync(&w[i], name);
	}
	wire_say(&w[0],
		"({\"channel-m\",5,\"Mud0\",\"u\",0,0,\"dchat\",\"U\",\"line\r\\\"two\\\"\",})");
	for (size_t i = 0; i < countof(w); i++)
		wire_wait(&w[i], "({\"channel-m\",4,\"Mud0\",\"u\",0,0,\"dchat\",\"U\","
				 "\"line\r\\\"two\\\"\",})");
	check_got(&m.got, "({\"channel-m\",4,\"Mud0\",\"u\",0,0,\"dchat\",\"U\",");
	wire_fini(&w[1]); // one leaves in the midst
	wire_say(&w[0], "({\"channel-m\",5,\"Mud0\",\"u\",0,0,\"dchat\",\"U\",\"again\",})");
	wire_wait(&w[2], "\"again\"");
	wire_wait(&w[0], "\"again\"");
	for (size_t i = 0; i < countof(w); i++)
		wire_fini(&w[i]);
	mate_fini(&m);
}

static void who_does_not_read_is_closed_and_nobody_waits_for_it(void **state)
{
	struct rig *g = *state;
	struct wire slow, quick;
	struct mate m;
	char *text = mem_alloc(60000);
	wire_login(g, &slow, "Slow", 0);
	wire_login(g, &quick, "Quick", 0);
	mate_login(g, &m, "Mate");
	wire_say(&slow, "({\"channel-listen\",5,\"Slow\",0,\"*gate\",0,\"dchat\",1,})");
	wire_say(&quick, "({\"channel-listen\",5,\"Quick\",0,\"*gate\",0,\"dchat\",1,})");
	wire_sync(&slow, "Slow");
	wire_sync(&quick, "Quick");
	snprintf(text, 60000,
		"({\"channel-m\",5,\"Mate\",\"u\",0,0,\"dchat\",\"U\",\"%050000d\",})", 1);
	size_t sent = 0;
	for (; link_called(g, "Slow"); sent++) {
		say_to_router(&m, text);
		got_clear(&m.got);
		wire_turn(&quick);
		assert_true(sent < 2000);
	}
	while (got_count(&quick.got, "channel-m") < sent && !quick.ended)
		wire_turn(&quick);
	wire_sync(&quick, "Quick");
	assert_int_equal(got_count(&quick.got, "channel-m"), sent);
	wire_fini(&slow);
	wire_fini(&quick);
	mate_fini(&m);
	free(text);
}

static void text_reaches_others_without_nul_and_as_utf8(void **state)
{
	struct rig *g = *state;
	struct wire a;
	struct mate b;
	mate_login(g, &b, "Beta");
	wire_login(g, &a, "Alpha", 0);
	wire_say(
		&a, "({\"tell\",5,\"Alpha\",\"u\",\"Beta\",\"v\",\"U\",\"caf\xe9 \x1b[0m\x07\",})");
	wire_sync(&a, "Alpha");
	check_got(&b.got, "\"caf\xc3\xa9 \x1b[0m\x07\"");
	mate_fini(&b);
	wire_fini(&a);
}

static void a_mud_that_drops_its_connection_is_not_connected(void **state)
{
	struct rig *g = *state;
	struct wire a;
	struct mate b;
	mate_login(g, &b, "Beta");
	wire_login(g, &a, "Alpha", 0);
	assert_int_equal(metric_get(METRIC_ROUTER_LINKS), 2);
	wire_fini(&a);
	while (link_called(g, "Alpha"))
		rig_turn(g);
	say_to_router(&b, "({\"tell\",5,\"Beta\",\"u\",\"Alpha\",\"v\",\"U\",\"x\",})");
	check_got(&b.got, "\"Alpha is not connected\"");
	assert_int_equal(metric_get(METRIC_ROUTER_LINKS), 1);
	mate_fini(&b);
}

static void login_and_shut_down(struct rig *g, const char *delay)
{
	struct wire a;
	char text[128];
	wire_login(g, &a, "Alpha", 0);
	tell_now(g);
	snprintf(text, sizeof text, "({\"shutdown\",5,\"Alpha\",0,\"*gate\",0,%s,})", delay);
	wire_say(&a, text);
	wire_wait_end(&a);
	wire_fini(&a);
}

static void a_socket_that_shuts_down_for_longer_is_closed_and_told_of(void **state)
{
	static const char *const rows[][2] = {
		{"301", "([\"Alpha\":({301,\"127.0.0.1\","},
		{"604800", "([\"Alpha\":({604800,\"127.0.0.1\","},
		{"604801", "([\"Alpha\":0,])"},
	};
	struct rig *g = *state;
	struct mate b;
	mate_login(g, &b, "Beta");
	for (size_t i = 0; i < countof(rows); i++) {
		got_clear(&b.got);
		login_and_shut_down(g, rows[i][0]);
		tell_now(g);
		check_got(&b.got, rows[i][1]);
	}
	mate_fini(&b);
}

static void a_shutdown_for_a_moment_is_as_a_lost_link_with_that_moment_more(void **state)
{
	static const struct {
		const char *delay;
		uint64_t ms;
	} rows[] = {{"0", 60000}, {"-1", 60000}, {"1", 61000}, {"300", 360000}};
	struct rig *g = *state;
	struct mate b;
	uint64_t now = 1000;
	mate_login(g, &b, "Beta");
	for (size_t i = 0; i < countof(rows); i++, now += 1000000) {
		clock_set(now, 1000000000000000);
		login_and_shut_down(g, rows[i].delay);
		got_clear(&b.got);
		clock_set(now + rows[i].ms - 1, 1000000000000000);
		age_now(g);
		tell_now(g);
		assert_int_equal(b.got.n, 0);
		clock_set(now + rows[i].ms, 1000000000000000);
		age_now(g);
		tell_now(g);
		check_got(&b.got, "([\"Alpha\":({0,");
	}
	mate_fini(&b);
}

#define RIGGED(name) cmocka_unit_test_setup_teardown(name, up, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIGGED(frames_may_come_in_any_pieces),
		RIGGED(several_packets_may_share_a_frame),
		RIGGED(what_follows_64_packets_in_a_frame_is_left),
		RIGGED(a_frame_that_cannot_be_closes_the_link),
		RIGGED(after_the_login_frames_may_be_larger),
		RIGGED(what_is_no_lpc_is_answered_and_the_link_stays),
		RIGGED(twenty_such_frames_in_a_row_close_it),
		RIGGED(who_speaks_without_logging_in_is_told_and_after_three_closed),
		RIGGED(who_does_not_log_in_in_time_is_closed),
		RIGGED(half_a_frame_does_not_delay_that),
		RIGGED(one_address_has_no_more_than_32_links_that_have_not_logged_in),
		RIGGED(a_refused_login_is_told_before_the_end),
		RIGGED(another_originator_is_refused_and_after_three_closed),
		RIGGED(the_right_password_is_good_from_anywhere),
		RIGGED(a_new_name_gets_a_password_whatever_it_says),
		RIGGED(a_wrong_password_from_the_same_address_gets_a_new_one),
		RIGGED(guessing_from_elsewhere_locks_the_address_out),
		RIGGED(the_same_mud_again_takes_its_name_over),
		RIGGED(an_online_name_is_not_given_to_another_password),
		RIGGED(a_holder_elsewhere_that_answers_keeps_its_name),
		RIGGED(a_holder_elsewhere_that_stays_silent_loses_its_name),
		RIGGED(a_holder_elsewhere_that_goes_leaves_its_name),
		RIGGED(a_waiting_newcomer_gives_way_to_the_mud_itself),
		RIGGED(identities_in_process_keep_their_names_against_sockets),
		RIGGED(one_address_has_no_more_than_32_muds),
		RIGGED(a_flood_is_dropped_and_told_once),
		RIGGED(packets_that_are_none_are_a_flood_as_well),
		RIGGED(logins_again_and_again_are_a_flood_as_well),
		RIGGED(nobody_is_sent_more_than_its_driver_takes),
		RIGGED(a_channel_message_reaches_sockets_and_identities_alike),
		RIGGED(who_does_not_read_is_closed_and_nobody_waits_for_it),
		RIGGED(text_reaches_others_without_nul_and_as_utf8),
		RIGGED(a_mud_that_drops_its_connection_is_not_connected),
		RIGGED(a_socket_that_shuts_down_for_longer_is_closed_and_told_of),
		RIGGED(a_shutdown_for_a_moment_is_as_a_lost_link_with_that_moment_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
