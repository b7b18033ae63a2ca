// SPDX-License-Identifier: MIT
// Methods that ask the network for something: the intents they become, and what is answered when.
#include "api_rig.h"

static void calls_become_intents(void **state)
{
	static const struct {
		const char *method, *params, *asked;
	} rows[] = {
		{"channel_create", "{\"channel\":\"x\"}", "channel_create channel=x\n"},
		{"channel_create", "{\"channel\":\"x\",\"type\":1}",
			"channel_create channel=x number=1\n"},
		{"channel_remove", "{\"channel\":\"x\"}", "channel_remove channel=x\n"},
		{"channel_admin", "{\"channel\":\"chat\",\"admit\":[\"A\"],\"ban\":[\"B\",\"C\"]}",
			"channel_admin channel=chat admit=A ban=B ban=C\n"},
		{"channel_admin", "{\"channel\":\"chat\",\"remove\":[\"D\"]}",
			"channel_admin channel=chat remove=D\n"},
		{"channel_admin_list", "{\"channel\":\"x\"}", "channel_admin_list channel=x\n"},
		{"channel_list", "{\"refresh\":true}", "channel_list\n"},
		{"channel_list", "{}", ""},
		{"channel_target",
			"{\"channel\":\"chat\",\"target_mud\":\"B\",\"target_user\":\"Bob\","
			"\"message_others\":\"$N waves at $O\",\"message_target\":\"$N waves\","
			"\"from_user\":\"alice\",\"target_visname\":\"Sir Bob\"}",
			"channel_target from=alice as=alice mud=B user=Bob channel=chat "
			"text=$N waves others=$N waves at $O to=Sir Bob\n"},
		{"channel_user", "{\"target_mud\":\"B\",\"target_user\":\"Bob\"}",
			"channel_user mud=B user=Bob\n"},
		{"user_update", "{\"user\":\"Ann\",\"gender\":\"female\"}",
			"user_update as=Ann user=Ann number=1\n"},
		{"user_update", "{\"user\":\"Al\",\"visname\":\"Al B\",\"gender\":0}",
			"user_update as=Al B user=Al\n"},
		{"user_update", "{\"user\":\"It\"}", "user_update as=It user=It number=2\n"},
		{"auth_request", "{\"target_mud\":\"B\"}", "auth mud=B\n"},
		{"mud_ping", "{\"target_mud\":\"B\"}", "ping mud=B\n"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	roster_put_channel(&r->up.identity->roster, SPAN("chat"), SPAN("AlphaMUD"), 0);
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&r->up.asked);
		check_like(call(c, rows[i].method, rows[i].params), RESULT("{\"status\":\"~}"));
		check_text(buf_bytes(&r->up.asked), rows[i].asked);
	}
}

static void calls_that_make_no_sense_are_refused(void **state)
{
	static const struct {
		const char *method, *params, *error;
	} rows[] = {
		{"channel_create", "{\"channel\":\"two words\"}", "~\"field\":\"channel\"~"},
		{"channel_create", "{\"channel\":\"x\",\"type\":3}", "~type must be 0 to 2~"},
		{"channel_admin", "{\"channel\":\"chat\"}", "~one of admit, ban, remove~"},
		{"channel_admin", "{\"channel\":\"chat\",\"ban\":[]}",
			"~one of admit, ban, remove~"},
		{"channel_admin", "{\"channel\":\"none\",\"ban\":[\"A\"]}",
			"~\"field\":\"channel\",\"reason\":\"The network has no channel~none\"~"},
		{"channel_admin", "{\"channel\":\"chat\",\"ban\":[7]}", "~\"field\":\"ban\"~"},
		{"channel_admin", "{\"channel\":\"chat\",\"admit\":[\"\"]}",
			"~\"field\":\"admit\"~"},
		{"channel_admin", "{\"channel\":\"chat\",\"ban\":\"A\"}", "~must be an array~"},
		{"user_update", "{\"user\":\"a\",\"gender\":3}", "~\"field\":\"gender\"~"},
		{"user_update", "{\"user\":\"a\",\"gender\":\"dog\"}", "~\"field\":\"gender\"~"},
		{"auth_request", "{\"target_mud\":\"alphamud\"}", "~target_mud is this MUD~"},
		{"mudlist", "{\"limit\":0}", "~limit must be 1 to 10000~"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	roster_put_channel(&r->up.identity->roster, SPAN("chat"), SPAN("AlphaMUD"), 0);
	for (size_t i = 0; i < countof(rows); i++) {
		const char *answer = call(c, rows[i].method, rows[i].params);
		check_like(answer, FAULT(-32602) "~");
		check_like(answer, rows[i].error);
	}
	assert_int_equal(r->up.asked.n, 0);
}

static void who_may_only_talk_does_not_own_channels(void **state)
{
	static const char *const admin[] = {
		"channel_create", "channel_remove", "channel_admin", "auth_request"};
	struct conn *c = rig_login(*state, "usual-key");
	for (size_t i = 0; i < countof(admin); i++)
		check_like(call(c, admin[i], "{\"channel\":\"x\",\"target_mud\":\"B\"}"),
			FAULT(-32002) "~");
	check_like(call(c, "channel_admin_list", "{\"channel\":\"x\"}"), RESULT("~"));
}

#define REFUSED "{\"status\":\"refused\",\"error_code\":\"not-allowed\",\"error_message\":\"No.\"}"

static void a_call_that_waits_is_answered_with_what_comes(void **state)
{
	static const struct {
		enum answer_kind kind;
		const char *method, *params, *mud, *user, *answer, *want;
	} rows[] = {
		{ANSWER_CHANNEL_ADD, "channel_create", "{\"channel\":\"x\",\"wait\":5}", "", "x",
			"{\"status\":\"created\"}",
			RESULT("{\"status\":\"created\",\"channel\":\"x\"}")},
		{ANSWER_CHANNEL_ADD, "channel_create", "{\"channel\":\"x\",\"wait\":5}", "", "x",
			REFUSED,
			RESULT("{\"status\":\"refused\",\"error_code\":\"not-allowed\",\"error_"
			       "message\":"
			       "\"No.\",\"channel\":\"x\"}")},
		{ANSWER_CHANNEL_REMOVE, "channel_remove", "{\"channel\":\"x\",\"wait\":5}", "", "x",
			"{\"status\":\"removed\"}", "~{\"status\":\"removed\",~"},
		{ANSWER_CHANNEL_ADMIN, "channel_admin",
			"{\"channel\":\"chat\",\"ban\":[\"B\"],\"wait\":5}", "", "chat",
			"{\"status\":\"changed\"}", "~{\"status\":\"changed\",~"},
		{ANSWER_CHANNEL_ADMINS, "channel_admin_list", "{\"channel\":\"x\",\"wait\":5}", "",
			"x", "{\"status\":\"success\",\"muds\":[\"A\"]}",
			"~{\"status\":\"success\",\"muds\":[\"A\"],\"channel\":\"x\"}~"},
		{ANSWER_CHANNEL_USER, "channel_user",
			"{\"target_mud\":\"B\",\"target_user\":\"Bob\",\"wait\":5}", "b", "bob",
			"{\"status\":\"requested\",\"visname\":\"Bob\",\"gender\":0}",
			RESULT("{\"status\":\"requested\",\"visname\":\"Bob\",\"gender\":0,\"mud_"
			       "name\":"
			       "\"B\",\"user_name\":\"Bob\"}")},
		{ANSWER_AUTH, "auth_request", "{\"target_mud\":\"B\",\"wait\":5}", "b", "",
			"{\"status\":\"granted\",\"session_key\":9}",
			"~{\"status\":\"granted\",\"session_key\":9,\"mud_name\":\"B\"}~"},
		{ANSWER_PING, "mud_ping", "{\"target_mud\":\"B\",\"wait\":5}", "b", "",
			"{\"status\":\"alive\",\"alive\":true,\"rtt_ms\":3}",
			"~\"alive\":true,\"rtt_ms\":3,\"mud_name\":\"B\"}~"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	roster_put_channel(&r->up.identity->roster, SPAN("chat"), SPAN("AlphaMUD"), 0);
	for (size_t i = 0; i < countof(rows); i++) {
		assert_string_equal(call(c, rows[i].method, rows[i].params), "");
		rig_put_answer(r, rows[i].kind, rows[i].mud, rows[i].user, rows[i].answer);
		check_like(told(c), rows[i].want);
		rig_turn_end();
	}
}

static void an_earlier_answer_does_not_count_for_what_is_to_be_done(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	rig_put_answer(r, ANSWER_CHANNEL_ADD, "", "x", REFUSED);
	check_like(call(c, "channel_create", "{\"channel\":\"x\"}"), "~\"requested\"~");
	rig_put_answer(r, ANSWER_PING, "B", "", "{\"status\":\"alive\"}");
	check_like(call(c, "mud_ping", "{\"target_mud\":\"B\"}"), "~\"requested\"~");
	r->up.says = SENT_NOT_UP;
	check_like(call(c, "mud_ping", "{\"target_mud\":\"B\"}"), FAULT(-32004) "~");
}

static struct rig *refusing;

static void refuse_at_once(struct fake_uplink *up, const struct intent *i)
{
	(void)up;
	(void)i;
	rig_put_answer(refusing, ANSWER_CHANNEL_ADD, "", "x", REFUSED);
}

static void a_router_in_this_process_refuses_within_the_call(void **state)
{
	struct rig *r = refusing = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->up.answer = refuse_at_once;
	check_like(call(c, "channel_create", "{\"channel\":\"x\"}"), "~\"refused\"~");
	check_like(call(c, "channel_create", "{\"channel\":\"x\",\"wait\":5}"), "~\"refused\"~");
}

static void when_nothing_comes_the_result_says_what_is_known(void **state)
{
	static const struct {
		const char *method, *params, *want;
	} rows[] = {
		{"channel_create", "{\"channel\":\"new\",\"wait\":5}", "~\"requested\"~"},
		{"channel_create", "{\"channel\":\"chat\",\"wait\":5}", "~\"created\"~"},
		{"channel_create", "{\"channel\":\"chat\",\"type\":1,\"wait\":5}",
			"~\"requested\"~"},
		{"channel_create", "{\"channel\":\"theirs\",\"wait\":5}", "~\"requested\"~"},
		{"channel_remove", "{\"channel\":\"chat\",\"wait\":5}", "~\"requested\"~"},
		{"channel_admin", "{\"channel\":\"chat\",\"ban\":[\"B\"],\"wait\":5}",
			"~\"requested\"~"},
		{"mud_ping", "{\"target_mud\":\"B\",\"wait\":5}",
			"~{\"status\":\"silent\",\"alive\":false,\"mud_name\":\"B\"}~"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	roster_put_channel(&r->up.identity->roster, SPAN("chat"), SPAN("alphamud"), 0);
	roster_put_channel(&r->up.identity->roster, SPAN("theirs"), SPAN("B"), 0);
	for (size_t i = 0; i < countof(rows); i++) {
		assert_string_equal(call(c, rows[i].method, rows[i].params), "");
		rig_pass(5000);
		check_like(told(c), rows[i].want);
	}
}

static void a_person_heard_of_within_the_hour_is_not_asked_for(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	const char *params = "{\"target_mud\":\"b\",\"target_user\":\"BOB\",\"wait\":5}";
	people_put(&r->up.identity->people, &(struct person_key){SPAN("B"), SPAN("bob")},
		&(struct person){SPAN("Bob"), PERSON_MALE}, clock_ms());
	assert_string_equal(call(c, "channel_user", params),
		RESULT("{\"status\":\"requested\",\"visname\":\"Bob\",\"gender\":0,\"gender_name\":"
		       "\"male\",\"mud_name\":\"b\",\"user_name\":\"BOB\"}"));
	assert_int_equal(r->up.asked.n, 0);
	rig_pass(PEOPLE_FRESH_MS);
	assert_string_equal(call(c, "channel_user", params), "");
	check_text(buf_bytes(&r->up.asked), "channel_user mud=b user=BOB\n");
}

static void the_channel_list_is_there_without_a_router(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key"), *b = rig_login(r, "beta-key");
	r->up.says = SENT_NOT_UP;
	check_like(call(c, "channel_list", "{\"refresh\":true}"), RESULT("{~\"count\":0,~}"));
	check_like(call(b, "channel_list", "{\"refresh\":true}"), RESULT("{~\"count\":0,~}"));
}

// ---- mudlist in pages

static void put_mud(struct rig *r, const char *name, int64_t state, const char *lib)
{
	struct value pairs[] = {
		value_str("name"), value_str(name), value_str("mudlib"), value_str(lib)};
	struct value facts = value_map(pairs, 2);
	roster_put_mud(&r->up.identity->roster, span_str(name), state, &facts);
}

static void the_mudlist_can_be_read_in_pages(void **state)
{
	static const struct {
		const char *params, *want;
	} rows[] = {
		{"{\"limit\":2}",
			"~[{\"name\":\"Ant\"~{\"name\":\"Bee\"~\"count\":2,\"next\":\"Bee\"}}"},
		{"{\"limit\":2,\"after\":\"Bee\"}",
			"~[{\"name\":\"Cat\"~{\"name\":\"ape\"~\"count\":2}}"},
		{"{\"limit\":3,\"after\":\"Ant\"}", "~[{\"name\":\"Bee\"~\"count\":3}}"},
		{"{\"after\":\"Azz\"}",
			"~[{\"name\":\"Bee\"~\"count\":3}}"}, // no such MUD any more
		{"{\"after\":\"zzz\"}", "~\"muds\":[],\"count\":0}}"},
		{"{\"limit\":1,\"filter\":{\"status\":\"up\"}}",
			"~[{\"name\":\"Ant\"~\"count\":1,\"next\":\"Ant\"}}"},
		{"{\"limit\":1,\"after\":\"Ant\",\"filter\":{\"status\":\"up\"}}",
			"~[{\"name\":\"Cat\"~\"count\":1,\"next\":\"Cat\"}}"},
		{"{}", "~[{\"name\":\"Cat\"~\"ape\"~\"Bee\"~\"Ant\"~\"count\":4}}"},
	};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	put_mud(r, "Cat", MUD_UP, "");
	put_mud(r, "ape", MUD_UP, "");
	put_mud(r, "Bee", MUD_DOWN, "");
	put_mud(r, "Ant", MUD_UP, "");
	for (size_t i = 0; i < countof(rows); i++)
		check_like(call(c, "mudlist", rows[i].params), rows[i].want);
}

static void a_page_ends_before_an_answer_grows_too_long(void **state)
{
	enum { MUDS = 1000, LONG = 1000 };
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	char name[16], lib[LONG + 1], params[64] = "{\"limit\":10000}";
	int pages = 0, seen = 0;
	memset(lib, '"', LONG); // each two bytes in JSON
	lib[LONG] = '\0';
	for (int i = 0; i < MUDS; i++) {
		snprintf(name, sizeof name, "m%04d", i);
		put_mud(r, name, MUD_UP, lib);
	}
	check_like(call(c, "mudlist", "{}"), FAULT(-32603) "~");
	for (const char *next = params; next; pages++) {
		const char *answer = call(c, "mudlist", params);
		check_like(answer, RESULT("{~}"));
		seen += atoi(strstr(answer, "\"count\":") + 8);
		next = strstr(answer, "\"next\":\"");
		if (next)
			snprintf(params, sizeof params, "{\"limit\":10000,\"after\":\"%.5s\"}",
				next + 8);
	}
	assert_int_equal(seen, MUDS);
	assert_in_range(pages, 2, 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(calls_become_intents),
		RIG_TEST(calls_that_make_no_sense_are_refused),
		RIG_TEST(who_may_only_talk_does_not_own_channels),
		RIG_TEST(a_call_that_waits_is_answered_with_what_comes),
		RIG_TEST(an_earlier_answer_does_not_count_for_what_is_to_be_done),
		RIG_TEST(a_router_in_this_process_refuses_within_the_call),
		RIG_TEST(when_nothing_comes_the_result_says_what_is_known),
		RIG_TEST(a_person_heard_of_within_the_hour_is_not_asked_for),
		RIG_TEST(the_channel_list_is_there_without_a_router),
		RIG_TEST(the_mudlist_can_be_read_in_pages),
		RIG_TEST(a_page_ends_before_an_answer_grows_too_long),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
