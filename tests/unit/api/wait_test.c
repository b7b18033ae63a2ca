// SPDX-License-Identifier: MIT
// Calls that wait for the network: every one is answered exactly once, whatever happens meanwhile.
#include "api_rig.h"

#define WHO    "{\"target_mud\":\"Beta\",\"wait\":5}"
#define FINGER "{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"wait\":5}"
#define USERS  "[{\"name\":\"Bob\",\"idle\":1,\"level\":7,\"extra\":\"Level 7 - elf\"}]"
#define HAVE   "\"users\":" USERS ",\"count\":1}"

static void an_answer_that_comes_in_time_is_the_result(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	assert_string_equal(call(c, "who", WHO), "");
	rig_pass(4999);
	assert_string_equal(told(c), "");
	rig_put_answer(r, ANSWER_WHO, "beta", "", USERS);
	assert_string_equal(
		told(c), RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"," HAVE));
	rig_pass(100000);
	assert_string_equal(
		told(c), RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"," HAVE));
}

static void without_one_the_call_is_answered_when_its_time_is_up(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "who", WHO);
	rig_pass(5000);
	assert_string_equal(told(c), RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"}"));
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	assert_string_equal(told(c), RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"}"));
}

static void a_fresh_answer_is_given_at_once_and_nobody_is_asked(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	rig_put_answer(r, ANSWER_WHO, "BETA", "", USERS);
	check_like(call(c, "who", WHO), "~" HAVE "}");
	check_like(call(c, "who", "{\"target_mud\":\"Beta\"}"), "~" HAVE "}");
	assert_int_equal(r->up.asked.n, 0);
	rig_pass(ANSWERS_FRESH_MS);
	assert_string_equal(call(c, "who", WHO), "");
	check_text(buf_bytes(&r->up.asked), "who from=* mud=Beta\n");
}

static struct rig *answering; // fake_uplink knows no rig

static void answer_at_once(struct fake_uplink *up, const struct intent *i)
{
	(void)up;
	(void)i;
	rig_put_answer(answering, ANSWER_WHO, "Beta", "", USERS);
}

static void a_mud_in_this_process_answers_within_the_call(void **state)
{
	struct rig *r = answering = *state;
	struct conn *c = rig_login(r, "alpha-key"), *other = rig_login(r, "alpha-key");
	assert_string_equal(call(other, "who", WHO), "");
	r->up.answer = answer_at_once; // also wakes the other one, in the middle of this call
	check_like(call(c, "who", WHO), RESULT("{~" HAVE));
	check_like(told(other), RESULT("{~" HAVE));
	rig_turn_end();
	assert_int_equal(rig_timers(), 1); // the pinger
}

static void each_kind_gives_its_members(void **state)
{
	static const struct {
		enum answer_kind kind;
		const char *method, *params, *mud, *user, *answer, *want;
	} rows[] = {{ANSWER_FINGER, "finger",
			    "{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"wait\":1}", "beta",
			    "bob", "{\"name\":\"Bob\"}",
			    RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\",\"user_name\":"
				   "\"Bob\",\"user_info\":{\"name\":\"Bob\"}}")},
		{ANSWER_LOCATE, "locate", "{\"target_user\":\"Bob\",\"wait\":1}", "", "bob",
			"[{\"name\":\"Bob\",\"mud\":\"Beta\"}]",
			RESULT("{\"status\":\"requested\",\"user_name\":\"Bob\",\"locations\":[{"
			       "\"name\":\"Bob\",\"mud\":\"Beta\"}],\"found\":true,\"count\":1}")},
		{ANSWER_WHO, "who",
			"{\"target_mud\":\"Beta\",\"wait\":1,\"filters\":{\"min_level\":9}}",
			"Beta", "", USERS, "~\"users\":[],\"count\":0}}"},
		{ANSWER_WHO, "who",
			"{\"target_mud\":\"Beta\",\"wait\":1,\"filter\":{\"level_max\":7,\"race\":"
			"\"elf\"}}",
			"Beta", "", USERS, "~\"count\":1}}"}};
	struct rig *r = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct conn *c = rig_login(r, "alpha-key");
		rig_pass(ANSWERS_FRESH_MS);
		assert_string_equal(call(c, rows[i].method, rows[i].params), "");
		rig_put_answer(r, rows[i].kind, rows[i].mud, rows[i].user, rows[i].answer);
		check_like(told(c), rows[i].want);
		rig_gone(c);
	}
}

#define NO "{\"status\":\"refused\",\"error_code\":\"unk-dst\",\"error_message\":\"no\"}"

static struct rig *refusing; // fake_uplink knows no rig

static void refuse(struct fake_uplink *up, const struct intent *i)
{
	(void)up, (void)i;
	rig_put_answer(refusing, ANSWER_WHO, "Beta", "", NO);
}

static void a_refusal_is_told_to_those_who_wait_and_not_kept_for_others(void **state)
{
	struct rig *r = refusing = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->up.answer = refuse;
	check_like(call(c, "who", WHO), RESULT("{\"status\":\"refused\",\"error_code\":\"unk-dst\","
					       "\"error_message\":\"no\","
					       "\"mud_name\":\"Beta\"}"));
	check_like(call(c, "who", "{\"target_mud\":\"Beta\"}"),
		RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"}"));
	r->up.answer = NULL;
	assert_string_equal(call(c, "who", WHO), "");
	rig_put_answer(r, ANSWER_WHO, "Beta", "", NO);
	check_like(told(c), "~\"status\":\"refused\",~");
	assert_string_equal(call(c, "finger", FINGER), "");
	rig_put_answer(r, ANSWER_FINGER, "Beta", "Bob", NO);
	check_like(told(c), "~\"status\":\"refused\",~\"user_name\":\"Bob\"}}");
}

static void a_player_nobody_has_is_not_found(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	assert_string_equal(call(c, "locate", "{\"target_user\":\"Bob\",\"wait\":1}"), "");
	rig_pass(1000);
	assert_string_equal(
		told(c), RESULT("{\"status\":\"requested\",\"user_name\":\"Bob\",\"locations\":[],"
				"\"found\":false,\"count\":0}"));
}

static void players_without_an_extra_text_match_no_filter_for_one(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	rig_put_answer(r, ANSWER_WHO, "Beta", "", "[{\"name\":\"A\"},{\"extra\":\"\"}]");
	check_like(call(c, "who", "{\"target_mud\":\"Beta\",\"filters\":{\"race\":\"elf\"}}"),
		"~\"count\":0}}");
	check_like(call(c, "who", "{\"target_mud\":\"Beta\",\"filters\":{\"race\":\"\"}}"),
		"~\"count\":2}}");
}

static void the_client_may_leave_while_it_waits(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "who", WHO);
	call(c, "finger", "{\"target_mud\":\"Beta\",\"target_user\":\"b\",\"wait\":30}");
	rig_gone(c);
	assert_true(list_empty(&r->up.identity->answers.waits));
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS); // before the timers are gone
	rig_turn_end();
	assert_int_equal(rig_timers(), 1);
	rig_pass(30000);
}

static void an_answer_for_a_connection_on_its_way_out_is_dropped(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "who", WHO);
	conn_close(c, CLOSE_SHUTDOWN);
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	assert_string_equal(told(c), "");
}

static void what_a_replaced_connection_waits_for_is_dropped(void **state)
{
	struct rig *r = *state;
	struct conn *old = rig_login(r, "alpha-key"), *fresh = rig_guest(r);
	char params[128];
	call(old, "who", WHO);
	snprintf(params, sizeof params, "{\"api_key\":\"alpha-key\",\"session_id\":\"%s\"}",
		session_of(old)->id);
	check_like(call(fresh, "authenticate", params), "~\"resumed\":true~");
	assert_null(session_of(old));
	buf_clear(&old->out);
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	assert_string_equal(told(old), "");
	rig_gone(old);
	assert_non_null(session_of(fresh));
	assert_int_equal(session_of(fresh)->state, SESSION_BEHIND);
}

static void other_calls_are_answered_meanwhile(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "who", WHO);
	check_like(call(c, "ping", "{}"), "~\"pong\":true~");
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	check_like(told(c), "~\"pong\":true~{\"jsonrpc\":\"2.0\",\"id\":1,~" HAVE "}");
}

static void batches_notifications_and_long_calls_do_not_wait(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	struct buf params = {0};
	check_like(ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"who\",\"params\":" WHO "}]"),
		"[" RESULT("{\"status\":\"requested\",\"mud_name\":\"Beta\"}") "]");
	assert_string_equal(
		ask(c, "{\"jsonrpc\":\"2.0\",\"method\":\"who\",\"params\":" WHO "}"), "");
	buf_printf(&params, "{\"target_mud\":\"Beta\",\"wait\":5,\"x\":\"%09000d\"}", 0);
	buf_char(&params, '\0');
	check_like(call(c, "who", params.p), "~\"requested\"~");
	assert_true(list_empty(&r->up.identity->answers.waits));
	buf_fini(&params);
}

static void the_id_of_a_waiting_call_is_kept(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	ask(c, "{\"jsonrpc\":\"2.0\",\"id\":\"MUD-1-ab\",\"method\":\"who\",\"params\":" WHO "}");
	call(c, "ping", "{}"); // overwrites what the request stood in
	buf_clear(&c->out);
	rig_pass(5000);
	check_like(told(c), "{\"jsonrpc\":\"2.0\",\"id\":\"MUD-1-ab\",\"result\":~\"Beta\"}}");
}

static void so_many_may_wait_and_the_next_is_answered_at_once(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	for (int i = 0; i < 33; i++)
		check_like(call(c, "who", WHO), i < 32 ? "" : "~\"requested\"~");
	buf_clear(&c->out);
	rig_put_answer(r, ANSWER_WHO, "Beta", "", USERS);
	int answers = 0;
	for (const char *at = told(c); (at = strstr(at, HAVE)); at++)
		answers++;
	assert_int_equal(answers, 32);
}

static void no_wait_is_waited_when_the_network_refuses(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->up.says = SENT_FULL;
	check_like(call(c, "who", WHO), FAULT(-32004) "~");
	assert_true(list_empty(&r->up.identity->answers.waits));
}

// ---- channel_who: several MUDs at once

static void put_mud(struct rig *r, const char *name, int64_t state, const char *service)
{
	struct value services[] = {value_str(service), value_int(1)};
	struct value pairs[] = {value_str("services"), value_map(services, 1)};
	struct value facts = value_map(pairs, 1);
	roster_put_mud(&r->up.identity->roster, span_str(name), state, &facts);
}

static void channel_who_asks_those_that_are_up_and_have_channels(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	put_mud(r, "A", MUD_UP, "channel");
	put_mud(r, "B", MUD_DOWN, "channel");
	put_mud(r, "C", MUD_UP, "tell");
	put_mud(r, "D", MUD_UP, "channel");
	assert_string_equal(call(c, "channel_who", "{\"channel\":\"chat\"}"),
		RESULT("{\"status\":\"success\",\"channel\":\"chat\",\"members\":[],\"users\":[],"
		       "\"count\":0,\"asked\":2}"));
	check_text(buf_bytes(&r->up.asked), "channel_who from=* mud=A channel=chat\n"
					    "channel_who from=* mud=D channel=chat\n");
	rig_put_answer(r, ANSWER_CHANNEL, "A", "chat", "[\"Ann\",\"Al\"]");
	buf_clear(&r->up.asked);
	assert_string_equal(call(c, "channel_who", "{\"channel\":\"chat\"}"),
		RESULT("{\"status\":\"success\",\"channel\":\"chat\",\"members\":[{\"mud\":\"A\","
		       "\"users\":[\"Ann\",\"Al\"]}],\"users\":[{\"name\":\"Ann\",\"mud\":\"A\"},{"
		       "\"name\":\"Al\",\"mud\":\"A\"}],\"count\":2,\"asked\":1}"));
	check_text(buf_bytes(&r->up.asked), "channel_who from=* mud=D channel=chat\n");
}

static void channel_who_waits_for_one_mud_until_it_answers(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	put_mud(r, "A", MUD_UP, "channel");
	put_mud(r, "D", MUD_UP, "channel");
	assert_string_equal(
		call(c, "channel_who", "{\"channel\":\"chat\",\"target_mud\":\"a\",\"wait\":5}"),
		"");
	rig_put_answer(r, ANSWER_CHANNEL, "A", "chat", "[\"Ann\"]");
	check_like(told(c), "~\"users\":[\"Ann\"]}],~\"count\":1,\"asked\":0}}");
}

static void refuse_list(struct fake_uplink *up, const struct intent *i)
{
	(void)up, (void)i;
	rig_put_answer(refusing, ANSWER_CHANNEL, "B", "chat", NO);
}

static void channel_who_does_not_wait_for_a_mud_that_has_refused(void **state)
{
	static const char *const one = "{\"channel\":\"chat\",\"target_mud\":\"b\",\"wait\":5}";
	struct rig *r = refusing = *state;
	struct conn *c = rig_login(r, "alpha-key");
	put_mud(r, "B", MUD_DOWN, "channel");
	assert_string_equal(call(c, "channel_who", one), "");
	rig_put_answer(r, ANSWER_CHANNEL, "B", "chat", NO);
	check_like(told(c), "~\"status\":\"refused\",\"error_code\":\"unk-dst\",~");
	r->up.answer = refuse_list;
	check_like(call(c, "channel_who", one), "~\"status\":\"refused\",~");
	check_like(call(c, "channel_who", "{\"channel\":\"chat\",\"target_mud\":\"b\"}"),
		"~\"status\":\"success\",~\"asked\":1}}");
	buf_clear(&r->up.asked);
	put_mud(r, "B", MUD_UP, "channel");
	r->up.answer = NULL;
	check_like(call(c, "channel_who", "{\"channel\":\"chat\"}"), "~\"asked\":1}}");
	check_text(buf_bytes(&r->up.asked), "channel_who from=* mud=B channel=chat\n");
}

static void channel_who_waits_for_several_until_its_time_is_up(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	put_mud(r, "A", MUD_UP, "channel");
	put_mud(r, "D", MUD_UP, "channel");
	put_mud(r, "E", MUD_UP, "channel");
	assert_string_equal(call(c, "channel_who", "{\"channel\":\"chat\",\"wait\":5}"), "");
	rig_put_answer(r, ANSWER_CHANNEL, "A", "chat", "[\"Ann\"]");
	rig_put_answer(r, ANSWER_CHANNEL, "D", "chat", "[]");
	assert_string_equal(told(c), "");
	rig_pass(5000);
	check_like(
		told(c), "~{\"mud\":\"A\",~{\"mud\":\"D\",\"users\":[]}~\"count\":1,\"asked\":1}}");
}

static void channel_who_asks_a_bounded_number_and_may_be_refused(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	char name[16];
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof name, "m%d", i);
		put_mud(r, name, MUD_UP, "channel");
	}
	check_like(call(c, "channel_who", "{\"channel\":\"chat\"}"), "~\"asked\":16}}");
	int lines = 0;
	for (size_t i = 0; i < r->up.asked.n; i++)
		lines += r->up.asked.p[i] == '\n';
	assert_int_equal(lines, 16);
	r->up.says = SENT_NOT_UP;
	check_like(call(c, "channel_who", "{\"channel\":\"chat\"}"), FAULT(-32004) "~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(an_answer_that_comes_in_time_is_the_result),
		RIG_TEST(without_one_the_call_is_answered_when_its_time_is_up),
		RIG_TEST(a_fresh_answer_is_given_at_once_and_nobody_is_asked),
		RIG_TEST(a_mud_in_this_process_answers_within_the_call),
		RIG_TEST(each_kind_gives_its_members),
		RIG_TEST(a_refusal_is_told_to_those_who_wait_and_not_kept_for_others),
		RIG_TEST(a_player_nobody_has_is_not_found),
		RIG_TEST(players_without_an_extra_text_match_no_filter_for_one),
		RIG_TEST(the_client_may_leave_while_it_waits),
		RIG_TEST(an_answer_for_a_connection_on_its_way_out_is_dropped),
		RIG_TEST(what_a_replaced_connection_waits_for_is_dropped),
		RIG_TEST(other_calls_are_answered_meanwhile),
		RIG_TEST(batches_notifications_and_long_calls_do_not_wait),
		RIG_TEST(the_id_of_a_waiting_call_is_kept),
		RIG_TEST(so_many_may_wait_and_the_next_is_answered_at_once),
		RIG_TEST(no_wait_is_waited_when_the_network_refuses),
		RIG_TEST(channel_who_asks_those_that_are_up_and_have_channels),
		RIG_TEST(channel_who_waits_for_one_mud_until_it_answers),
		RIG_TEST(channel_who_does_not_wait_for_a_mud_that_has_refused),
		RIG_TEST(channel_who_waits_for_several_until_its_time_is_up),
		RIG_TEST(channel_who_asks_a_bounded_number_and_may_be_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
