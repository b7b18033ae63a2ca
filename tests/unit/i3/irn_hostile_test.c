// SPDX-License-Identifier: MIT
// A peer that has the right passwords and means ill.
#include "irn_rig.h"

static size_t links_of(struct mesh *m, size_t i, size_t j)
{
	size_t n = 0;
	list_each(it, &mesh_find(m, i, j)->links) n++;
	return n;
}

static void a_peer_that_dials_again_and_again_has_one_link_of_its_own(void **state)
{
	enum { AGAIN = 10 };
	struct mesh *m = *state;
	struct wire w[AGAIN];
	mesh_link(m, false);
	mesh_wait(m, 15);
	assert_true(irn_peer_way(mesh_find(m, 0, 1))->dialled);
	for (size_t i = 0; i < AGAIN; i++)
		fake_greet(m, &w[i]);
	mesh_turn(m);
	assert_int_equal(links_of(m, 0, 1), 2);
	assert_true(irn_peer_way(mesh_find(m, 0, 1))->dialled);
	for (size_t i = 0; i < AGAIN; i++)
		wire_fini(&w[i]);
}

static bool can_log_in(struct mesh *m, struct wire *w, const char *from, long password)
{
	struct startup_text t;
	uint64_t until = real_ms() + RIG_WAIT_MS;
	wire_open(&m->at[0], w, from);
	wire_say(w, mud_startup(&t, "Alpha", password));
	while (!w->ended && !got_has(&w->got, "startup-reply")) {
		wire_turn(w);
		assert_true(real_ms() < until);
	}
	return got_has(&w->got, "startup-reply");
}

// The peer says that Alpha is where the peer is, at 127.0.0.1.
static void steal(struct mesh *m, struct wire *peer)
{
	wire_say(peer, MUDLIST("\"Alpha\":([\"connect_time\":5,\"ip\":\"127.0.0.1\",]),"));
	fake_sync(m, peer);
	check_mud(m, 0, "Alpha", "*r2", ROUTER_MUD_UP);
}

static void a_name_cannot_be_stolen_by_claiming_an_address_for_it(void **state)
{
	struct mesh *m = *state;
	struct wire peer, mud, thief;
	fake_link(m, &peer, false);
	assert_true(can_log_in(m, &mud, "127.0.0.2", 0));
	long password = password_in(&mud.got);
	wire_fini(&mud);
	mesh_turn(m);
	steal(m, &peer);
	assert_false(can_log_in(m, &thief, "127.0.0.1", password + 1));
	wire_fini(&thief);
	assert_true(can_log_in(m, &mud, "127.0.0.2", password));
	assert_int_equal(password_in(&mud.got), password);
	wire_fini(&mud);
	wire_fini(&peer);
}

static void where_a_mud_logged_in_is_known_after_a_restart(void **state)
{
	struct mesh *m = *state;
	struct disk d;
	struct wire peer, mud, thief;
	disk_make(&d);
	mesh_peer(m, 0, 1);
	for (int again = 0; again < 2; again++) {
		router_free(m->at[0].router);
		store_close(m->at[0].store);
		listener_close(m->at[0].listener);
		mesh_fill(m, 0, d.path);
		rig_listen(&m->at[0]);
		if (again)
			break;
		assert_true(can_log_in(m, &mud, "127.0.0.2", 0));
		settle(&m->at[0]);
		wire_fini(&mud);
		mesh_turn(m);
	}
	fake_greet(m, &peer);
	steal(m, &peer);
	assert_false(can_log_in(m, &thief, "127.0.0.1", 1));
	wire_fini(&thief);
	wire_fini(&peer);
	disk_remove(&d);
}

static void nobody_logged_in_later_than_now(void **state)
{
	struct mesh *m = *state;
	struct wire w;
	fake_link(m, &w, false);
	wire_say(&w, MUDLIST("\"Far\":" RECORD("Far", "*r2", 1700003000) ",\"Last\":" RECORD(
			     "Last", "*r2", 9000000000000000000) ","));
	fake_sync(m, &w);
	assert_int_equal(mud_at(m, 0, "Far")->since_s, 1700003000);
	assert_int_equal(mud_at(m, 0, "Last")->since_s, 0);
	check_mud(m, 0, "Last", "*r2", ROUTER_MUD_UP);
	wire_fini(&w);
}

static void say_muds(struct wire *w, int from, int n, const char *record)
{
	struct buf text = {0};
	buf_printf(&text, "({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([");
	for (int i = from; i < from + n; i++)
		buf_printf(&text, "\"Far%d\":%s,", i, record);
	buf_printf(&text, "]),})");
	buf_char(&text, '\0');
	wire_say(w, text.p);
	buf_fini(&text);
}

static void deletions_of_a_peer_leave_room_for_muds_of_ours(void **state)
{
	enum { BATCHES = 6 };
	struct mesh *m = *state;
	struct router *r = m->at[0].router;
	struct wire w;
	fake_link(m, &w, false);
	for (int i = 0; i < BATCHES; i++) {
		say_muds(&w, i * IRN_MUDS_MAX, IRN_MUDS_MAX, "([])");
		say_muds(&w, i * IRN_MUDS_MAX, IRN_MUDS_MAX, "0");
		fake_sync(m, &w);
	}
	assert_int_equal(map_count(&r->muds), IRN_MUDS_ALL_MAX);
	router_begin(r);
	router_lists_tell(r);
	router_end(r);
	say_muds(&w, 0, IRN_MUDS_MAX, "([\"connect_time\":5,])"); // the oldest deletions go
	fake_sync(m, &w);
	check_mud(m, 0, "Far499", "*r2", ROUTER_MUD_UP);
	assert_int_equal(map_count(&r->muds), IRN_MUDS_ALL_MAX);
	wire_fini(&w);
}

static void a_mud_that_comes_back_owns_no_more_than_it_may(void **state)
{
	enum { GIFTS = 100 };
	struct mesh *m = *state;
	struct wire w;
	struct mate a;
	struct buf text = {0};
	mud_login(m, 0, &a, "Local");
	fake_link(m, &w, false);
	mate_fini(&a);
	wire_say(&w, MUDLIST("\"Local\":" RECORD("Local", "*r2", 5) ","));
	for (int i = 0; i < GIFTS; i++) {
		buf_clear(&text);
		buf_printf(&text,
			"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":"
			"([\"gift%d\":({0,\"Local\",({}),}),]),]),})",
			i);
		buf_char(&text, '\0');
		wire_say(&w, text.p);
	}
	fake_sync(m, &w);
	mud_login(m, 0, &a, "Local");
	struct map *all = &m->at[0].router->channels;
	size_t ours = 0;
	for (struct map_at at = map_first(all); at.value; at = map_next(at)) {
		const struct router_channel *c = at.value;
		ours += !c->router[0] && router_channel_owns(c, SPAN("Local"));
	}
	assert_int_equal(ours, ROUTER_CHANNELS_PER_MUD);
	buf_fini(&text);
	mate_fini(&a);
	wire_fini(&w);
}

static void names_that_look_like_others_are_not_taken(void **state)
{
	static const char *const unseen[] = {"\xe2\x81\xa0", "\xe3\x85\xa4", "\xcd\x8f", "\xd8\x9c",
		"\xe1\xa0\x8e", "\xef\xb8\x8f", "\xf3\xa0\x80\xa0", "\xe2\x80\x8b"};
	struct mesh *m = *state;
	struct wire w;
	struct buf text = {0};
	fake_link(m, &w, false);
	for (size_t i = 0; i < countof(unseen); i++) {
		buf_clear(&text);
		buf_printf(&text,
			"({\"irn-mudlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"Fa%sr\":([]),]),})",
			unseen[i]);
		buf_char(&text, '\0');
		wire_say(&w, text.p);
		buf_clear(&text);
		buf_printf(&text,
			"({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":"
			"([\"d%schat\":({0,\"O\",}),\"dchat \":({0,\"O\",}),]),]),})",
			unseen[i]);
		buf_char(&text, '\0');
		wire_say(&w, text.p);
	}
	wire_say(&w, MUDLIST("\"Fär\":([]),"));
	fake_sync(m, &w);
	assert_non_null(mud_at(m, 0, "Fär"));
	assert_int_equal(map_count(&m->at[0].router->muds), 1);
	assert_int_equal(map_count(&m->at[0].router->channels), 2);
	buf_fini(&text);
	wire_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TWO(a_peer_that_dials_again_and_again_has_one_link_of_its_own),
		ONE(a_name_cannot_be_stolen_by_claiming_an_address_for_it),
		ONE(where_a_mud_logged_in_is_known_after_a_restart),
		ONE(nobody_logged_in_later_than_now),
		ONE(deletions_of_a_peer_leave_room_for_muds_of_ours),
		ONE(a_mud_that_comes_back_owns_no_more_than_it_may),
		ONE(names_that_look_like_others_are_not_taken),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
