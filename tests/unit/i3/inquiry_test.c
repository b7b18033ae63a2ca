// SPDX-License-Identifier: MIT
// What other MUDs ask, answered by ours: the event, the answer's packet, and what is said instead
// when no answer comes.
#include "tap_rig.h"

#define ALICE "({([\"name\":\"Alice\",\"title\":\"the Bold\",\"level\":7,\"idle\":12,]),})"
#define WHO   "({\"who-req\",5,\"TMIMUD\",\"Bob X\",\"Example\",0,})"
#define WHO_FROM_PRESENCE                                                                          \
	"({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"Bob X\",({({\"Alice\",12,"                   \
	"\"Level 7 - the Bold\",}),}),})\n"
#define FINGER "({\"finger-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"ALICE\",})"
#define LOCATE "({\"locate-req\",5,\"TMIMUD\",\"bob\",0,0,\"alice\",})"

static void presence(struct tap *w, const char *users)
{
	struct arena arena = {0};
	struct span in = span_str(users);
	struct value v;
	struct lpc_error e;
	assert_true(lpc_read(&arena, &in, &v, &e));
	assert_int_equal(presence_hear(&w->link->identity->presence,
				 &(struct presence_news){.users = &v}, clock_ms()),
		PRESENCE_TAKEN);
	arena_fini(&arena);
}

static struct queries *queries(struct tap *w)
{
	return &w->link->identity->queries;
}

static void want(struct tap *w, enum query_kind kind)
{
	w->bed->ears[0].session->wants |= 1u << kind;
	presence(w, ALICE);
}

// The newest open one is answered with a value written as LPC.
static enum sent reply(struct tap *w, const char *text)
{
	struct arena arena = {0};
	struct span in = span_str(text);
	struct value v;
	struct lpc_error e;
	if (!lpc_read(&arena, &in, &v, &e))
		fail_msg("%s: %s", text, e.why);
	struct link *last = queries(w)->open.prev;
	assert_ptr_not_equal(last, &queries(w)->open);
	struct query *r = container_of(last, struct query, link);
	enum sent sent = r->run(r, &v);
	arena_fini(&arena);
	return sent;
}

static void pass(struct tap *w, uint64_t ms)
{
	clock_set(clock_ms() + ms, clock_wall_us());
	w->link->inquiries.timer.run(&w->link->inquiries.timer);
}

static void check_sent(struct tap *w, const char *packets)
{
	check_text(buf_bytes(&w->sent), packets);
}

static void check_told(struct tap *w, const char *events)
{
	check_text(buf_bytes(&w->bed->ears[0].told), events);
}

static void each_request_is_an_event_and_its_answer_a_packet(void **state)
{
	static const struct {
		enum query_kind kind;
		const char *packet, *event, *answer, *reply;
	} rows[] = {
		{QUERY_WHO, WHO,
			"who_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"Bob X\","
			"\"request_id\":\"who-1\",])\n",
			"({([\"name\":\"Zoe\",\"idle\":3,\"extra\":\"elf\x1b[1m\",]),([\"name\":"
			"\"Ann\\\"\",\"level\":2,\"title\":\"x\",]),})",
			"({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"Bob X\",({({\"Zoe\",3,"
			"\"elf[1m\",}),({\"Ann\\\"\",0,\"Level 2 - x\",}),}),})\n"},
		{QUERY_FINGER, FINGER,
			"finger_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"user\":"
			"\"ALICE\",\"request_id\":\"finger-2\",])\n",
			"([\"user_info\":([\"name\":\"Alice\",\"title\":\"t\",\"email\":\"a@b\","
			"\"idle_time\":-1,\"level\":\"wiz\",\"extra\":\"plan\r\",]),])",
			"({\"finger-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"Alice\",\"t\",0,"
			"\"a@b\",0,-1,0,\"wiz\",\"plan\r\",})\n"},
		{QUERY_FINGER, FINGER,
			"finger_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"user\":"
			"\"ALICE\",\"request_id\":\"finger-3\",])\n",
			"([\"user_info\":([]),])",
			"({\"finger-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"ALICE\",0,0,"
			"0,0,0,0,0,0,})\n"},
		{QUERY_FINGER, FINGER,
			"finger_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"user\":"
			"\"ALICE\",\"request_id\":\"finger-4\",])\n",
			"([])",
			"({\"error\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"unk-user\",\"no such "
			"user is logged on\"," FINGER ",})\n"},
		{QUERY_CHANNEL_WHO,
			"({\"chan-who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"dchat\",})",
			"channel_who_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\","
			"\"channel\":\"dchat\",\"request_id\":\"channel_who-5\",])\n",
			"({\"Zoe\",\"Ann\",})",
			"({\"chan-who-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"dchat\","
			"({\"Zoe\",\"Ann\",}),})\n"},
	};
	struct tap *w = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		want(w, rows[i].kind);
		clear(w);
		hear(w, rows[i].packet);
		check_sent(w, "");
		check_told(w, rows[i].event);
		assert_int_equal(reply(w, rows[i].answer), SENT);
		check_sent(w, rows[i].reply);
		assert_true(list_empty(&queries(w)->open));
	}
}

// LPC has no booleans; the API's answers have.
static enum sent answer_pairs(struct tap *w, const struct value *pairs, size_t n)
{
	struct value v = value_map(pairs, n);
	struct query *r = container_of(queries(w)->open.prev, struct query, link);
	return r->run(r, &v);
}

static void a_player_looked_for_is_answered_for_or_kept_silent_about(void **state)
{
	struct tap *w = *state;
	struct value found[] = {value_str("found"), value_bool(true), value_str("name"),
		value_str("Alice"), value_str("idle"), value_int(4), value_str("status"),
		value_str("hidden")};
	struct value lost[] = {value_str("found"), value_bool(false)};
	want(w, QUERY_LOCATE);
	hear(w, LOCATE);
	check_told(w, "locate_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"user\":"
		      "\"alice\",\"request_id\":\"locate-1\",])\n");
	answer_pairs(w, found, 4);
	check_sent(w, "({\"locate-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"Example\","
		      "\"Alice\",4,\"hidden\",})\n");
	clear(w);
	hear(w, LOCATE);
	assert_int_equal(answer_pairs(w, lost, 1), SENT);
	check_sent(w, "");
	hear(w, LOCATE);
	answer_pairs(w, found, 1);
	check_sent(w, "({\"locate-reply\",5,\"Example\",0,\"TMIMUD\",\"bob\",\"Example\","
		      "\"alice\",0,0,})\n");
}

static void who_is_on_a_channel_is_told_with_a_gender(void **state)
{
	struct tap *w = *state;
	struct value found[] = {value_str("found"), value_bool(true), value_str("visname"),
		value_str("Alice"), value_str("gender"), value_int(1)};
	struct value lost[] = {value_str("found"), value_bool(false)};
	const char *packet = "({\"chan-user-req\",5,\"TMIMUD\",0,\"Example\",0,\"aLice\",})";
	want(w, QUERY_CHANNEL_USER);
	hear(w, packet);
	check_told(w, "channel_user_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"\",\"user\":"
		      "\"aLice\",\"request_id\":\"channel_user-1\",])\n");
	answer_pairs(w, found, 3);
	check_sent(w, "({\"chan-user-reply\",5,\"Example\",0,\"TMIMUD\",0,\"aLice\",\"Alice\",1,"
		      "})\n");
	clear(w);
	hear(w, packet);
	answer_pairs(w, lost, 1);
	assert_non_null(strstr(sent_text(w), "\"unk-user\""));
}

static void without_an_answer_in_time_presence_answers(void **state)
{
	struct tap *w = *state;
	want(w, QUERY_WHO);
	hear(w, WHO);
	pass(w, 4999);
	check_sent(w, "");
	pass(w, 1);
	check_sent(w, WHO_FROM_PRESENCE);
	assert_true(list_empty(&queries(w)->open));
}

static void the_last_session_to_go_leaves_the_answer_to_presence(void **state)
{
	struct tap *w = *state;
	struct session_spec spec = {.rights = RIGHT_ALL,
		.wire = WIRE_LINE,
		.outlet = w->bed->ears[0].session->outlet,
		.outlet_to = &w->bed->ears[1]};
	struct session *other = session_open(w->link->identity, &spec);
	want(w, QUERY_WHO);
	other->wants = 1u << QUERY_WHO;
	hear(w, WHO);
	session_close(other);
	check_sent(w, "");
	w->bed->ears[0].session->wants = 0;
	queries_unwanted(w->link->identity);
	check_sent(w, WHO_FROM_PRESENCE);
}

static void only_sessions_that_want_it_and_may_hear_it_are_asked(void **state)
{
	struct tap *w = *state;
	struct session *s = w->bed->ears[0].session;
	want(w, QUERY_FINGER);
	hear(w, WHO);
	check_told(w, "");
	check_sent(w, WHO_FROM_PRESENCE);
	clear(w);
	s->wants = 1u << QUERY_WHO;
	s->rights = RIGHT_TELL;
	hear(w, WHO);
	check_told(w, "");
	check_sent(w, WHO_FROM_PRESENCE);
}

static void a_flood_of_requests_is_answered_from_presence_at_once(void **state)
{
	struct tap *w = *state;
	want(w, QUERY_WHO);
	for (int i = 0; i < QUERIES_MAX; i++)
		hear(w, WHO);
	check_sent(w, "");
	hear(w, WHO);
	check_sent(w, WHO_FROM_PRESENCE);
	reply(w, "({})");
	clear(w);
	hear(w, WHO);
	check_sent(w, "");
}

static void a_huge_question_is_not_kept(void **state)
{
	struct tap *w = *state;
	struct buf packet = {0};
	buf_str(&packet, "({\"who-req\",5,\"TMIMUD\",\"bob\",\"Example\",0,\"");
	for (int i = 0; i < INQUIRY_BYTES_MAX; i++)
		buf_char(&packet, 'x');
	buf_lit(&packet, "\",})\0");
	want(w, QUERY_WHO);
	hear(w, packet.p);
	assert_true(list_empty(&queries(w)->open));
	assert_non_null(strstr(sent_text(w), "who-reply"));
	buf_fini(&packet);
}

static void a_long_answer_is_cut_to_one_packet(void **state)
{
	struct tap *w = *state;
	struct buf users = {0};
	want(w, QUERY_WHO);
	hear(w, WHO);
	buf_str(&users, "({");
	for (int i = 0; i < 2000; i++)
		buf_printf(&users, "([\"name\":\"user%d\",\"title\":\"\\\"quoted\\\"\",]),", i);
	buf_lit(&users, "})\0");
	assert_int_equal(reply(w, users.p), SENT);
	assert_true(w->sent.n > PACKET_BYTES_MAX / 2 && w->sent.n < PACKET_BYTES_MAX);
	buf_fini(&users);
}

static void what_was_open_goes_with_the_link(void **state)
{
	struct tap *w = *state;
	want(w, QUERY_WHO);
	hear(w, WHO);
	link_fail(w->link, "the test says so");
	assert_true(list_empty(&queries(w)->open));
	check_sent(w, "");
}

static enum sent full(struct carrier *c, const struct value *packet, unsigned cost)
{
	(void)c;
	(void)packet;
	(void)cost;
	return SENT_FULL;
}

static void an_answer_there_is_no_room_for_may_be_given_again(void **state)
{
	static const struct carrier_ops ops = {
		true, full, tap_bid, tap_quiet, tap_quiet, tap_close};
	struct tap *w = *state;
	want(w, QUERY_WHO);
	hear(w, WHO);
	w->carrier.ops = &ops;
	assert_int_equal(reply(w, "({})"), SENT_FULL);
	w->carrier.ops = &tap_ops;
	assert_int_equal(reply(w, "({})"), SENT);
	check_sent(w, "({\"who-reply\",5,\"Example\",0,\"TMIMUD\",\"Bob X\",({}),})\n");
}

static void broadcasts_are_nobodys_request(void **state)
{
	static const char *const packets[] = {"({\"who-req\",5,\"TMIMUD\",\"bob\",0,0,})",
		"({\"finger-req\",5,\"TMIMUD\",\"bob\",0,0,\"alice\",})",
		"({\"chan-who-req\",5,\"TMIMUD\",\"bob\",0,0,\"dchat\",})",
		"({\"chan-user-req\",5,\"TMIMUD\",\"bob\",0,0,\"alice\",})"};
	struct tap *w = *state;
	presence(w, ALICE);
	w->bed->ears[0].session->wants = UINT32_MAX;
	for (size_t i = 0; i < countof(packets); i++)
		hear(w, packets[i]);
	check_told(w, "");
	check_sent(w, "");
}

static void every_identity_answers_for_itself(void **state)
{
	struct tap *w = *state;
	struct i3_link *other = bed_link(w->bed, "Other");
	struct arena arena = {0};
	struct span in = SPAN("({\"who-req\",5,\"TMIMUD\",\"bob\",\"Other\",0,})");
	struct value v;
	struct lpc_error e;
	presence(w, ALICE);
	other->carrier = &w->carrier;
	other->state = LINK_READY;
	w->bed->ears[1].session->wants = 1u << QUERY_WHO;
	assert_true(lpc_read(&arena, &in, &v, &e));
	link_heard(other, &v);
	check_told(w, "");
	check_sent(w, "");
	check_text(buf_bytes(&w->bed->ears[1].told),
		"who_request ([\"from_mud\":\"TMIMUD\",\"from_user\":\"bob\",\"request_id\":"
		"\"who-1\",])\n");
	queries_expire(&other->identity->queries, clock_ms() + 5000);
	check_sent(w, "({\"who-reply\",5,\"Other\",0,\"TMIMUD\",\"bob\",({}),})\n");
	hear(w, WHO);
	assert_non_null(strstr(sent_text(w), WHO_FROM_PRESENCE));
	arena_fini(&arena);
}

// --- filtered channels ---

#define FILTER(line) "({\"chan-filter-req\",5,\"*i4\",0,\"Example\",0,\"mod\"," line ",})"
#define LINE(type, text)                                                                           \
	"({\"channel-" type "\",5,\"TMIMUD\",\"bob\",0,0,\"mod\",\"Bob\",\"" text "\",})"
#define REPLY(line) "({\"chan-filter-reply\",5,\"Example\",0,\"*i4\",0,\"mod\"," line ",})\n"
#define AIMED(others, target)                                                                      \
	"({\"channel-t\",5,\"TMIMUD\",\"bob\",0,0,\"mod\",\"Example\",\"alice\",\"" others         \
	"\",\"" target "\",\"Bob\",\"Alice\",})"

static void allow(struct tap *w, bool allowed, const struct value *more, size_t n)
{
	struct value pairs[8] = {value_str("allow"), value_bool(allowed)};
	if (n)
		memcpy(pairs + 2, more, 2 * n * sizeof *more);
	assert_int_equal(answer_pairs(w, pairs, n + 1), SENT);
}

static void a_line_is_published_as_it_is_or_edited(void **state)
{
	struct tap *w = *state;
	struct value text[] = {
		value_str("message"), value_str("h*"), value_str("visname"), value_str("Robert\n")};
	want(w, QUERY_CHANNEL_FILTER);
	hear(w, FILTER(LINE("m", "hell")));
	check_told(w, "channel_filter ([\"channel\":\"mod\",\"type\":\"message\",\"from_mud\":"
		      "\"TMIMUD\",\"from_user\":\"bob\",\"visname\":\"Bob\",\"message\":\"hell\","
		      "\"request_id\":\"channel_filter-1\",])\n");
	allow(w, true, NULL, 0);
	check_sent(w, REPLY(LINE("m", "hell")));
	clear(w);
	hear(w, FILTER(LINE("m", "hell")));
	allow(w, true, text, 2);
	check_sent(w, REPLY("({\"channel-m\",5,\"TMIMUD\",\"bob\",0,0,\"mod\",\"Robert \","
			    "\"h*\",})"));
}

static void a_flood_of_other_requests_keeps_no_line_from_the_filter(void **state)
{
	struct tap *w = *state;
	want(w, QUERY_WHO);
	want(w, QUERY_CHANNEL_FILTER);
	for (int i = 0; i < 2 * QUERIES_MAX; i++)
		hear(w, WHO);
	clear(w);
	hear(w, FILTER(LINE("m", "hell")));
	assert_true(span_starts(buf_bytes(&w->bed->ears[0].told), SPAN("channel_filter ")));
}

static void emotes_are_shown_without_the_name_and_get_it_back(void **state)
{
	struct tap *w = *state;
	struct value text[] = {value_str("message"), value_str("nods.")};
	want(w, QUERY_CHANNEL_FILTER);
	hear(w, FILTER(LINE("e", "$N waves.")));
	assert_non_null(strstr(ear_text(&w->bed->ears[0]), "\"type\":\"emote\""));
	assert_non_null(strstr(w->bed->ears[0].told.p, "\"message\":\"waves.\""));
	allow(w, true, text, 1);
	check_sent(w, REPLY(LINE("e", "$N nods.")));
}

static void a_new_text_reaches_the_target_of_an_emote_too(void **state)
{
	struct tap *w = *state;
	struct value text[] = {value_str("message"), value_str("$N smiles."),
		value_str("message_target"), value_str("$N smiles at you.")};
	want(w, QUERY_CHANNEL_FILTER);
	hear(w, FILTER(AIMED("$N bites $O.", "$N bites you.")));
	check_told(w, "channel_filter ([\"channel\":\"mod\",\"type\":\"targeted\",\"from_mud\":"
		      "\"TMIMUD\",\"from_user\":\"bob\",\"visname\":\"Bob\",\"message\":\"$N "
		      "bites $O.\",\"target_mud\":\"Example\",\"target_user\":\"alice\","
		      "\"target_visname\":\"Alice\",\"message_target\":\"$N bites you.\","
		      "\"request_id\":\"channel_filter-1\",])\n");
	allow(w, true, text, 1);
	check_sent(w, REPLY(AIMED("$N smiles.", "$N smiles.")));
	clear(w);
	hear(w, FILTER(AIMED("$N bites $O.", "$N bites you.")));
	allow(w, true, text, 2);
	check_sent(w, REPLY(AIMED("$N smiles.", "$N smiles at you.")));
}

static void what_is_refused_or_not_answered_is_not_published_and_counted(void **state)
{
	struct tap *w = *state;
	int64_t before = metric_get(METRIC_I3_FILTERED);
	hear(w, FILTER(LINE("m", "nobody listens"))); // no session wants it
	want(w, QUERY_CHANNEL_FILTER);
	hear(w, FILTER(LINE("m", "no")));
	allow(w, false, NULL, 0);
	hear(w, FILTER(LINE("m", "late")));
	pass(w, 9999);
	assert_int_equal(queries(w)->n[QUERY_CHANNEL_FILTER], 1);
	pass(w, 1);
	assert_true(list_empty(&queries(w)->open));
	check_sent(w, "");
	assert_int_equal(metric_get(METRIC_I3_FILTERED) - before, 3);
}

static void only_the_router_may_ask_for_a_filter_and_only_for_lines(void **state)
{
	static const char *const packets[] = {
		"({\"chan-filter-req\",5,\"TMIMUD\",0,\"Example\",0,\"mod\"," LINE(
			"m", "forged") ",})",
		FILTER("({\"tell\",5,\"TMIMUD\",\"bob\",\"Example\",\"alice\",\"mod\",\"x\",\"y\","
		       "})"),
		FILTER("({\"channel-m\",5,\"TMIMUD\",\"bob\",0,0,\"else\",\"Bob\",\"x\",})"),
		FILTER("({\"channel-t\",5,\"TMIMUD\",\"bob\",0,0,\"mod\",\"Bob\",\"x\",})"),
		FILTER("({\"channel-m\",})"), FILTER("7")};
	struct tap *w = *state;
	want(w, QUERY_CHANNEL_FILTER);
	for (size_t i = 0; i < countof(packets); i++)
		hear(w, packets[i]);
	check_told(w, "");
	check_sent(w, "");
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(each_request_is_an_event_and_its_answer_a_packet),
		CASE(a_player_looked_for_is_answered_for_or_kept_silent_about),
		CASE(who_is_on_a_channel_is_told_with_a_gender),
		CASE(without_an_answer_in_time_presence_answers),
		CASE(the_last_session_to_go_leaves_the_answer_to_presence),
		CASE(only_sessions_that_want_it_and_may_hear_it_are_asked),
		CASE(a_flood_of_requests_is_answered_from_presence_at_once),
		CASE(a_flood_of_other_requests_keeps_no_line_from_the_filter),
		CASE(a_huge_question_is_not_kept),
		CASE(a_long_answer_is_cut_to_one_packet),
		CASE(what_was_open_goes_with_the_link),
		CASE(an_answer_there_is_no_room_for_may_be_given_again),
		CASE(broadcasts_are_nobodys_request),
		CASE(every_identity_answers_for_itself),
		CASE(a_line_is_published_as_it_is_or_edited),
		CASE(emotes_are_shown_without_the_name_and_get_it_back),
		CASE(a_new_text_reaches_the_target_of_an_emote_too),
		CASE(what_is_refused_or_not_answered_is_not_published_and_counted),
		CASE(only_the_router_may_ask_for_a_filter_and_only_for_lines),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
