// SPDX-License-Identifier: MIT
// channel_history: what it says at once, what it waits for the store with, and that every call is
// answered once whatever happens meanwhile.
#include "api_rig.h"

#define CHAT    "{\"channel\":\"chat\"}"
#define END     ",\"complete\":true}}"
#define NO_MORE "\"complete\":true}}"

static void remember(struct rig *r, struct span mud, uint64_t seq, const char *text)
{
	struct channel *c = channel_find(hub_identity(&r->hub, mud), SPAN("chat"));
	assert_non_null(c);
	r->hub.seq = seq;
	channel_remember(c, &(struct channel_line){.seq = seq,
				    .wall_us = seq,
				    .from_mud = SPAN("Beta"),
				    .from_user = SPAN("bob"),
				    .visname = SPAN("Bob"),
				    .message = span_str(text)});
}

static void say(struct rig *r, int from, int to) // a second apart
{
	for (int i = from; i <= to; i++) {
		char text[16];
		snprintf(text, sizeof text, "line %d.", i);
		remember(r, SPAN("AlphaMUD"), RIG_WALL_US + (uint64_t)i * 1000000, text);
	}
}

static struct conn *member(struct rig *r)
{
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "channel_join", CHAT);
	buf_clear(&c->out);
	return c;
}

static void it_is_paged_by_number_or_time(void **state)
{
	static const struct {
		const char *params, *answer;
	} rows[] = {
		{"{\"channel\":\"chat\",\"limit\":1}",
			RESULT("{\"status\":\"success\",\"messages\":[{\"channel\":\"chat\",\"from_"
			       "mud\":\"Beta\",\"from_user\":\"bob\",\"visname\":\"Bob\","
			       "\"message\":\"line 5.\",\"type\":\"message\",\"seq\":"
			       "1767323050000000,\"timestamp\":\"2026-01-02T03:04:10.000000Z\"}],"
			       "\"count\":1,\"prev\":1767323050000000,\"complete\":"
			       "true}")},
		{CHAT, "~line 1.~line 2.~line 3.~line 4.~line 5.~\"count\":5," NO_MORE},
		{"{\"channel\":\"chat\",\"before\":1767323048000000}",
			"~[{~line 1.~line "
			"2.~\"count\":2,\"next\":1767323047000000" END},
		{"{\"channel\":\"chat\",\"after\":1767323048000000}",
			"~[{~line 4.~line "
			"5.~\"count\":2,\"prev\":1767323049000000" END},
		{"{\"channel\":\"chat\",\"after\":1767323046000000,\"limit\":2}",
			"~line 2.~line 3.~\"count\":2,\"prev\":1767323047000000,"
			"\"next\":1767323048000000" END},
		{"{\"channel\":\"chat\",\"before\":1767323050000000,\"limit\":2}",
			"~line 3.~line 4.~\"count\":2,~"},
		{"{\"channel\":\"chat\",\"after\":1767323046000000,\"before\":1767323048000000}",
			"~line 2.~\"count\":1,~"},
		{"{\"channel\":\"chat\",\"after\":\"2026-01-02T03:04:08\"}",
			"~line 4.~line 5.~\"count\":2,~"},
		{"{\"channel\":\"chat\",\"after\":\"2026-01-02T03:04:08.000000Z\"}",
			"~line 4.~line 5.~\"count\":2,~"},
		{"{\"channel\":\"chat\",\"before\":\"2026-01-02T04:04:07.5+01:00\"}",
			"~line 1.~line 2.~\"count\":2,~"},
		{"{\"channel\":\"chat\",\"before\":\"2026-01-02\"}",
			"~\"messages\":[],\"count\":0," NO_MORE},
		{"{\"channel\":\"chat\",\"after\":1767323050000000}",
			"~\"messages\":[],\"count\":0," NO_MORE},
		{"{\"channel\":\"chat\",\"after\":-1,\"limit\":1}", "~line 1.~\"count\":1,~"},
		{"{\"channel\":\"chat\",\"before\":-1}", "~\"count\":0," NO_MORE},
		{"{\"channel\":\"chat\",\"after\":9223372036854775807}", "~\"count\":0," NO_MORE},
		{"{\"channel\":\"chat\",\"limit\":0}", "~\"count\":0," NO_MORE},
		{"{\"channel\":\"nowhere\"}", "~\"messages\":[],\"count\":0," NO_MORE},
		{"{\"channel\":\"chat\",\"before\":\"yesterday\"}",
			FAULT(-32602) "~before must be a seq or a timestamp~"},
		{"{\"channel\":\"chat\",\"after\":\"\"}", FAULT(-32602) "~\"field\":\"after\"~"},
	};
	struct rig *r = *state;
	struct conn *c = member(r);
	say(r, 1, 5);
	for (size_t i = 0; i < countof(rows); i++)
		check_like(call(c, "channel_history", rows[i].params), rows[i].answer);
}

static void what_memory_holds_is_said_at_once(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r);
	say(r, 1, 100);
	check_like(call(c, "channel_history", CHAT), "~line 51.~line 100.~\"count\":50,~" END);
	check_like(call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":500}"),
		"~line 1.~line 100.~\"count\":100," NO_MORE);
	assert_int_equal(r->store.n_asked, 0);
}

static void the_rest_is_waited_for(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r);
	say(r, 1, 700);
	assert_string_equal(
		call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":1000}"), "");
	check_like(call(c, "ping", "{}"), "~\"pong\":true~");
	buf_clear(&c->out);
	rig_store_turn(&r->store);
	check_like(told(c), "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{~[{~line 201.~line 700.~"
			    "\"count\":500,\"prev\":1767323246000000" END);
	size_t n = c->out.n;
	rig_pass(100000);
	assert_int_equal(c->out.n, n);
	assert_int_equal(rig_timers(), 1); // the pinger's
}

static void nobody_needs_to_have_joined_since_the_start(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r), *beta = rig_login(r, "beta-key");
	say(r, 1, 3);
	history_fini(&r->history);
	call(c, "channel_leave", CHAT);
	for (int i = 0; i <= CHANNEL_IDLE_MAX; i++) { // others push it out of memory
		char params[32];
		snprintf(params, sizeof params, "{\"channel\":\"c%d\"}", i);
		call(c, "channel_join", params);
		channel_remember(
			channel_find(r->up.identity, span_of(params + 12, strlen(params) - 14)),
			&(struct channel_line){.seq = 1, .wall_us = 1, .message = SPAN("x")});
		call(c, "channel_leave", params);
	}
	assert_null(channel_find(r->up.identity, SPAN("chat")));
	history_init(&r->history, &r->hub, &r->store, &r->history.config);
	assert_string_equal(call(c, "channel_history", CHAT), "");
	rig_store_turn(&r->store);
	check_like(told(c), "~line 1.~line 3.~\"count\":3," NO_MORE);
	check_like(call(beta, "channel_history", CHAT), "~\"count\":0," NO_MORE);
}

static void a_store_that_does_not_answer_leaves_what_memory_has(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r);
	say(r, 1, 101);
	call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":101}");
	rig_pass(9999);
	assert_string_equal(told(c), "");
	rig_pass(1);
	check_like(told(c), "~[{~line 2.~line 101.~\"count\":100,~,\"complete\":false}}");
	buf_clear(&c->out);
	rig_store_turn(&r->store);
	assert_string_equal(told(c), "");
	r->store.fails = true;
	call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":101}");
	rig_store_turn(&r->store);
	check_like(told(c), "~[{~line 2.~line 101.~\"count\":100,~,\"complete\":false}}");
}

static void a_batch_and_a_call_too_many_get_what_memory_has(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r);
	say(r, 1, 101);
	check_like(
		ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"channel_history\",\"params\":{"
		       "\"channel\":\"chat\",\"limit\":101}},{\"jsonrpc\":\"2.0\",\"id\":2,"
		       "\"method\":\"channel_history\",\"params\":{\"channel\":\"chat\"}}]"),
		"[{~line 2.~line 101.~\"count\":100,~,\"complete\":false}},{~line 52.~\"complete\":"
		"true}}]");
	assert_int_equal(r->store.n_asked, 0);
	for (int i = 0; i < 32; i++)
		assert_string_equal(
			call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":101}"), "");
	check_like(call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":101}"),
		"~\"complete\":false}}");
	rig_store_turn(&r->store);
	check_like(call(c, "channel_history", CHAT), "~" END);
}

static void who_leaves_while_it_waits_is_not_answered(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r);
	say(r, 1, 101);
	call(c, "channel_history", "{\"channel\":\"chat\",\"limit\":101}");
	rig_gone(c);
	rig_turn_end();
	rig_store_turn(&r->store);
	assert_int_equal(rig_timers(), 1);
}

static void a_page_of_long_lines_fits_an_answer(void **state)
{
	struct rig *r = *state;
	rig_history(r);
	struct conn *c = member(r);
	char text[16 << 10];
	memset(text, '"', sizeof text); // twice as long in JSON
	text[sizeof text - 1] = '\0';
	for (uint64_t i = 1; i <= 40; i++)
		remember(r, SPAN("AlphaMUD"), RIG_WALL_US + i, text);
	check_like(call(c, "channel_history", CHAT), RESULT("{~\"count\":15,\"prev\":~}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(it_is_paged_by_number_or_time),
		RIG_TEST(what_memory_holds_is_said_at_once),
		RIG_TEST(the_rest_is_waited_for),
		RIG_TEST(nobody_needs_to_have_joined_since_the_start),
		RIG_TEST(a_store_that_does_not_answer_leaves_what_memory_has),
		RIG_TEST(a_batch_and_a_call_too_many_get_what_memory_has),
		RIG_TEST(who_leaves_while_it_waits_is_not_answered),
		RIG_TEST(a_page_of_long_lines_fits_an_answer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
