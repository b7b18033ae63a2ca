// SPDX-License-Identifier: MIT
// Links between routers: bytes, greetings, life and death, nonsense.
#include "irn_rig.h"

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

static void why_a_peer_is_down_is_known(void **state)
{
	struct mesh *m = *state;
	mesh_peer(m, 0, 1)->password.number++;
	mesh_peer(m, 1, 0);
	mesh_configure(m);
	router_stop(m->at[1].router); // it dials no more
	mesh_wait(m, 1);
	assert_string_equal(mesh_find(m, 0, 1)->why, "it refused us");
}

static void a_router_under_another_name_is_no_peer(void **state)
{
	struct mesh *m = *state;
	mesh_peer(m, 0, 1)->name = "*r7";
	mesh_configure(m);
	mesh_wait(m, 1);
	struct irn_peer *p = irn_peer_find(m->at[0].router->irn, SPAN("*r7"));
	assert_int_equal(p->state, IRN_PEER_DOWN);
	assert_string_equal(p->why, "it has another name than the configuration says");
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
		TWO(why_a_peer_is_down_is_known),
		TWO(a_router_under_another_name_is_no_peer),
		ONE(of_two_accepted_links_the_newer_is_used),
		ONE(a_silent_peer_is_dropped_after_two_minutes_and_any_packet_counts),
		ONE(a_peer_that_does_not_answer_is_tried_again_with_growing_pauses),
		ONE(a_router_that_shuts_down_is_left_alone_for_a_minute),
		ONE(our_own_stop_is_announced),
		ONE(nonsense_of_a_peer_changes_nothing_and_costs_it_nothing_else),
		ONE(a_peer_that_speaks_nothing_but_nonsense_is_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
