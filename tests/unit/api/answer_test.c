// SPDX-License-Identifier: MIT
// Sessions that answer what the network asks, that wait for what becomes of a tell, and that say who
// is on by what has changed.
#include "api_rig.h"

// ---- requests

struct asked { // a request of the network, which writes down how it ended
	struct query query;
	struct identity *identity;
	enum sent says;
	struct buf text;
	int ended;
};

static enum sent run(struct query *r, const struct value *answer)
{
	struct asked *a = container_of(r, struct asked, query);
	buf_clear(&a->text);
	query_close(&a->identity->queries, r);
	if (answer && a->says != SENT) {
		query_reopen(&a->identity->queries, r);
		return a->says;
	}
	if (answer)
		json_put(&a->text, answer);
	a->ended++;
	return SENT;
}

static const char *start(struct rig *r, struct asked *a, enum query_kind kind)
{
	*a = (struct asked){.query = {.kind = kind, .run = run}, .identity = r->up.identity};
	query_open(&r->up.identity->queries, &a->query, clock_ms());
	return a->query.id;
}

static const char *answer(
	struct conn *c, const char *method, const struct asked *a, const char *more)
{
	char params[4000];
	snprintf(params, sizeof params, "{\"request_id\":\"%s\"%s}", a->query.id, more);
	return call(c, method, params);
}

#define ANSWERED RESULT("{\"status\":\"answered\"}")

static void each_kind_has_its_method_and_its_answer_goes_on(void **state)
{
	static const struct {
		enum query_kind kind;
		const char *method, *more, *text;
	} rows[] = {
		{QUERY_WHO, "who_answer", ",\"users\":[{\"name\":\"Ann\",\"idle\":3}]",
			"[{\"name\":\"Ann\",\"idle\":3}]"},
		{QUERY_WHO, "who_answer", ",\"users\":[]", "[]"},
		{QUERY_FINGER, "finger_answer", ",\"found\":false", "{}"},
		{QUERY_FINGER, "finger_answer", ",\"found\":true", "{\"user_info\":{}}"},
		{QUERY_FINGER, "finger_answer",
			",\"found\":true,\"user_info\":{\"name\":\"Ann\",\"level\":\"wiz\"}",
			"{\"user_info\":{\"name\":\"Ann\",\"level\":\"wiz\"}}"},
		{QUERY_LOCATE, "locate_answer", ",\"found\":true,\"name\":\"Ann\"",
			"~\"found\":true,\"name\":\"Ann\"}"},
		{QUERY_CHANNEL_WHO, "channel_who_answer", ",\"users\":[\"Ann\"]", "[\"Ann\"]"},
		{QUERY_CHANNEL_USER, "channel_user_answer", ",\"found\":true,\"gender\":1",
			"~\"gender\":1}"},
		{QUERY_CHANNEL_FILTER, "channel_filter_answer", ",\"allow\":true,\"message\":\"x\"",
			"~\"allow\":true,\"message\":\"x\"}"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		struct asked a;
		start(r, &a, rows[i].kind);
		assert_string_equal(answer(c, rows[i].method, &a, rows[i].more), ANSWERED);
		check_like(rig_text(&a.text), rows[i].text);
		assert_int_equal(a.ended, 1);
		check_like(answer(c, rows[i].method, &a, rows[i].more),
			FAULT(-32602) "~\"code\":\"unknown_request\"~"); // the first one counts
		buf_fini(&a.text);
	}
}

static void a_wrong_answer_is_refused_and_may_be_put_right(void **state)
{
	static const struct {
		enum query_kind kind;
		const char *method, *more, *says;
	} rows[] = {
		{QUERY_WHO, "who_answer", ",\"users\":[7]", "~users 0 must be an object~"},
		{QUERY_WHO, "who_answer", ",\"users\":[{}]", "~users 0 requires a name~"},
		{QUERY_WHO, "who_answer", ",\"users\":[{\"name\":\"a\",\"idle\":\"x\"}]",
			"~users 0: idle must be an integer~"},
		{QUERY_FINGER, "finger_answer", ",\"found\":true,\"user_info\":{\"level\":[]}",
			"~user_info: level must be a string or integer~"},
		{QUERY_CHANNEL_WHO, "channel_who_answer", ",\"users\":[1]",
			"~users 0 must be a name~"},
		{QUERY_WHO, "finger_answer", ",\"found\":false", "~unknown_request~"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		struct asked a;
		start(r, &a, rows[i].kind);
		check_like(answer(c, rows[i].method, &a, rows[i].more), rows[i].says);
		assert_int_equal(a.ended, 0);
		queries_expire(&r->up.identity->queries, a.query.due_ms);
		assert_int_equal(a.ended, 1);
		buf_fini(&a.text);
	}
}

static void an_answer_the_network_does_not_take_is_an_error_and_no_end(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	struct asked a;
	start(r, &a, QUERY_WHO);
	a.says = SENT_FULL;
	check_like(answer(c, "who_answer", &a, ",\"users\":[]"), "~network_busy~");
	a.says = SENT;
	assert_string_equal(answer(c, "who_answer", &a, ",\"users\":[]"), ANSWERED);
	buf_fini(&a.text);
}

static void what_a_session_answers_it_says_itself(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key"), *info = rig_login(r, "info-key");
	check_like(call(c, "answer_requests", "{}"),
		RESULT("{\"status\":\"success\",\"requests\":[]}"));
	check_like(call(c, "answer_requests", "{\"who\":true,\"channel_filter\":true}"),
		RESULT("{\"status\":\"success\",\"requests\":[\"who\",\"channel_filter\"]}"));
	check_like(call(c, "answer_requests", "{\"channel_filter\":false,\"finger\":true}"),
		"~[\"who\",\"finger\"]~");
	check_like(call(c, "answer_requests", "{\"who\":1}"), FAULT(-32602) "~");
	check_like(call(info, "answer_requests", "{\"who\":true,\"channel_who\":true}"),
		FAULT(-32002) "~channel_who needs \\\"channel\\\"~");
	check_like(call(info, "answer_requests", "{\"locate\":true}"), "~[\"locate\"]~");
}

static void saying_no_more_ends_what_is_open(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	struct asked a;
	call(c, "answer_requests", "{\"who\":true}");
	start(r, &a, QUERY_WHO);
	call(c, "answer_requests", "{\"finger\":true}");
	assert_int_equal(a.ended, 0);
	call(c, "answer_requests", "{\"who\":false}");
	assert_int_equal(a.ended, 1);
	check_like(answer(c, "who_answer", &a, ",\"users\":[]"), "~unknown_request~");
}

static void a_connection_that_closes_ends_them_too(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	struct asked a;
	call(c, "answer_requests", "{\"who\":true}");
	start(r, &a, QUERY_WHO);
	rig_gone(c);
	assert_int_equal(a.ended, 1);
}

// ---- tells

#define TELL "{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"message\":\"hi\",\"wait\":5}"
#define ID   "tell_Beta_1767323045_1"
#define NO   "{\"status\":\"refused\",\"error_code\":\"unk-user\",\"error_message\":\"nobody\"}"

static void a_tell_that_is_refused_in_time_says_so(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	assert_string_equal(call(c, "tell", TELL), "");
	rig_put_answer(r, ANSWER_TELL, "", "tell_Beta_1767323045_2", NO); // another one
	assert_string_equal(told(c), "");
	rig_put_answer(r, ANSWER_TELL, "", ID, NO);
	assert_string_equal(told(c),
		RESULT("{\"status\":\"refused\",\"error_code\":\"unk-user\",\"error_message\":"
		       "\"nobody\",\"message_id\":\"" ID "\"}"));
}

static void silence_is_taken_for_delivery_but_not_for_sure(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "tell", TELL);
	rig_pass(4999);
	assert_string_equal(told(c), "");
	rig_pass(1);
	assert_string_equal(
		told(c), RESULT("{\"status\":\"delivered?\",\"message_id\":\"" ID "\"}"));
}

static struct rig *refusing; // fake_uplink knows no rig

static void refuse(struct fake_uplink *up, const struct intent *i)
{
	char id[100];
	(void)up;
	snprintf(id, sizeof id, "%.*s", (int)i->message_id.n, i->message_id.p);
	rig_put_answer(refusing, ANSWER_TELL, "", id, NO);
}

static void a_refusal_within_the_call_is_told_only_to_those_who_wait(void **state)
{
	struct rig *r = refusing = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->up.answer = refuse;
	check_like(call(c, "tell", TELL), "~\"status\":\"refused\",~\"message_id\":\"" ID "\"~");
	check_like(call(c, "emoteto",
			   "{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"emote\":\"hi\"}"),
		RESULT("{\"status\":\"sent\",\"message_id\":\"emoteto_Beta_1767323045_2\"}"));
}

static void a_long_tell_may_wait_as_well(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	char params[5000];
	snprintf(params, sizeof params,
		"{\"target_mud\":\"Beta\",\"target_user\":\"Bob\",\"wait\":5,\"message\":\"%"
		"04000d\"}",
		0);
	assert_string_equal(call(c, "tell", params), "");
	rig_pass(5000);
	check_like(told(c), "~delivered?~");
}

// ---- presence by what has changed

static void presence_follows_changes_and_its_lease_is_told(void **state)
{
	static const struct {
		const char *params, *answer;
	} rows[] = {
		{"{\"delta\":true,\"users\":[]}", FAULT(-32602) "~\"code\":\"no_snapshot\"~"},
		{"{\"users\":[{\"name\":\"Ann\"},{\"name\":\"Bob\"}],\"lease\":60}",
			"~\"count\":2,\"lease\":60}}"},
		{"{\"delta\":true,\"users\":[{\"name\":\"Cid\"}],\"gone\":[\"ann\"]}",
			"~\"count\":2,\"lease\":60}}"},
		{"{\"delta\":true}", "~\"count\":2,\"lease\":60}}"},
		{"{\"delta\":true,\"lease\":5}", "~\"count\":2,\"lease\":5}}"},
		{"{\"delta\":true,\"gone\":[7]}", "~Gone user 0 must be a name~"},
		{"{\"delta\":true,\"users\":[{}]}", "~Presence user 0 requires a name~"},
		{"{\"delta\":true,\"users\":[{\"name\":\"x\"},{\"name\":\"X\"}]}",
			"~contains duplicate user names~"},
		{"{\"users\":[],\"gone\":[]}", "~gone goes with delta only~"},
		{"{\"users\":[],\"lease\":4}", "~lease must be 5 to 3600~"},
		{"{\"users\":[],\"lease\":3601}", "~lease must be 5 to 3600~"},
		{"{\"lease\":30}", "~Missing or invalid required parameter: users~"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	const struct presence *p = &r->up.identity->presence;
	for (size_t i = 0; i < countof(rows); i++)
		check_like(call(c, "presence_sync", rows[i].params), rows[i].answer);
	assert_null(presence_find(p, SPAN("ann")));
	assert_non_null(presence_find(p, SPAN("cid")));
	rig_pass(5000);
	check_like(call(c, "presence_sync", "{\"delta\":true}"), "~no_snapshot~");
	check_like(call(c, "presence_sync", "{\"users\":[]}"), "~\"count\":0,\"lease\":30}}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(each_kind_has_its_method_and_its_answer_goes_on),
		RIG_TEST(a_wrong_answer_is_refused_and_may_be_put_right),
		RIG_TEST(an_answer_the_network_does_not_take_is_an_error_and_no_end),
		RIG_TEST(what_a_session_answers_it_says_itself),
		RIG_TEST(saying_no_more_ends_what_is_open),
		RIG_TEST(a_connection_that_closes_ends_them_too),
		RIG_TEST(a_tell_that_is_refused_in_time_says_so),
		RIG_TEST(silence_is_taken_for_delivery_but_not_for_sure),
		RIG_TEST(a_refusal_within_the_call_is_told_only_to_those_who_wait),
		RIG_TEST(a_long_tell_may_wait_as_well),
		RIG_TEST(presence_follows_changes_and_its_lease_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
