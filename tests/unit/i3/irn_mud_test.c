// SPDX-License-Identifier: MIT
// MUDs of peers: whose a name is, over splits, moves and restarts.
#include "irn_rig.h"

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

// Its list comes behind that of the other, whose claim was the only one until then.
static void who_was_pushed_aside_by_a_later_login_is_taken_again_when_that_goes(void **state)
{
	struct mesh *m = *state;
	struct mate a[2];
	mud_login(m, 0, &a[0], "Alpha");
	mesh_advance(m, 5000);
	mud_login(m, 1, &a[1], "Alpha");
	mesh_pair(m, 0, 2, false);
	mesh_until_up(m);
	mesh_wait(m, 3);
	check_mud(m, 2, "Alpha", "*r1", ROUTER_MUD_UP);
	mesh_pair(m, 1, 2, false);
	mesh_until_up(m);
	mesh_wait(m, 3);
	check_mud(m, 2, "Alpha", "*r2", ROUTER_MUD_UP);
	mate_fini(&a[1]);
	mesh_wait(m, 200);
	check_mud(m, 2, "Alpha", "*r1", ROUTER_MUD_UP);
	mate_fini(&a[0]);
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
	struct disk disk;
	disk_make(&disk);
	router_free(m->at[0].router);
	store_close(m->at[0].store);
	listener_close(m->at[0].listener);
	mesh_peer(m, 0, 1)->trusted = true;
	mesh_fill(m, 0, disk.path);
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
	mesh_fill(m, 0, disk.path);
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
	mesh_fill(m, 0, disk.path);
	listener_close(m->at[0].listener);
	rig_listen(&m->at[0]);
	assert_null(mud_at(m, 0, "Far"));
	assert_null(router_channel_find(m->at[0].router, SPAN("club")));
	disk_remove(&disk);
}

// --- where else to go ---

static void a_login_names_the_routers_where_its_password_is_good(void **state)
{
	struct mesh *m = *state;
	struct mate a;
	char part[128];
	mesh_link(m, true);
	mud_login(m, 0, &a, "Alpha");
	snprintf(part, sizeof part,
		"0,({({\"*r1\",\"127.0.0.1 1\",}),({\"*r2\",\"127.0.0.1 %u\",}),}),",
		m->at[1].port);
	assert_non_null(strstr(got_last(&a.got, "startup-reply"), part));
	mate_fini(&a);
	m->peers[0][0].trusted = false;
	mesh_configure(m);
	mud_login(m, 0, &a, "Alpha");
	assert_null(strstr(got_last(&a.got, "startup-reply"), "*r2"));
	mate_fini(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO(each_routers_muds_are_in_the_others_lists),
		TWO(a_deletion_missed_while_away_is_caught_up_with),
		ONE(a_dead_souls_list_is_taken_for_what_is_its_own),
		ONE(nothing_of_a_peer_is_told_to_a_peer),
		ONE(a_peer_cannot_fill_the_tables),
		ONE(a_whole_list_asked_for_again_and_again_is_sent_once_in_a_while),
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
		THREE(who_was_pushed_aside_by_a_later_login_is_taken_again_when_that_goes),
		THREE(of_two_rivals_of_one_second_a_third_router_takes_the_lesser_name),
		ONE(a_dead_connection_gives_way_to_the_mud_at_a_peer),
		ONE(a_living_connection_does_not),
		ONE(what_peers_said_is_known_after_a_restart),
		TWO(a_login_names_the_routers_where_its_password_is_good),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
