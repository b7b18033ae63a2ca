// SPDX-License-Identifier: MIT
// A tell is "sent" until an error says otherwise: which errors do, of which tell, and what is told.
#include "tap_rig.h"

#define FAILED(id, code, text)                                                                     \
	"tell_failed ([\"message_id\":\"" id "\",\"code\":\"" code "\",\"text\":\"" text           \
	"\",\"to_mud\":\"TMIMUD\",\"to_user\":\"zed\",\"from_user\":\"alice\",])\n"
#define PACKET(text)                                                                               \
	"({\"tell\",5,\"Example\",\"alice\",\"TMIMUD\",\"zed\",\"alice\",\"" text "\",})"

static void tell(struct tap *w, const char *id, const char *text)
{
	struct intent i = {.kind = INTENT_TELL,
		.from_user = SPAN("alice"),
		.target_mud = SPAN("tmimud"),
		.target_user = SPAN("Zed"),
		.text = span_str(text),
		.message_id = span_str(id)};
	assert_int_equal(w->link->uplink.ops->submit(&w->link->uplink, &i), SENT);
}

static void error(struct tap *w, const char *from, const char *code, const char *about)
{
	char packet[500];
	snprintf(packet, sizeof packet,
		"({\"error\",5,\"%s\",0,\"Example\",\"alice\",\"%s\",\"no\",%s,})", from, code,
		about);
	clear(w);
	hear(w, packet);
}

// Is it told which tell failed?  "" when none did.
static void check_failed(struct tap *w, const char *want)
{
	const char *told = ear_text(&w->bed->ears[0]);
	const char *failed = strstr(told, "tell_failed");
	assert_string_equal(failed ? failed : "", want);
	assert_non_null(strstr(told, "error_occurred")); // as ever
}

static void the_tell_an_error_quotes_has_failed(void **state)
{
	struct tap *w = *state;
	tell(w, "t1", "one");
	tell(w, "t2", "two");
	error(w, "TMIMUD", "unk-user", PACKET("two"));
	check_failed(w, FAILED("t2", "unk-user", "no"));
	error(w, "*i4", "unk-dst", PACKET("one, but as a router changed it"));
	check_failed(w, FAILED("t1", "unk-dst", "no"));
	error(w, "*i4", "unk-dst", PACKET("one"));
	check_failed(w, ""); // it has failed already
}

static void an_error_without_a_packet_is_about_the_oldest_tell_of_its_user(void **state)
{
	struct tap *w = *state;
	tell(w, "t1", "one");
	tell(w, "t2", "two");
	error(w, "TMIMUD", "unk-user", "0");
	check_failed(w, FAILED("t1", "unk-user", "no"));
	error(w, "*i4", "unk-dst", "({})");
	check_failed(w, FAILED("t2", "unk-dst", "no"));
}

static void other_errors_are_not_about_a_tell(void **state)
{
	static const char *const rows[][3] = {
		{"Elsewhere", "unk-user", "0"},           // not the MUD it went to
		{"Elsewhere", "unk-user", PACKET("one")}, // the same, with a packet to show
		{"*i4", "warning", "0"},                  // no failure
		{"TMIMUD", "unk-user",
			"({\"finger-req\",5,\"Example\",\"alice\",\"TMIMUD\",0,"
			"\"zed\",})"}, // about something else
		{"TMIMUD", "unk-user",
			"({\"tell\",5,\"Example\",\"alice\",\"TMIMUD\",\"eve\","
			"\"alice\",\"one\",})"}, // to somebody else
	};
	struct tap *w = *state;
	tell(w, "t1", "one");
	for (size_t i = 0; i < countof(rows); i++) {
		error(w, rows[i][0], rows[i][1], rows[i][2]);
		check_failed(w, "");
	}
	hear(w, "({\"error\",5,\"TMIMUD\",0,\"Example\",\"other\",\"unk-user\",\"no\",0,})");
	check_failed(w, "");
}

static void what_may_be_about_a_question_is_not_guessed_to_be_about_a_tell(void **state)
{
	struct tap *w = *state;
	struct intent finger = {.kind = INTENT_FINGER,
		.from_user = SPAN("alice"),
		.target_mud = SPAN("TMIMUD"),
		.target_user = SPAN("zed")};
	tell(w, "t1", "one");
	w->link->uplink.ops->submit(&w->link->uplink, &finger);
	error(w, "TMIMUD", "unk-user", "0");
	check_failed(w, "");
	error(w, "*i4", "unk-dst", "0");
	check_failed(w, "");
}

static void what_refuses_a_channel_by_its_name_is_not_about_a_tell(void **state)
{
	struct tap *w = *state;
	submit(w, (struct intent){.kind = INTENT_CHANNEL_CREATE,
			  .from_user = SPAN("alice"),
			  .channel = SPAN("mine")});
	tell(w, "t1", "one");
	clear(w);
	hear(w, "({\"error\",5,\"*i4\",0,\"Example\",\"alice\",\"not-allowed\",\"mine exists\",0,"
		"})");
	check_failed(w, "");
}

static void a_beep_fails_as_a_tell_does(void **state)
{
	static const char *const quote =
		"({\"beep\",5,\"Example\",\"alice\",\"TMIMUD\",\"zed\",\"alice\",})";
	struct tap *w = *state;
	struct intent i = {.kind = INTENT_BEEP,
		.from_user = SPAN("alice"),
		.target_mud = SPAN("tmimud"),
		.target_user = SPAN("Zed"),
		.message_id = SPAN("b1")};
	struct answer_key key = {.kind = ANSWER_TELL, .user = i.message_id};
	tell(w, "t1", "one");
	assert_int_equal(w->link->uplink.ops->submit(&w->link->uplink, &i), SENT);
	error(w, "TMIMUD", "unk-type", quote);
	check_failed(w, FAILED("b1", "unk-type", "no"));
	assert_non_null(answers_find(&w->link->identity->answers, &key, clock_ms()));
	error(w, "TMIMUD", "unk-type", quote);
	check_failed(w, ""); // the tell stands
}

static void after_a_minute_nothing_is_known_of_it(void **state)
{
	struct tap *w = *state;
	tell(w, "t1", "one");
	clock_set(clock_ms() + TOLD_MS, 1700000000000000);
	error(w, "TMIMUD", "unk-user", PACKET("one"));
	check_failed(w, "");
}

static void only_so_many_are_kept(void **state)
{
	struct tap *w = *state;
	char id[20];
	for (int i = 0; i <= TOLD_MAX; i++) {
		snprintf(id, sizeof id, "t%d", i);
		tell(w, id, id);
	}
	assert_int_equal(w->link->told.n, TOLD_MAX);
	assert_null(told_find(&w->link->told, SPAN("t0")));
	assert_non_null(told_find(&w->link->told, SPAN("t1")));
}

static void a_refusal_is_the_answer_a_call_may_wait_for(void **state)
{
	struct tap *w = *state;
	struct answer_key key = {.kind = ANSWER_TELL, .user = SPAN("t1")};
	tell(w, "t1", "one");
	assert_null(answers_find(&w->link->identity->answers, &key, clock_ms()));
	error(w, "TMIMUD", "unk-user", PACKET("one"));
	const struct value *v = answers_find(&w->link->identity->answers, &key, clock_ms());
	assert_non_null(v);
	check_text(value_text(value_get(v, "error_code")), "unk-user");
	check_text(value_text(value_get(v, "error_message")), "no");
}

static enum sent queue(struct carrier *c, const struct value *packet, unsigned cost)
{
	(void)packet;
	return pacing_put(&c->link->pacing, SPAN("frame"), cost, clock_ms()) ? SENT : SENT_FULL;
}

static void what_waited_for_the_pace_when_the_link_broke_was_not_sent(void **state)
{
	static const struct carrier_ops ops = {
		true, queue, tap_bid, tap_quiet, tap_quiet, tap_close};
	struct tap *w = *state;
	w->carrier.ops = &ops;
	tell(w, "t1", "one");
	free(pacing_take(&w->link->pacing, clock_ms()));
	tell(w, "t2", "two");
	clear(w);
	link_fail(w->link, "the test says so");
	const char *told = ear_text(&w->bed->ears[0]);
	assert_non_null(strstr(
		told, FAILED("t2", "not-sent", "the link to the router broke before it had left")));
	assert_null(strstr(told, "\"t1\""));
	assert_non_null(strstr(told, "error_occurred"));
}

static enum sent full(struct carrier *c, const struct value *packet, unsigned cost)
{
	(void)c;
	(void)packet;
	(void)cost;
	return SENT_FULL;
}

static void what_found_no_room_is_no_tell_of_ours(void **state)
{
	static const struct carrier_ops ops = {
		true, full, tap_bid, tap_quiet, tap_quiet, tap_close};
	struct tap *w = *state;
	struct intent i = {.kind = INTENT_EMOTETO,
		.from_user = SPAN("alice"),
		.target_mud = SPAN("TMIMUD"),
		.target_user = SPAN("zed"),
		.text = SPAN("x"),
		.message_id = SPAN("e1")};
	w->carrier.ops = &ops;
	assert_int_equal(w->link->uplink.ops->submit(&w->link->uplink, &i), SENT_FULL);
	assert_int_equal(w->link->told.n, 0);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		CASE(the_tell_an_error_quotes_has_failed),
		CASE(an_error_without_a_packet_is_about_the_oldest_tell_of_its_user),
		CASE(other_errors_are_not_about_a_tell),
		CASE(what_may_be_about_a_question_is_not_guessed_to_be_about_a_tell),
		CASE(what_refuses_a_channel_by_its_name_is_not_about_a_tell),
		CASE(a_beep_fails_as_a_tell_does),
		CASE(after_a_minute_nothing_is_known_of_it),
		CASE(only_so_many_are_kept),
		CASE(a_refusal_is_the_answer_a_call_may_wait_for),
		CASE(what_waited_for_the_pace_when_the_link_broke_was_not_sent),
		CASE(what_found_no_room_is_no_tell_of_ours),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
