// SPDX-License-Identifier: MIT
// Packets and channels between routers.
#include "irn_rig.h"

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
	struct mate a[2], b;
	static const char *const said[] = {
		"({\"tell\",5,\"Alpha\",\"ann\",\"Beta\",\"bob\",\"Ann\",\"hi\",})",
		"({\"channel-m\",5,\"Aleph\",\"ann\",0,0,\"dchat\",\"Ann\",\"hi all\",})"};
	static const char *const names[] = {"Alpha", "Aleph"};
	mud_login(m, 1, &b, "Beta");
	listen_to(&b, "Beta", "dchat");
	mesh_link(m, false);
	for (size_t i = 0; i < 2; i++) {
		mate_attach(&m->at[0], &a[i]);
		say_to_router(&a[i], mud_startup(&t, names[i], 0));
		settle(&m->at[0]);
		say_to_router(&a[i], said[i]);
		mesh_turn(m); // and nobody was told anything in between
	}
	assert_int_equal(got_count(&b.got, "tell"), 1);
	assert_int_equal(got_count(&b.got, "channel-m"), 1);
	for (size_t i = 0; i < 2; i++)
		mate_fini(&a[i]);
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

static void a_channel_removed_while_apart_goes_when_it_is_not_told_of_again(void **state)
{
	struct mesh *m = *state;
	struct mate a, b;
	mud_login(m, 0, &a, "Alpha");
	mud_login(m, 1, &b, "Beta");
	mesh_link(m, false);
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"goes\",0,})");
	say_to_router(&a, "({\"channel-add\",5,\"Alpha\",0,\"*r1\",0,\"stays\",0,})");
	mesh_settle(m);
	mesh_cut(m, 0, 1);
	say_to_router(&a, "({\"channel-remove\",5,\"Alpha\",0,\"*r1\",0,\"goes\",})");
	mesh_wait(m, 60);
	assert_true(mesh_is_up(m));
	assert_non_null(router_channel_find(m->at[1].router, SPAN("goes")));
	mesh_wait(m, IRN_RELEARN_MS / 1000);
	assert_null(router_channel_find(m->at[1].router, SPAN("goes")));
	assert_non_null(router_channel_find(m->at[1].router, SPAN("stays")));
	mate_fini(&a);
	mate_fini(&b);
}

// What *r2 says is of yesterday: the owner has moved to *r3 since.
static void of_two_peers_with_a_channel_the_one_that_has_its_owner_counts(void **state)
{
	struct mesh *m = *state;
	struct wire w2, w3;
	mesh_peer(m, 0, 1);
	mesh_peer(m, 0, 2);
	mesh_configure(m);
	fake_greet(m, &w2);
	fake_open(m, &w3);
	wire_say(&w3, "({\"irn-startup-req\",5,\"*r3\",0,\"*r1\",0,([\"client_password\":1033,"
		      "\"server_password\":3011,]),})");
	wire_say(&w3, "({\"irn-mudlist-delta\",5,\"*r3\",0,\"*r1\",0,1,([\"Far\":" RECORD(
			      "Far", "*r3", 5) ",]),})");
	wire_wait(&w3, "irn-startup-req");
	mesh_turn(m);
	wire_say(&w2, "({\"irn-chanlist-delta\",5,\"*r2\",0,\"*r1\",0,1,([\"channels\":([\"x\":"
		      "({0,\"Far\",({}),}),]),]),})");
	fake_sync(m, &w2);
	const struct router_channel *c = router_channel_find(m->at[0].router, SPAN("x"));
	assert_string_equal(c->router, "*r2");
	wire_wait(&w3, "irn-chanlist-delta");
	got_clear(&w3.got);
	wire_say(&w3, "({\"irn-chanlist-delta\",5,\"*r3\",0,\"*r1\",0,1,([\"channels\":([\"x\":"
		      "({0,\"Far\",({}),}),]),]),})");
	wire_say(&w3, "({\"irn-chanlist-req\",5,\"*r3\",0,\"*r1\",0,})");
	wire_wait(&w3, "irn-chanlist-delta");
	assert_string_equal(c->router, "*r3");
	wire_fini(&w2);
	wire_fini(&w3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		TWO(a_channel_removed_while_apart_goes_when_it_is_not_told_of_again),
		ONE(of_two_peers_with_a_channel_the_one_that_has_its_owner_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
