// SPDX-License-Identifier: MIT
// Routers as peers of each other.
#include "irn_rig.h"

static int up(void **state, size_t n)
{
	struct mesh *m = mem_zalloc(sizeof *m);
	mesh_open(m, n);
	*state = m;
	return 0;
}

static int one(void **state)
{
	return up(state, 1);
}
static int two(void **state)
{
	return up(state, 2);
}
static int three(void **state)
{
	return up(state, 3);
}

static int down(void **state)
{
	mesh_close(*state);
	free(*state);
	assert_int_equal(metric_get(METRIC_ROUTER_PEERS), 0);
	return 0;
}

// --- bytes ---

static void check_length(const char *text, size_t with_nul)
{
	assert_int_equal(strlen(text) + 1, with_nul);
}

static void the_startup_packet_has_exactly_its_bytes(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, false);
	check_text(span_str(got_last(&w.got, "irn-startup-req")),
		"({\"irn-startup-req\",5,\"*r1\",0,\"*r2\",0,([\"client_password\":11,"
		"\"server_password\":22,]),})");
	check_length(got_last(&w.got, "irn-startup-req"), 88);
	wire_fini(&w);
}

static void the_ping_has_exactly_its_bytes(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, false);
	m->ms += IRN_PING_MS; // without the wall clock
	clock_set(m->ms, MESH_WALL_S * 1000000);
	mesh_tick(m);
	wire_wait(&w, "irn-ping");
	check_text(span_str(got_last(&w.got, "irn-ping")),
		"({\"irn-ping\",5,\"*r1\",0,\"*r2\",0,1700000000,1700000000,})");
	check_length(got_last(&w.got, "irn-ping"), 56);
	wire_fini(&w);
}

static void a_line_in_irn_data_has_exactly_its_bytes(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Example");
	fake_link(m, &w, false);
	say_to_router(&a, "({\"channel-m\",5,\"Example\",\"alice\",0,0,\"dchat\",\"Alice\","
			  "\"hi all\",})");
	wire_wait(&w, "irn-data");
	check_text(span_str(got_last(&w.got, "irn-data")), // a hop less than the sender's five
		"({\"irn-data\",5,\"*r1\",0,\"*r2\",0,({\"channel-m\",4,\"Example\",\"alice\",0,0,"
		"\"dchat\",\"Alice\",\"hi all\",}),})");
	check_length(got_last(&w.got, "irn-data"), 100);
	mate_fini(&a);
	wire_fini(&w);
}

static void a_channel_added_and_removed_is_told_in_packets_of_its_own(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Frontiers");
	fake_link(m, &w, false);
	got_clear(&w.got);
	say_to_router(&a, "({\"channel-add\",5,\"Frontiers\",0,\"*r1\",0,\"frontier\",0,})");
	mesh_tick(m);
	wire_wait(&w, "irn-chanlist-delta");
	const char *got = got_last(&w.got, "irn-chanlist-delta");
	assert_non_null(strstr(got, ",([\"channels\":([\"frontier\":({0,\"Frontiers\",({}),}),]),"
				    "\"listening\":([]),]),})"));
	say_to_router(&a, "({\"channel-remove\",5,\"Frontiers\",0,\"*r1\",0,\"frontier\",})");
	mesh_tick(m);
	wire_wait(&w, "\"frontier\":-1");
	got = got_last(&w.got, "irn-chanlist-delta");
	assert_non_null(
		strstr(got, ",([\"channels\":([\"frontier\":-1,]),\"listening\":([]),]),})"));
	mate_fini(&a);
	wire_fini(&w);
}

// As Dead Souls sends it, but for the deletion, which it puts in the same packet.
static void a_chanlist_of_a_peer_is_read_with_its_deletions(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	wire_say(&w, "({\"irn-chanlist-delta\",5,\"*r2\",\"foo\",\"*r1\",\"bar\",1700000000,"
		     "([\"channels\":([\"old\":({({}),\"Frontiers\",({}),}),]),]),})");
	fake_sync(m, &w);
	mesh_tick(m);
	check_got(&a.got, "\"old\":({\"Frontiers\",0,})");
	wire_say(&w, "({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1700000000,([\"channels\":(["
		     "\"lpuni\":({0,\"Frontiers\",({}),}),\"old\":-1,]),\"listening\":([]),]),})");
	fake_sync(m, &w);
	mesh_tick(m);
	check_got(&a.got, "\"lpuni\":({\"Frontiers\",0,}),\"old\":0,])");
	mate_fini(&a);
	wire_fini(&w);
}

// --- greeting ---

static void check_refused(struct mesh *m, const char *greeting)
{
	struct wire w;
	fake_open(m, &w);
	wire_say(&w, greeting);
	wire_wait_end(&w);
	check_got(&w.got, "({\"error\",5,\"*r1\",0,");
	assert_false(got_has(&w.got, "password\":")); // no secret is repeated
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_DOWN);
	wire_fini(&w);
}

#define GREETING(who, to, client, server)                                                          \
	"({\"irn-startup-req\",5,\"" who "\",0,\"" to "\",0,([\"client_password\":" client         \
	",\"server_password\":" server ",]),})"

static void whoever_lacks_one_of_two_passwords_is_refused(void **state)
{
	struct mesh *m = *state;
	static const char *const wrong[] = {
		GREETING("*r2", "*r1", "22", "12"),
		GREETING("*r2", "*r1", "23", "11"),
		GREETING("*r9", "*r1", "22", "11"),
		GREETING("*r9", "*r1", "0", "0"),
	};
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	for (size_t i = 0; i < countof(wrong); i++)
		check_refused(m, wrong[i]);
}

static void greetings_of_any_other_shape_are_refused(void **state)
{
	struct mesh *m = *state;
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	check_refused(m, "({\"irn-startup-req\",5,\"*r2\",0,\"*r1\",0,})");
	check_refused(m, "({\"irn-startup-req\",5,\"*r2\",0,\"*r1\",0,({22,11,}),})");
	check_refused(m, GREETING("*r2", "*r1", "\"22\"", "\"11\""));
	check_refused(m, GREETING("*r2", "*r7", "22", "11"));
}

static void guessing_locks_an_address_out_even_with_the_right_passwords(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	for (int i = 0; i < 5; i++)
		check_refused(m, GREETING("*r2", "*r1", "1", "2"));
	check_refused(m, GREETING("*r2", "*r1", "22", "11"));
	mesh_advance(m, 600000);
	fake_greet(m, &w);
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_UP);
	wire_fini(&w);
}

static void before_the_greeting_nothing_else_is_taken(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	fake_open(m, &w);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 1)));
	wire_wait(&w, "\"unk-src\"");
	wire_say(&w, DATA("\"tell\",5,\"Far\",\"a\",\"Local\",\"b\",\"A\",\"x\","));
	wire_say(&w, "({\"irn-ping\",5,\"*r2\",0,\"*r1\",0,1,1,})");
	wire_wait_end(&w);
	assert_null(mud_at(m, 0, "Far"));
	wire_fini(&w);
}

static void a_mud_cannot_become_a_router(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct startup_text t;
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	wire_login_as(&m->at[0], &w, "127.0.0.1", mud_startup(&t, "Local", 0));
	wire_say(&w, GREETING("*r2", "*r1", "22", "11"));
	wire_wait(&w, "\"unk-src\"");
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_DOWN);
	wire_fini(&w);
}

// --- links ---

static size_t links_of(struct mesh *m, size_t i, size_t j)
{
	size_t n = 0;
	list_each(it, &mesh_find(m, i, j)->links) n++;
	return n;
}

static void two_routers_that_dial_each_other_keep_one_link_and_keep_it(void **state)
{
	struct mesh *m = *state;
	mesh_link(m, false);
	mesh_wait(m, 15);
	assert_int_equal(links_of(m, 0, 1), 1);
	assert_int_equal(links_of(m, 1, 0), 1);
	assert_true(irn_peer_way(mesh_find(m, 0, 1))->dialled); // *r1 is the lesser name
	assert_false(irn_peer_way(mesh_find(m, 1, 0))->dialled);
	uint64_t links = m->at[0].router->irn->links;
	assert_int_equal(metric_get(METRIC_ROUTER_PEERS), 2);
	mesh_wait(m, 300);
	assert_int_equal(m->at[0].router->irn->links, links);
	assert_true(mesh_is_up(m));
}

static void one_that_can_only_be_dialled_from_one_side_is_linked_all_the_same(void **state)
{
	struct mesh *m = *state;
	mesh_peer(m, 0, 1)->port = 1; // nobody listens there
	mesh_peer(m, 1, 0);
	mesh_configure(m);
	mesh_wait(m, 5);
	assert_true(mesh_is_up(m));
	mesh_wait(m, 60);
	assert_int_equal(links_of(m, 0, 1), 1);
	assert_false(irn_peer_way(mesh_find(m, 0, 1))->dialled);
}

static void of_two_accepted_links_the_newer_is_used(void **state)
{
	struct mesh *m = *state;
	struct wire old, new;
	fake_link(m, &old, false);
	fake_greet(m, &new);
	wire_wait_end(&old);
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_UP);
	assert_int_equal(links_of(m, 0, 1), 1);
	wire_fini(&old);
	wire_fini(&new);
}

static void a_silent_peer_is_dropped_after_two_minutes_and_any_packet_counts(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, false);
	for (int i = 0; i < 3; i++) {
		mesh_advance(m, 100000);
		wire_say(&w, "({\"irn-ping\",5,\"*r2\",\"foo\",\"*r1\",\"bar\",})");
		fake_sync(m, &w);
		mesh_tick(m);
		assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_UP);
	}
	mesh_advance(m, IRN_SILENCE_MS);
	mesh_tick(m);
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_DOWN);
	assert_string_equal(mesh_find(m, 0, 1)->why, "was silent too long");
	wire_wait_end(&w);
	wire_fini(&w);
}

static void a_peer_that_does_not_answer_is_tried_again_with_growing_pauses(void **state)
{
	struct mesh *m = *state;
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	uint64_t began = m->ms;
	struct irn_peer *p = mesh_find(m, 0, 1);
	while (p->backoff.failures < 7) {
		mesh_wait(m, 1);
		assert_true(m->ms - began < 200000);
	}
	assert_true(m->ms - began >= 63000); // 1 + 2 + 4 + 8 + 16 + 32 seconds at least
	assert_int_equal(p->state, IRN_PEER_DOWN);
	assert_string_not_equal(p->why, "");
}

static void a_router_that_shuts_down_is_left_alone_for_a_minute(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 1)));
	fake_sync(m, &w);
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_UP);
	wire_say(&w, "({\"irn-shutdown\",5,\"*r2\",0,\"*r1\",0,})");
	wire_wait_end(&w);
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_DOWN);
	struct irn_peer *p = mesh_find(m, 0, 1);
	mesh_wait(m, 59);
	assert_int_equal(p->state, IRN_PEER_DOWN);
	assert_int_equal(p->backoff.failures, 1);
	mesh_wait(m, 3);
	assert_int_equal(p->backoff.failures, 2); // tried, in vain
	mate_fini(&a);
	wire_fini(&w);
}

static void our_own_stop_is_announced(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, false);
	router_stop(m->at[0].router);
	wire_wait(&w, "({\"irn-shutdown\",5,\"*r1\",0,\"*r2\",0,})");
	wire_fini(&w);
}

// --- nonsense ---

static const char *const nonsense[] = {
	"0",
	"\"irn-ping\"",
	"({})",
	"({\"irn-ping\",})",
	"({\"irn-ping\",5,\"*r2\",0,\"*r1\",})",
	"({0,5,\"*r2\",0,\"*r1\",0,})",
	"({\"irn-ping\",\"5\",\"*r2\",0,\"*r1\",0,})",
	"({\"irn-ping\",5,0,0,\"*r1\",0,})",
	"({\"irn-ping\",5,\"*r9\",0,\"*r1\",0,})",
	"({\"irn-ping\",5,\"*r2\",0,\"*r9\",0,})",
	"({\"irn-unheard-of\",5,\"*r2\",0,\"*r1\",0,})",
	"({\"tell\",5,\"*r2\",0,\"*r1\",0,\"A\",\"x\",})",
	"({\"startup-req-3\",5,\"*r2\",0,\"*r1\",0,})",
	"({\"irn-data\",5,\"*r2\",0,\"*r1\",0,})",
	"({\"irn-data\",5,\"*r2\",0,\"*r1\",0,7,})",
	"({\"irn-data\",5,\"*r2\",0,\"*r1\",0,({}),})",
	"({\"irn-data\",5,\"*r2\",0,\"*r1\",0,({\"tell\",5,\"Far\",}),})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,0,})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,({}),})",
	"({\"irn-mudlist-altered\",5,\"*r2\",0,\"*r1\",0,1,([\"Far\":({}),]),})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([7:([]),({}):0,\"\":([]),]),})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"*r3\":([]),\"a@b\":([]),]),})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"Far\":([\"name\":\"Near\",]),]),})",
	"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"Far\":([\"router\":\"*r1\",]),]),})",
	"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,})",
	"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,0,})",
	"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":0,]),})",
	"({\"irn-chanlist-altered\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":([\"x\":({}),]),]),})",
	"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":([\"x\":({9,\"O\",({}),}),"
	"]),]),})",
	"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":([\"\":({0,\"O\",({}),}),"
	"7:-1,\"dchat\":-1,\"x\":({0,\"\",({}),}),]),]),})",
	"({\"error\",5,\"*r2\",0,\"*r1\",0,})",
};

static void nonsense_of_a_peer_changes_nothing_and_costs_it_nothing_else(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, true);
	size_t muds = map_count(&m->at[0].router->muds);
	size_t channels = map_count(&m->at[0].router->channels);
	for (size_t i = 0; i < countof(nonsense); i++) {
		wire_say(&w, nonsense[i]);
		fake_sync(m, &w);
	}
	assert_int_equal(map_count(&m->at[0].router->muds), muds);
	assert_int_equal(map_count(&m->at[0].router->channels), channels);
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_UP);
	wire_fini(&w);
}

static void a_peer_that_speaks_nothing_but_nonsense_is_dropped(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, true);
	for (int i = 0; i < IRN_UNREADABLE_MAX; i++)
		wire_say(&w, i % 2 ? "({\"irn-what\",5,\"*r2\",0,\"*r1\",0,})" : "({,,:");
	wire_wait_end(&w);
	assert_int_equal(mesh_find(m, 0, 1)->state, IRN_PEER_DOWN);
	wire_fini(&w);
}

// --- MUDs ---

static void each_routers_muds_are_in_the_others_lists(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mesh_link(m, false);
	mud_login(m, 1, &b, "Beta");
	check_mud(m, 0, "Beta", "*r2", ROUTER_MUD_UP);
	check_mud(m, 1, "Alpha", "*r1", ROUTER_MUD_UP);
	check_got(&a.got, "\"Beta\":({-1,\"127.0.0.1\",4000,0,0,\"Lib\",\"Base\",\"Driver 1\","
			  "\"LP\",\"open\",\"a@b.c\"," SERVICES ",([]),})");
	check_got(&b.got, "\"Alpha\":({-1,\"127.0.0.1\",4000,");
	say_to_router(&b, "({\"shutdown\",5,\"Beta\",0,\"*r2\",0,1000,})");
	mesh_settle(m);
	check_got(&a.got, "\"Beta\":({1000,\"127.0.0.1\",");
	say_to_router(&a, "({\"shutdown\",5,\"Alpha\",0,\"*r1\",0,700000,})");
	mesh_settle(m);
	assert_null(mud_at(m, 1, "Alpha"));
	mate_fini(&a);
	mate_fini(&b);
}

static void a_deletion_missed_while_away_is_caught_up_with(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	mesh_cut(m, 0, 1);
	say_to_router(&a, "({\"shutdown\",5,\"Alpha\",0,\"*r1\",0,700000,})");
	mesh_wait(m, 5);
	assert_true(mesh_is_up(m));
	assert_null(mud_at(m, 1, "Alpha"));
	check_got(&b.got, "\"Alpha\":0");
	mate_fini(&a);
	mate_fini(&b);
}

static void a_dead_souls_list_is_taken_for_what_is_its_own(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ",\"Third\":" RECORD(
			     "Third", "*r3", 5) ",\"Mine\":" RECORD("Mine", "*r1",
			     5) ",\"Local\":" RECORD("Local", "*r2", 5) ",\"local\":0,"));
	fake_sync(m, &w);
	mesh_tick(m);
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_UP);
	assert_null(mud_at(m, 0, "Third"));
	assert_null(mud_at(m, 0, "Mine"));
	check_mud(m, 0, "Local", "", ROUTER_MUD_UP);
	check_got(&a.got, "\"Far\":({-1,\"192.0.2.7\",5000,0,0,\"Lib\",");
	mate_fini(&a);
	wire_fini(&w);
}

static void nothing_of_a_peer_is_told_to_a_peer(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, true);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	wire_say(&w,
		"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":([\"farchat\":"
		"({0,\"Far\",({}),}),]),]),})");
	wire_say(&w, DATA("\"channel-m\",5,\"Far\",\"bob\",0,0,\"dchat\",\"Bob\",\"echo?\","));
	wire_say(&w, DATA("\"locate-req\",5,\"Far\",\"bob\",0,0,\"eve\","));
	wire_say(&w, DATA("\"tell\",5,\"Far\",\"bob\",\"Far\",\"eve\",\"Bob\",\"echo?\","));
	wire_say(&w, "({\"irn-mudlist-req\",5,\"*r2\",0,\"*r1\",0,})");
	fake_sync(m, &w);
	mesh_advance(m, IRN_ANSWER_MS);
	mesh_tick(m);
	fake_sync(m, &w);
	assert_false(got_has(&w.got, "192.0.2.7"));
	assert_false(got_has(&w.got, "farchat"));
	assert_false(got_has(&w.got, "({\"channel-m\""));
	assert_false(got_has(&w.got, "({\"locate-req\""));
	assert_int_equal(got_count(&w.got, "irn-data"), 1); // the tell's error, to its sender
	check_got(&w.got, "({\"error\",5,\"*r1\",0,\"Far\",\"bob\",\"unk-dst\"");
	wire_fini(&w);
}

static void a_peer_cannot_fill_the_tables(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct buf text = {0};
	fake_link(m, &w, false);
	for (int i = 0; i < IRN_MUDS_MAX + 100; i++) {
		buf_clear(&text);
		buf_printf(&text,
			"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"Far%d\":([])"
			",]),})",
			i);
		buf_char(&text, '\0');
		wire_say(&w, text.p);
		buf_clear(&text);
		buf_printf(&text,
			"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":"
			"([\"far%d\":({0,\"O\",}),]),]),})",
			i);
		buf_char(&text, '\0');
		wire_say(&w, text.p);
	}
	fake_sync(m, &w);
	assert_int_equal(map_count(&m->at[0].router->muds), IRN_MUDS_MAX);
	assert_int_equal(map_count(&m->at[0].router->channels), IRN_CHANNELS_MAX + 2);
	buf_fini(&text);
	wire_fini(&w);
}

static void a_whole_list_asked_for_again_and_again_is_sent_once_in_a_while(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	fake_sync(m, &w);
	mesh_tick(m);
	got_clear(&w.got);
	for (int i = 0; i < 50; i++)
		wire_say(&w, "({\"irn-mudlist-req\",5,\"*r2\",0,\"*r1\",0,0,})");
	fake_sync(m, &w);
	fake_sync(m, &w);
	assert_in_range(got_count(&w.got, "irn-mudlist-delta"), 1, 2);
	mate_fini(&a);
	wire_fini(&w);
}

// --- packets ---

static void a_tell_crosses_with_a_hop_less_each_time(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"ann\",\"beta\",\"bob\",\"Ann\",\"hi\",})");
	say_to_router(&a, "({\"x-new\",3,\"Alpha\",0,\"Beta\",0,({1,([2:3.5,]),}),\"more\",})");
	say_to_router(&a, "({\"tell\",2,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"far\",})");
	mesh_turn(m);
	check_got(&b.got, "({\"tell\",3,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})");
	check_got(
		&b.got, "({\"x-new\",1,\"Alpha\",0,\"Beta\",0,({1,([2:3.500000,]),}),\"more\",})");
	assert_int_equal(got_count(&b.got, "tell"), 1); // the last one's hops were spent
	mate_fini(&a);
	mate_fini(&b);
}

static void a_mud_that_just_logged_in_may_speak_at_once(void **state)
{
	struct mesh *m = *state;
	struct startup_text t;
	struct mate a, b;
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	mate_attach(&m->at[0], &a);
	say_to_router(&a, mud_startup(&t, "Alpha", 0));
	settle(&m->at[0]);
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})");
	mesh_turn(m); // and nobody was told anything in between
	assert_int_equal(got_count(&b.got, "tell"), 1);
	mate_fini(&a);
	mate_fini(&b);
}

static void what_cannot_be_delivered_comes_back_as_an_error(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	mate_fini(&b); // up for its own router still, for a minute
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})");
	mesh_turn(m);
	check_got(&a.got, "({\"error\",4,\"*r2\",0,\"Alpha\",\"ann\",\"unk-dst\",\"Beta is not "
			  "connected\",({\"tell\",");
	mesh_wait(m, 61);
	got_clear(&a.got);
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})");
	check_got(&a.got, "({\"error\",5,\"*r1\",0,\"Alpha\",\"ann\",\"unk-dst\",\"Beta is not "
			  "connected\",");
	mate_fini(&a);
}

static void an_error_is_never_answered(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	fake_sync(m, &w);
	wire_say(&w, DATA("\"error\",5,\"Far\",0,\"Nobody\",\"x\",\"unk-user\",\"no\",0,"));
	fake_sync(m, &w);
	assert_int_equal(got_count(&w.got, "irn-data"), 0);
	wire_fini(&w);
}

static void a_peer_speaks_for_its_own_muds_only(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a, b;
	mud_login(m, 0, &a, "Local");
	mud_login(m, 0, &b, "Other");
	fake_link(m, &w, false);
	fake_sync(m, &w);
	got_clear(&w.got);
	wire_say(&w, DATA("\"tell\",5,\"Unknown\",\"x\",\"Local\",\"ann\",\"X\",\"forged\","));
	wire_say(&w, DATA("\"tell\",5,\"Other\",\"x\",\"Local\",\"ann\",\"X\",\"forged\","));
	wire_say(&w, DATA("\"tell\",5,\"*r1\",0,\"Local\",\"ann\",\"X\",\"forged\","));
	wire_say(&w, DATA("\"tell\",5,\"*r2\",0,\"Local\",\"ann\",\"X\",\"forged\","));
	wire_say(&w, DATA("\"error\",5,\"*r3\",0,\"Local\",\"ann\",\"X\",\"forged\",0,"));
	fake_sync(m, &w);
	assert_false(got_has(&a.got, "forged"));
	assert_int_equal(got_count(&w.got, "irn-mudlist-req"), 1);
	mesh_advance(m, IRN_ASK_MS);
	wire_say(&w, DATA("\"tell\",5,\"Unknown\",\"x\",\"Local\",\"ann\",\"X\",\"forged\","));
	fake_sync(m, &w);
	assert_int_equal(got_count(&w.got, "irn-mudlist-req"), 2);
	mate_fini(&a);
	mate_fini(&b);
	wire_fini(&w);
}

static void types_for_routers_do_not_come_out_of_irn_data(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	static const char *const types[] = {"startup-reply", "mudlist", "chanlist-reply",
		"chan-filter-req", "chan-filter-reply", "router-shutdown", "chan-ack",
		"startup-req-3", "irn-data", "irn-shutdown", "channel-m", "channel-listen",
		"shutdown"};
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	fake_sync(m, &w);
	mesh_tick(m);
	got_clear(&a.got);
	for (size_t i = 0; i < countof(types); i++) {
		char text[256];
		snprintf(
			text, sizeof text, DATA("\"%s\",5,\"Far\",\"x\",\"Local\",0,1,"), types[i]);
		wire_say(&w, text);
		snprintf(text, sizeof text, DATA("\"%s\",5,\"Far\",\"x\",\"*r1\",0,1,"), types[i]);
		wire_say(&w, text);
	}
	fake_sync(m, &w);
	assert_int_equal(a.got.n, 0);
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_UP);
	mate_fini(&a);
	wire_fini(&w);
}

static void a_locate_reply_has_the_layout_of_its_reader(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mate_attach(&m->at[0], &a);
	say_to_router(&a, "({\"startup-req-1\",5,\"Old\",0,0,0,0,0,0,4000,0,0,\"Lib\",\"Base\","
			  "\"Driver\",\"LP\",\"open\"," SERVICES ",})");
	settle(&m->at[0]);
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	wire_say(
		&w, DATA("\"locate-reply\",5,\"Far\",0,\"Old\",\"ann\",\"Far\",\"Bob\",30,\"x\","));
	fake_sync(m, &w);
	check_got(&a.got, "({\"locate-reply\",4,\"Far\",0,\"Old\",\"ann\",\"Far\",\"Bob\",})");
	mate_fini(&a);
	wire_fini(&w);
}

static void what_is_too_large_for_an_old_driver_is_refused_here(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	struct buf text = {0};
	mud_login(m, 0, &a, "Local");
	mesh_peer(m, 0, 1);
	mesh_configure(m);
	fake_open(m, &w);
	wire_say(&w,
		"({\"irn-startup-req\",5,\"*r2\",\"foo\",\"*r1\",\"bar\",([\"client_password\":"
		"22,\"server_password\":11,]),})");
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	wire_wait(&w, "irn-startup-req");
	fake_sync(m, &w);
	buf_lit(&text, "({\"tell\",5,\"Local\",\"ann\",\"Far\",\"bob\",\"Ann\",\"");
	for (int i = 0; i < 1000; i++)
		buf_lit(&text, "0123456789");
	buf_lit(&text, "\",})");
	buf_char(&text, '\0');
	say_to_router(&a, text.p);
	check_got(&a.got, "\"bad-pkt\",\"too large");
	fake_sync(m, &w);
	assert_int_equal(got_count(&w.got, "irn-data"), 0);
	wire_fini(&w);
	fake_greet(m, &w); // not so for one that is none
	say_to_router(&a, text.p);
	wire_wait(&w, "irn-data");
	buf_fini(&text);
	mate_fini(&a);
	wire_fini(&w);
}

// --- channels ---

static void listen_to(struct mate *a, const char *name, const char *channel)
{
	char text[128];
	snprintf(text, sizeof text, "({\"channel-listen\",5,\"%s\",0,0,0,\"%s\",1,})", name,
		channel);
	say_to_router(a, text);
}

static void a_line_in_a_mesh_of_three_is_heard_once_by_everybody(void **state)
{
	struct mesh *m = *state;
	struct mate mud[3];
	static const char *const names[] = {"Alpha", "Beta", "Gamma"};
	for (size_t i = 0; i < 3; i++) {
		mud_login(m, i, &mud[i], names[i]);
		listen_to(&mud[i], names[i], "dchat");
	}
	mesh_link(m, false);
	int64_t sent = metric_get(METRIC_ROUTER_PEER_SENT);
	say_to_router(
		&mud[0], "({\"channel-e\",5,\"Alpha\",\"ann\",0,0,\"dchat\",0,\"$N waves\",})");
	mesh_turn(m);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(got_count(&mud[i].got, "channel-e"), 1);
		check_got(&mud[i].got, "\"Alpha\",\"ann\",0,0,\"dchat\",\"ann\",\"$N waves\",})");
	}
	assert_int_equal(metric_get(METRIC_ROUTER_PEER_SENT), sent + 2);
	for (size_t i = 0; i < 3; i++)
		mate_fini(&mud[i]);
}

static void broadcasts_reach_those_who_serve_them_everywhere(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&a, "({\"locate-req\",5,\"Alpha\",\"ann\",0,0,\"bob\",})");
	say_to_router(&a, "({\"ucache-update\",5,\"Alpha\",0,0,0,\"ann\",\"Ann\",1,})");
	mesh_turn(m);
	check_got(&b.got, "({\"locate-req\",3,\"Alpha\",\"ann\",0,0,\"bob\",})");
	assert_int_equal(got_count(&b.got, "ucache-update"), 0); // it does not serve that
	mate_fini(&a);
	mate_fini(&b);
}

static void a_channel_belongs_to_its_owner_wherever_that_is(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"mine\",0,})");
	mesh_settle(m);
	check_got(&b.got, "\"mine\":({\"Alpha\",0,})");
	got_clear(&b.got);
	say_to_router(&b, "({\"channel-add\",5,\"Beta\",0,\"*r2\",0,\"mine\",1,})");
	say_to_router(&b, "({\"channel-remove\",5,\"Beta\",0,\"*r2\",0,\"mine\",})");
	say_to_router(&b, "({\"channel-admin\",5,\"Beta\",0,\"*r2\",0,\"mine\",({}),({}),})");
	assert_int_equal(got_count(&b.got, "error"), 3);
	for (size_t i = 0; i < b.got.n; i++)
		assert_non_null(strstr(b.got.at[i], "\"not-allowed\""));
	mate_fini(&a);
	mate_fini(&b);
}

static void who_may_take_part_in_a_channel_holds_everywhere(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"club\",1,})");
	listen_to(&a, "Alpha", "club");
	mesh_settle(m);
	listen_to(&b, "Beta", "club");
	check_got(&b.got, "\"not-allowed\",\"your MUD is not admitted to club\"");
	say_to_router(
		&a, "({\"channel-admin\",5,\"Alpha\",0,\"*r1\",0,\"club\",({\"Beta\",}),({}),})");
	mesh_settle(m);
	listen_to(&b, "Beta", "club");
	say_to_router(&b, "({\"channel-m\",5,\"Beta\",\"bob\",0,0,\"club\",\"Bob\",\"thanks\",})");
	mesh_turn(m);
	check_got(&a.got, "\"club\",\"Bob\",\"thanks\",})");
	say_to_router(
		&a, "({\"channel-admin\",5,\"Alpha\",0,\"*r1\",0,\"club\",({}),({\"Beta\",}),})");
	mesh_settle(m);
	got_clear(&b.got);
	say_to_router(&a, "({\"channel-m\",5,\"Alpha\",\"ann\",0,0,\"club\",\"Ann\",\"secret\",})");
	mesh_turn(m);
	assert_false(got_has(&b.got, "secret"));
	mate_fini(&a);
	mate_fini(&b);
}

// The banned MUD's router may know nothing of the ban, or not care.
static void a_line_of_one_who_may_not_speak_is_refused_where_the_channel_is(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	fake_sync(m, &w);
	say_to_router(&a, "({\"channel-add\",5,\"Local\",0,\"*r1\",0,\"quiet\",0,})");
	say_to_router(
		&a, "({\"channel-admin\",5,\"Local\",0,\"*r1\",0,\"quiet\",({\"Far\",}),({}),})");
	listen_to(&a, "Local", "quiet");
	wire_say(&w, DATA("\"channel-m\",5,\"Far\",\"bob\",0,0,\"quiet\",\"Bob\",\"spam\","));
	wire_wait(&w, "({\"error\",5,\"*r1\",0,\"Far\",\"bob\",\"not-allowed\"");
	assert_false(got_has(&a.got, "spam"));
	mate_fini(&a);
	wire_fini(&w);
}

static void lines_on_a_filtered_channel_go_by_way_of_its_owner_at_another_router(void **state)
{
	struct mesh *m = *state;
	struct mate mud[3];
	static const char *const names[] = {"Alpha", "Beta", "Gamma"};
	for (size_t i = 0; i < 3; i++)
		mud_login(m, i, &mud[i], names[i]);
	mesh_link(m, false);
	say_to_router(&mud[0], "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"calm\",2,})");
	say_to_router(&mud[0], "({\"channel-admin\",5,\"Alpha\",0,\"*r1\",0,\"calm\",({\"Beta\","
			       "\"Gamma\",}),({}),})");
	mesh_settle(m);
	for (size_t i = 0; i < 3; i++)
		listen_to(&mud[i], names[i], "calm");
	say_to_router(
		&mud[1], "({\"channel-m\",5,\"Beta\",\"bob\",0,0,\"calm\",\"Bob\",\"darn\",})");
	mesh_turn(m);
	check_got(&mud[0].got,
		"({\"chan-filter-req\",5,\"*r1\",0,\"Alpha\",0,\"calm\","
		"({\"channel-m\",3,\"Beta\",\"bob\",0,0,\"calm\",\"Bob\",\"darn\",}),})");
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(got_count(&mud[i].got, "channel-m"), 0);
	say_to_router(&mud[0],
		"({\"chan-filter-reply\",5,\"Alpha\",0,\"*r1\",0,\"calm\",({\"channel-m\""
		",5,\"Beta\",\"bob\",0,0,\"calm\",\"Bob\",\"d**n\",}),})");
	mesh_turn(m);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(got_count(&mud[i].got, "channel-m"), 1);
		check_got(&mud[i].got, "\"Beta\",\"bob\",0,0,\"calm\",\"Bob\",\"d**n\",})");
	}
	for (size_t i = 0; i < 3; i++)
		mate_fini(&mud[i]);
}

static void without_its_owners_router_a_filtered_channel_is_an_error(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"calm\",2,})");
	say_to_router(
		&a, "({\"channel-admin\",5,\"Alpha\",0,\"*r1\",0,\"calm\",({\"Beta\",}),({}),})");
	mesh_settle(m);
	listen_to(&b, "Beta", "calm");
	mesh_cut(m, 1, 0);
	say_to_router(&b, "({\"channel-m\",5,\"Beta\",\"bob\",0,0,\"calm\",\"Bob\",\"x\",})");
	check_got(&b.got,
		"\"unk-dst\",\"the owner of this channel filters it and its router is not "
		"connected\"");
	mate_fini(&a);
	mate_fini(&b);
}

static void what_one_router_removes_another_may_still_have(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"twice\",0,})");
	say_to_router(&b, "({\"channel-add\",5,\"Beta\",0,\"*r2\",0,\"twice\",0,})");
	mesh_link(m, false); // a name both own is each one's own
	check_got(&a.got, "\"twice\":({\"Alpha\",0,})");
	assert_false(got_has(&a.got, "\"twice\":({\"Beta\","));
	say_to_router(&a, "({\"channel-remove\",5,\"Alpha\",0,\"*r1\",0,\"twice\",})");
	mesh_wait(m, 15);
	check_got(&a.got, "\"twice\":({\"Beta\",0,})");
	check_got(&b.got, "\"twice\":({\"Beta\",0,})");
	mate_fini(&a);
	mate_fini(&b);
}

// --- split and heal ---

static void a_split_is_shown_after_a_grace_and_heals_by_itself(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	mesh_wait(m, 20);
	got_clear(&a.got);
	for (size_t i = 0; i < 2; i++) // dialled in vain
		mesh_find(m, i, 1 - i)->port = 1;
	mesh_cut(m, 0, 1);
	assert_false(mesh_is_up(m));
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})");
	check_got(&a.got, "\"unk-dst\",\"Beta is not connected\"");
	mesh_wait(m, 10);
	assert_int_equal(got_count(&a.got, "mudlist"), 0);
	mesh_wait(m, 8);
	check_got(&a.got, "\"Beta\":({0,\"127.0.0.1\",");
	assert_int_equal(got_count(&a.got, "chanlist-reply"), 0); // channels stay
	for (size_t i = 0; i < 2; i++)
		mesh_find(m, i, 1 - i)->port = m->at[1 - i].port;
	got_clear(&a.got);
	mesh_wait(m, 70);
	assert_true(mesh_is_up(m));
	check_got(&a.got, "\"Beta\":({-1,\"127.0.0.1\",");
	say_to_router(&a, "({\"tell\",5,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})");
	mesh_turn(m);
	assert_int_equal(got_count(&b.got, "tell"), 1);
	mate_fini(&a);
	mate_fini(&b);
}

static void a_link_that_only_flaps_is_not_announced(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	mesh_wait(m, 20);
	got_clear(&a.got);
	mesh_cut(m, 0, 1);
	mesh_wait(m, 400);
	assert_true(mesh_is_up(m));
	assert_int_equal(a.got.n, 0);
	check_mud(m, 0, "Beta", "*r2", ROUTER_MUD_UP);
	mate_fini(&a);
	mate_fini(&b);
}

static void a_peer_taken_out_of_the_configuration_takes_its_muds_and_channels_along(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&b, "({\"channel-add\",5,\"Beta\",0,\"*r2\",0,\"betas\",0,})");
	mesh_settle(m);
	m->lists[0].n = 0;
	router_configure(m->at[0].router, mesh_config(m, 0));
	mesh_settle(m);
	check_got(&a.got, "\"Beta\":0");
	check_got(&a.got, "\"betas\":0");
	assert_int_equal(mesh_find(m, 1, 0)->state, IRN_PEER_DOWN);
	mate_fini(&a);
	mate_fini(&b);
}

// --- one name, two routers ---

static void a_mud_moves_and_takes_its_channels_along(void **state)
{
	struct mesh *m = *state;
	struct mate a, again, c;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 2, &c, "Gamma");
	mesh_link(m, false);
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"mine\",0,})");
	mesh_settle(m);
	listen_to(&c, "Gamma", "mine");
	mate_fini(&a);
	mesh_wait(m, 1);
	got_clear(&c.got);
	mud_login(m, 1, &again, "Alpha");
	mesh_settle(m);
	check_mud(m, 0, "Alpha", "*r2", ROUTER_MUD_UP);
	check_mud(m, 1, "Alpha", "", ROUTER_MUD_UP);
	check_mud(m, 2, "Alpha", "*r2", ROUTER_MUD_UP);
	for (size_t i = 0; i < 3; i++) {
		const struct router_channel *ch =
			router_channel_find(m->at[i].router, SPAN("mine"));
		assert_non_null(ch);
		assert_string_equal(ch->router, i == 1 ? "" : "*r2");
	}
	say_to_router(
		&again, "({\"channel-m\",5,\"Alpha\",\"ann\",0,0,\"mine\",\"Ann\",\"moved\",})");
	mesh_turn(m);
	assert_int_equal(got_count(&c.got, "channel-m"), 1); // it listens still
	assert_false(got_has(&c.got, "\"mine\":0"));
	say_to_router(&again, "({\"channel-remove\",5,\"Alpha\",0,\"*r2\",0,\"mine\",})");
	mesh_settle(m);
	check_got(&c.got, "\"mine\":0");
	mate_fini(&again);
	mate_fini(&c);
}

static long login_from(struct mesh *m, size_t i, struct wire *w, const char *from, long password)
{
	struct startup_text t;
	wire_open(&m->at[i], w, from);
	wire_say(w, mud_startup(&t, "Alpha", password));
	uint64_t until = real_ms() + RIG_WAIT_MS;
	while (!w->ended && !got_has(&w->got, "startup-reply")) {
		wire_turn(w);
		assert_true(real_ms() < until);
	}
	return got_has(&w->got, "startup-reply") ? password_in(&w->got) : 0;
}

static void with_trust_a_password_is_good_at_every_router(void **state)
{
	struct mesh *m = *state;
	struct wire w, moved;
	mesh_link(m, true);
	long password = login_from(m, 0, &w, "127.0.0.1", 0);
	mesh_settle(m);
	wire_fini(&w);
	mesh_wait(m, 2);
	assert_int_equal(login_from(m, 1, &moved, "127.0.0.2", password + 1), 0);
	wire_fini(&moved);
	assert_int_equal(login_from(m, 1, &moved, "127.0.0.2", password), password);
	wire_fini(&moved);
}

static void without_trust_a_mud_moves_from_its_own_address_only(void **state)
{
	struct mesh *m = *state;
	struct wire w, moved;
	mesh_link(m, false);
	long password = login_from(m, 0, &w, "127.0.0.2", 0);
	mesh_settle(m);
	assert_int_equal(mud_at(m, 1, "Alpha")->password, 0);
	wire_fini(&w);
	mesh_wait(m, 2);
	assert_int_equal(login_from(m, 1, &moved, "127.0.0.3", password), 0);
	wire_fini(&moved);
	// A loopback address means the other router's own, as it is seen from here.
	assert_true(login_from(m, 1, &moved, "127.0.0.1", password) > 0);
	wire_fini(&moved);
}

static void a_password_is_neither_sent_to_nor_believed_from_one_not_trusted(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	fake_sync(m, &w);
	check_got(&w.got, "\"password\":0");
	assert_int_equal(mud_at(m, 0, "Far")->password, 0);
	m->peers[0][0].trusted = true;
	mesh_configure(m);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	wire_say(&w, "({\"irn-mudlist-req\",5,\"*r2\",0,\"*r1\",0,})");
	fake_sync(m, &w);
	mesh_tick(m);
	assert_int_equal(mud_at(m, 0, "Far")->password, 4711);
	char real[64];
	snprintf(real, sizeof real, "\"password\":%d,", mud_at(m, 0, "Local")->password);
	wire_wait(&w, real);
	mate_fini(&a);
	wire_fini(&w);
}

static void a_mud_connected_here_is_ours_whatever_peers_say(void **state)
{
	struct mesh *m = *state;
	struct mate a[2];
	mud_login(m, 0, &a[0], "Alpha");
	mesh_advance(m, 5000);
	mud_login(m, 1, &a[1], "Alpha");
	mesh_link(m, true);
	mesh_wait(m, 60);
	for (size_t i = 0; i < 2; i++) {
		check_mud(m, i, "Alpha", "", ROUTER_MUD_UP);
		assert_non_null(a[i].link);
	}
	mate_fini(&a[1]); // when one goes, the other is everybody's
	mesh_wait(m, 130);
	check_mud(m, 1, "Alpha", "*r1", ROUTER_MUD_UP);
	mate_fini(&a[0]);
}

static void check_rivals(struct mesh *m, size_t first, size_t second)
{
	struct mate a[2];
	mud_login(m, first, &a[0], "Alpha");
	mesh_advance(m, 5000);
	mud_login(m, second, &a[1], "Alpha");
	mesh_link(m, false);
	mesh_wait(m, 3);
	check_mud(m, 2, "Alpha", mesh_names[second], ROUTER_MUD_UP); // it logged in later
	mate_fini(&a[1]);
	mesh_wait(m, 200);
	check_mud(m, 2, "Alpha", mesh_names[first], ROUTER_MUD_UP);
	mate_fini(&a[0]);
}

static void of_two_rivals_a_third_router_takes_the_later_one(void **state)
{
	check_rivals(*state, 0, 1);
}

static void of_two_rivals_a_third_router_takes_the_later_one_in_any_order(void **state)
{
	check_rivals(*state, 1, 0);
}

static void of_two_rivals_of_one_second_a_third_router_takes_the_lesser_name(void **state)
{
	struct mesh *m = *state;
	struct mate a[2];
	mud_login(m, 1, &a[1], "Alpha");
	mud_login(m, 0, &a[0], "Alpha");
	mesh_link(m, false);
	mesh_wait(m, 3);
	check_mud(m, 2, "Alpha", "*r1", ROUTER_MUD_UP);
	mate_fini(&a[0]);
	mate_fini(&a[1]);
}

static void a_dead_connection_gives_way_to_the_mud_at_a_peer(void **state)
{
	struct mesh *m = *state;
	struct wire w, old;
	struct startup_text t;
	fake_link(m, &w, false);
	wire_login_as(&m->at[0], &old, "127.0.0.1", mud_startup(&t, "Far", 0));
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 1800000000) ","));
	wire_wait(&old, "auth-mud-req"); // no answer
	fake_sync(m, &w);
	check_mud(m, 0, "Far", "", ROUTER_MUD_UP);
	mesh_advance(m, IRN_PROBE_MS);
	mesh_tick(m);
	wire_wait_end(&old);
	mesh_tick(m);
	wire_wait(&w, "irn-mudlist-req");
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 1800000000) ","));
	fake_sync(m, &w);
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_UP);
	wire_fini(&old);
	wire_fini(&w);
}

static void a_living_connection_does_not(void **state)
{
	struct mesh *m = *state;
	struct wire w, mine;
	struct startup_text t;
	fake_link(m, &w, false);
	wire_login_as(&m->at[0], &mine, "127.0.0.1", mud_startup(&t, "Far", 0));
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 1800000000) ","));
	wire_wait(&mine, "auth-mud-req");
	wire_sync(&mine, "Far");
	mesh_advance(m, IRN_PROBE_MS);
	mesh_tick(m);
	wire_sync(&mine, "Far");
	check_mud(m, 0, "Far", "", ROUTER_MUD_UP);
	wire_fini(&mine);
	wire_fini(&w);
}

// --- over our own restart ---

static void what_peers_said_is_known_after_a_restart(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	char path[] = "/tmp/irn_testXXXXXX";
	close(mkstemp(path));
	router_free(m->at[0].router);
	store_close(m->at[0].store);
	listener_close(m->at[0].listener);
	mesh_peer(m, 0, 1)->trusted = true;
	mesh_fill(m, 0, path);
	rig_listen(&m->at[0]);
	fake_greet(m, &w);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 5) ","));
	wire_say(&w,
		"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":([\"club\":({1,"
		"\"Far\",({\"Near\",}),}),]),]),})");
	fake_sync(m, &w);
	settle(&m->at[0]);
	wire_fini(&w);
	mesh_turn(m);
	router_free(m->at[0].router);
	store_close(m->at[0].store);
	mesh_fill(m, 0, path);
	listener_close(m->at[0].listener);
	rig_listen(&m->at[0]);
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_UP);
	assert_int_equal(mud_at(m, 0, "Far")->password, 4711);
	const struct router_channel *c = router_channel_find(m->at[0].router, SPAN("club"));
	assert_non_null(c);
	assert_string_equal(c->router, "*r2");
	assert_true(router_channel_admits(c, SPAN("near")));
	assert_false(router_channel_admits(c, SPAN("Other")));
	mesh_wait(m, IRN_GRACE_MS / 1000 + 1); // and its router is not there
	check_mud(m, 0, "Far", "*r2", ROUTER_MUD_DOWN);
	m->lists[0].n = 0; // nor a peer any more
	router_free(m->at[0].router);
	store_close(m->at[0].store);
	mesh_fill(m, 0, path);
	listener_close(m->at[0].listener);
	rig_listen(&m->at[0]);
	assert_null(mud_at(m, 0, "Far"));
	assert_null(router_channel_find(m->at[0].router, SPAN("club")));
	unlink(path);
}

#define ONE(name)   cmocka_unit_test_setup_teardown(name, one, down)
#define TWO(name)   cmocka_unit_test_setup_teardown(name, two, down)
#define THREE(name) cmocka_unit_test_setup_teardown(name, three, down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONE(the_startup_packet_has_exactly_its_bytes),
		ONE(the_ping_has_exactly_its_bytes),
		ONE(a_line_in_irn_data_has_exactly_its_bytes),
		ONE(a_channel_added_and_removed_is_told_in_packets_of_its_own),
		ONE(a_chanlist_of_a_peer_is_read_with_its_deletions),
		ONE(whoever_lacks_one_of_two_passwords_is_refused),
		ONE(greetings_of_any_other_shape_are_refused),
		ONE(guessing_locks_an_address_out_even_with_the_right_passwords),
		ONE(before_the_greeting_nothing_else_is_taken),
		ONE(a_mud_cannot_become_a_router),
		TWO(two_routers_that_dial_each_other_keep_one_link_and_keep_it),
		TWO(one_that_can_only_be_dialled_from_one_side_is_linked_all_the_same),
		ONE(of_two_accepted_links_the_newer_is_used),
		ONE(a_silent_peer_is_dropped_after_two_minutes_and_any_packet_counts),
		ONE(a_peer_that_does_not_answer_is_tried_again_with_growing_pauses),
		ONE(a_router_that_shuts_down_is_left_alone_for_a_minute),
		ONE(our_own_stop_is_announced),
		ONE(nonsense_of_a_peer_changes_nothing_and_costs_it_nothing_else),
		ONE(a_peer_that_speaks_nothing_but_nonsense_is_dropped),
		TWO(each_routers_muds_are_in_the_others_lists),
		TWO(a_deletion_missed_while_away_is_caught_up_with),
		ONE(a_dead_souls_list_is_taken_for_what_is_its_own),
		ONE(nothing_of_a_peer_is_told_to_a_peer),
		ONE(a_peer_cannot_fill_the_tables),
		ONE(a_whole_list_asked_for_again_and_again_is_sent_once_in_a_while),
		TWO(a_tell_crosses_with_a_hop_less_each_time),
		TWO(a_mud_that_just_logged_in_may_speak_at_once),
		TWO(what_cannot_be_delivered_comes_back_as_an_error),
		ONE(an_error_is_never_answered),
		ONE(a_peer_speaks_for_its_own_muds_only),
		ONE(types_for_routers_do_not_come_out_of_irn_data),
		ONE(a_locate_reply_has_the_layout_of_its_reader),
		ONE(what_is_too_large_for_an_old_driver_is_refused_here),
		THREE(a_line_in_a_mesh_of_three_is_heard_once_by_everybody),
		TWO(broadcasts_reach_those_who_serve_them_everywhere),
		TWO(a_channel_belongs_to_its_owner_wherever_that_is),
		TWO(who_may_take_part_in_a_channel_holds_everywhere),
		ONE(a_line_of_one_who_may_not_speak_is_refused_where_the_channel_is),
		THREE(lines_on_a_filtered_channel_go_by_way_of_its_owner_at_another_router),
		TWO(without_its_owners_router_a_filtered_channel_is_an_error),
		TWO(what_one_router_removes_another_may_still_have),
		TWO(a_split_is_shown_after_a_grace_and_heals_by_itself),
		TWO(a_link_that_only_flaps_is_not_announced),
		TWO(a_peer_taken_out_of_the_configuration_takes_its_muds_and_channels_along),
		THREE(a_mud_moves_and_takes_its_channels_along),
		TWO(with_trust_a_password_is_good_at_every_router),
		TWO(without_trust_a_mud_moves_from_its_own_address_only),
		ONE(a_password_is_neither_sent_to_nor_believed_from_one_not_trusted),
		TWO(a_mud_connected_here_is_ours_whatever_peers_say),
		THREE(of_two_rivals_a_third_router_takes_the_later_one),
		THREE(of_two_rivals_a_third_router_takes_the_later_one_in_any_order),
		THREE(of_two_rivals_of_one_second_a_third_router_takes_the_lesser_name),
		ONE(a_dead_connection_gives_way_to_the_mud_at_a_peer),
		ONE(a_living_connection_does_not),
		ONE(what_peers_said_is_known_after_a_restart),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
