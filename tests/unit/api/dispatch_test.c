// SPDX-License-Identifier: MIT
#include "api_rig.h"
#include "base/utf8.h"

#define PONG "\"result\":{\"pong\":true,\"timestamp\":\"" NOW "\"}}"

static void ids_come_back_as_they_were(void **state)
{
	static const char *const ids[] = {
		"1", "-7", "9223372036854775807", "\"a\"", "\"\"", "\"M\xc3\xbbn-1\"", "null"};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(ids); i++) {
		char text[128], want[128];
		snprintf(text, sizeof text, "{\"jsonrpc\":\"2.0\",\"id\":%s,\"method\":\"ping\"}",
			ids[i]);
		snprintf(want, sizeof want, "{\"jsonrpc\":\"2.0\",\"id\":%s," PONG, ids[i]);
		assert_string_equal(ask(c, text), want);
	}
}

static void a_notification_is_run_and_not_answered(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	assert_string_equal(ask(c, "{\"jsonrpc\":\"2.0\",\"method\":\"channel_join\","
				   "\"params\":{\"channel\":\"chat\"}}"),
		"");
	check_bytes(buf_bytes(&r->up.asked), SPAN("listen chat 1\n"));
	assert_string_equal(ask(c, "{\"jsonrpc\":\"2.0\",\"method\":\"nonsense\"}"), "");
}

static void what_is_no_request_is_refused_with_its_id_if_it_has_a_usable_one(void **state)
{
	static const struct {
		const char *text, *id;
	} rows[] = {{"1", "null"}, {"\"x\"", "null"}, {"null", "null"}, {"{}", "null"},
		{"{\"jsonrpc\":\"1.0\",\"id\":4,\"method\":\"ping\"}", "4"},
		{"{\"jsonrpc\":2.0,\"id\":4,\"method\":\"ping\"}", "4"},
		{"{\"id\":\"a\",\"method\":\"ping\"}", "\"a\""},
		{"{\"jsonrpc\":\"2.0\",\"id\":4}", "4"},
		{"{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"\"}", "4"},
		{"{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":7}", "4"},
		{"{\"jsonrpc\":\"2.0\",\"id\":4,\"method\":\"ping\",\"params\":1}", "4"},
		{"{\"jsonrpc\":\"2.0\",\"id\":1.5,\"method\":\"ping\"}", "null"},
		{"{\"jsonrpc\":\"2.0\",\"id\":true,\"method\":\"ping\"}", "null"},
		{"{\"jsonrpc\":\"2.0\",\"id\":[],\"method\":\"ping\"}", "null"},
		{"{\"jsonrpc\":\"1.0\",\"method\":\"ping\"}", "null"}};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++) {
		char want[128];
		snprintf(want, sizeof want,
			"{\"jsonrpc\":\"2.0\",\"id\":%s,\"error\":{\"code\":-32600,~}}",
			rows[i].id);
		check_like(ask(c, rows[i].text), want);
	}
}

static void an_id_longer_than_we_send_back_is_refused(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	struct buf text = {0};
	for (int n = 256; n <= 257; n++) {
		buf_clear(&text);
		buf_printf(
			&text, "{\"jsonrpc\":\"2.0\",\"id\":\"%0*d\",\"method\":\"ping\"}", n, 0);
		check_like(ask_span(c, buf_bytes(&text)),
			n == 256 ? "~\"pong\":true~"
				 : "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":~");
	}
	buf_fini(&text);
}

static void bad_json_says_where_and_the_client_goes_on(void **state)
{
	static const char *const bad[] = {"{", "nope", "[1,", "{\"a\":1}}", "\xff", "{'a':1}"};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(bad); i++)
		check_like(ask(c, bad[i]), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-"
					   "32700,\"message\":\"Invalid JSON at byte ~\"data\":{"
					   "\"code\":\"parse_error\",~");
	check_like(ask_span(c, SPAN("{\0}")), "~-32700~");
	check_like(call(c, "ping", "{}"), "~" PONG);
}

static void blank_lines_are_not_answered(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	assert_string_equal(ask(c, ""), "");
	assert_string_equal(ask(c, " \t\r"), "");
}

static void an_unknown_method_is_named_but_not_at_length(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	char name[300];
	check_like(call(c, "nonsense", "{}"),
		FAULT(-32601) "\"message\":\"Unknown method: nonsense\",\"data\":{\"code\":"
			      "\"unknown_method\",\"reason\":\"Unknown method: nonsense\","
			      "\"temporary\":false}}}");
	memset(name, 0, sizeof name);
	for (size_t i = 0; i + 2 < sizeof name; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	const char *answer = call(c, name, "{}");
	assert_true(strlen(answer) < 400);
	assert_true(utf8_valid(span_str(answer)));
	static const char *const near[] = {"", "pin", "pings", "Ping", "rpc_discover", "rpc."};
	for (size_t i = 1; i < countof(near); i++)
		check_like(call(c, near[i], "{}"), FAULT(-32601) "~");
}

static void params_may_be_absent_null_or_an_empty_list(void **state)
{
	static const char *const none[] = {"null", "{}", "[]"};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(none); i++)
		check_like(call(c, "ping", none[i]), "~" PONG);
	check_like(
		call(c, "ping", "[1]"), FAULT(-32602) "\"message\":\"params must be an object\"~");
}

// ---- batches

static void a_batch_is_answered_in_order_without_its_notifications(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	check_like(ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"},"
			  "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},7,"
			  "{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"method\":\"nonsense\"},"
			  "{\"jsonrpc\":\"2.0\",\"method\":\"nonsense\"}]"),
		"[{\"jsonrpc\":\"2.0\",\"id\":1," PONG
		",{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,~}}"
		",{\"jsonrpc\":\"2.0\",\"id\":\"b\",\"error\":{\"code\":-32601,~}}]");
}

static void a_batch_of_notifications_is_not_answered(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	assert_string_equal(ask(c, "[{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},"
				   "{\"jsonrpc\":\"2.0\",\"method\":\"ping\"}]"),
		"");
}

static void empty_and_oversized_batches_are_one_error(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	struct buf text = {0};
	check_like(ask(c, "[]"), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32600,~");
	for (int n = 100; n <= 101; n++) {
		buf_clear(&text);
		for (int i = 0; i < n; i++)
			buf_str(&text, i ? ",1" : "[1");
		buf_char(&text, ']');
		check_like(ask_span(c, buf_bytes(&text)), n == 100 ? "[~]" : "{~too many calls~");
	}
	buf_fini(&text);
}

static void a_batch_may_begin_with_authenticate(void **state)
{
	struct conn *c = rig_guest(*state);
	check_like(ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"ping\"},"
			  "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"authenticate\","
			  "\"params\":{\"api_key\":\"alpha-key\"}},"
			  "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"}]"),
		"[{\"jsonrpc\":\"2.0\",\"id\":0,\"error\":{\"code\":-32000,~},"
		"{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"status\":\"authenticated\",~},"
		"{\"jsonrpc\":\"2.0\",\"id\":2," PONG "]");
}

static void a_batch_ends_with_the_guess_that_was_one_too_many(void **state)
{
	struct conn *c = rig_guest(*state);
	struct buf text = {0};
	for (int i = 0; i < 20; i++)
		buf_printf(&text,
			"%c{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"authenticate\","
			"\"params\":{\"api_key\":\"no\"}}",
			i ? ',' : '[', i);
	buf_char(&text, ']');
	const char *answer = ask_span(c, buf_bytes(&text));
	assert_non_null(strstr(answer, "\"id\":9,"));
	assert_null(strstr(answer, "\"id\":10,"));
	assert_int_equal(answer[strlen(answer) - 1], ']');
	assert_false(c->open);
	assert_int_equal(c->why, CLOSE_REFUSED);
	buf_fini(&text);
}

// ---- bounds

static void an_answer_over_the_bound_becomes_an_error_and_the_batch_goes_on(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	char name[64], big[512];
	memset(big, 'd', sizeof big);
	struct value pair[] = {value_str("driver"), value_span(span_of(big, sizeof big))};
	struct value facts = value_map(pair, 1);
	for (int i = 0; i < 4000; i++) {
		snprintf(name, sizeof name, "mud%d", i);
		roster_put_mud(&r->up.identity->roster, span_str(name), MUD_UP, &facts);
	}
	check_like(call(c, "mudlist", "{}"),
		FAULT(-32603) "\"message\":\"The answer would be too long~");
	check_like(ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"mudlist\"},"
			  "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"ping\"},"
			  "{\"jsonrpc\":\"2.0\",\"id\":3,\"method\":\"mudlist\"}]"),
		"[" FAULT(-32603) "~}},{\"jsonrpc\":\"2.0\",\"id\":2," PONG
				  ",{\"jsonrpc\":\"2.0\",\"id\":3,\"error\":~}}]");
	check_like(call(c, "mudlist", "{\"filter\":{\"driver\":\"none\"}}"),
		RESULT("{\"status\":\"success\",\"muds\":[],\"count\":0}"));
}

static void calls_and_errors_are_counted(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	int64_t calls = metric_get(METRIC_CALLS), errors = metric_get(METRIC_CALL_ERRORS);
	call(c, "ping", "{}");
	call(c, "nonsense", "{}");
	assert_int_equal(metric_get(METRIC_CALLS) - calls, 2);
	assert_int_equal(metric_get(METRIC_CALL_ERRORS) - errors, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(ids_come_back_as_they_were),
		RIG_TEST(a_notification_is_run_and_not_answered),
		RIG_TEST(what_is_no_request_is_refused_with_its_id_if_it_has_a_usable_one),
		RIG_TEST(an_id_longer_than_we_send_back_is_refused),
		RIG_TEST(bad_json_says_where_and_the_client_goes_on),
		RIG_TEST(blank_lines_are_not_answered),
		RIG_TEST(an_unknown_method_is_named_but_not_at_length),
		RIG_TEST(params_may_be_absent_null_or_an_empty_list),
		RIG_TEST(a_batch_is_answered_in_order_without_its_notifications),
		RIG_TEST(a_batch_of_notifications_is_not_answered),
		RIG_TEST(empty_and_oversized_batches_are_one_error),
		RIG_TEST(a_batch_may_begin_with_authenticate),
		RIG_TEST(a_batch_ends_with_the_guess_that_was_one_too_many),
		RIG_TEST(an_answer_over_the_bound_becomes_an_error_and_the_batch_goes_on),
		RIG_TEST(calls_and_errors_are_counted),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
