// SPDX-License-Identifier: MIT
// JSON-RPC 2.0: what is a request, what is a notification, and the bytes of every answer.
#include "check.h"

#include "proto/json.h"
#include "proto/jsonrpc.h"

// The text of a request as a tree; it lives until the arena is emptied.
static struct value tree(struct arena *a, const char *text)
{
	struct value v;
	struct json_error error;
	struct span copy = arena_span(a, span_str(text));
	if (!json_read(a, (char *)copy.p, copy.n, &v, &error))
		fail_msg("%s: %s at %zu", text, error.why, error.at);
	return v;
}

static void check_json(const struct value *v, const char *want)
{
	struct buf out = {0};
	json_put(&out, v);
	check_text(buf_bytes(&out), want);
	buf_fini(&out);
}

#define HEAD "{\"jsonrpc\":\"2.0\","

static void reads_requests(void **state)
{
	static const struct {
		const char *text, *id, *method, *params;
		bool notification;
	} rows[] = {
		{HEAD "\"method\":\"ping\",\"id\":1}", "1", "ping", "{}", false},
		{HEAD "\"method\":\"ping\",\"id\":\"\"}", "\"\"", "ping", "{}", false},
		{HEAD "\"method\":\"ping\",\"id\":\"r-1\"}", "\"r-1\"", "ping", "{}", false},
		{HEAD "\"method\":\"ping\",\"id\":-9223372036854775808}", "-9223372036854775808",
			"ping", "{}", false},
		{HEAD "\"method\":\"ping\",\"id\":null}", "null", "ping", "{}", false},
		{HEAD "\"method\":\"ping\"}", "null", "ping", "{}", true},
		{HEAD "\"method\":\"ping\",\"params\":null}", "null", "ping", "{}", true},
		{HEAD "\"method\":\"a\",\"params\":{\"x\":1}}", "null", "a", "{\"x\":1}", true},
		{HEAD "\"method\":\"a\",\"params\":[1,2],\"id\":2}", "2", "a", "[1,2]", false},
		{HEAD "\"method\":\"a\",\"params\":[],\"id\":2}", "2", "a", "[]", false},
		{HEAD "\"method\":\"rpc.discover\",\"id\":3}", "3", "rpc.discover", "{}", false},
		{"{\"id\":4,\"extra\":[],\"method\":\"a\",\"jsonrpc\":\"2.0\"}", "4", "a", "{}",
			false},
		{HEAD "\"id\":1,\"method\":\"a\",\"method\":\"b\",\"id\":5}", "5", "b", "{}",
			false},
	};
	struct arena arena = {0};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct value v = tree(&arena, rows[i].text);
		struct rpc_request request;
		const char *why = "unset";
		if (!rpc_read(&v, &request, &why))
			fail_msg("%s: %s", rows[i].text, why);
		assert_null(why);
		check_json(&request.id, rows[i].id);
		check_text(request.method, rows[i].method);
		check_json(request.params, rows[i].params);
		assert_int_equal(request.notification, rows[i].notification);
		arena_clear(&arena);
	}
	arena_fini(&arena);
}

static void refuses_what_is_no_request_and_keeps_a_usable_id(void **state)
{
	static const struct {
		const char *text, *id, *why;
	} rows[] = {
		{"null", "null", "a request is an object"},
		{"1", "null", "a request is an object"},
		{"\"ping\"", "null", "a request is an object"},
		{"[]", "null", "a request is an object"},
		{"[" HEAD "\"method\":\"a\",\"id\":1}]", "null", "a request is an object"},
		{"{}", "null", "jsonrpc must be \"2.0\""},
		{"{\"method\":\"a\",\"id\":1}", "1", "jsonrpc must be \"2.0\""},
		{"{\"jsonrpc\":2.0,\"method\":\"a\",\"id\":1}", "1", "jsonrpc must be \"2.0\""},
		{"{\"jsonrpc\":\"1.0\",\"method\":\"a\",\"id\":1}", "1", "jsonrpc must be \"2.0\""},
		{"{\"jsonrpc\":\"2.00\",\"method\":\"a\",\"id\":1}", "1",
			"jsonrpc must be \"2.0\""},
		{"{\"jsonrpc\":null,\"method\":\"a\",\"id\":1}", "1", "jsonrpc must be \"2.0\""},
		{HEAD "\"method\":\"a\",\"id\":1.5}", "null",
			"id must be a string, an integer or null"},
		{HEAD "\"method\":\"a\",\"id\":1.0}", "null",
			"id must be a string, an integer or null"},
		{HEAD "\"method\":\"a\",\"id\":9223372036854775808}", "null",
			"id must be a string, an integer or null"},
		{HEAD "\"method\":\"a\",\"id\":true}", "null",
			"id must be a string, an integer or null"},
		{HEAD "\"method\":\"a\",\"id\":[1]}", "null",
			"id must be a string, an integer or null"},
		{HEAD "\"method\":\"a\",\"id\":{}}", "null",
			"id must be a string, an integer or null"},
		{HEAD "\"id\":\"x\"}", "\"x\"", "method must be a string and not empty"},
		{HEAD "\"method\":\"\",\"id\":1}", "1", "method must be a string and not empty"},
		{HEAD "\"method\":1,\"id\":1}", "1", "method must be a string and not empty"},
		{HEAD "\"method\":null}", "null", "method must be a string and not empty"},
		{HEAD "\"method\":[\"a\"],\"id\":1}", "1", "method must be a string and not empty"},
		{HEAD "\"method\":\"a\",\"id\":1,\"params\":1}", "1",
			"params must be an object or an array"},
		{HEAD "\"method\":\"a\",\"id\":1,\"params\":\"x\"}", "1",
			"params must be an object or an array"},
		{HEAD "\"method\":\"a\",\"id\":1,\"params\":false}", "1",
			"params must be an object or an array"},
		{HEAD "\"method\":\"a\",\"params\":1.5}", "null",
			"params must be an object or an array"},
	};
	struct arena arena = {0};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct value v = tree(&arena, rows[i].text);
		struct rpc_request request;
		const char *why = NULL;
		assert_false(rpc_read(&v, &request, &why));
		assert_string_equal(why, rows[i].why);
		check_json(&request.id, rows[i].id);
		assert_false(request.notification); // it gets an answer, with id null if need be
		assert_non_null(request.params);
		arena_clear(&arena);
	}
	arena_fini(&arena);
}

static void writes_results(void **state)
{
	struct value id = value_str("r-\"1"), number = value_int(7), null = value_null();
	const struct value pair[] = {value_str("ok"), value_bool(true)};
	struct value result = value_map(pair, 1);
	struct buf out = {0};
	(void)state;
	rpc_put_result(&out, &id, &result);
	check_text(buf_bytes(&out),
		"{\"jsonrpc\":\"2.0\",\"id\":\"r-\\\"1\",\"result\":{\"ok\":true}}");
	buf_clear(&out);
	rpc_put_result(&out, &number, &null);
	check_text(buf_bytes(&out), "{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":null}");
	buf_clear(&out);
	rpc_put_result(&out, NULL, &number);
	check_text(buf_bytes(&out), "{\"jsonrpc\":\"2.0\",\"id\":null,\"result\":7}");
	buf_fini(&out);
}

static void writes_errors(void **state)
{
	struct value id = value_int(-1), data = VALUE_LIST(value_str("x"));
	struct buf out = {0};
	(void)state;
	rpc_put_error(&out, NULL, RPC_PARSE_ERROR, SPAN("not \"JSON\""), NULL);
	check_text(buf_bytes(&out), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32700,"
				    "\"message\":\"not \\\"JSON\\\"\"}}");
	buf_clear(&out);
	rpc_put_error(&out, &id, RPC_INVALID_PARAMS, SPAN("no"), &data);
	check_text(buf_bytes(&out), "{\"jsonrpc\":\"2.0\",\"id\":-1,\"error\":{\"code\":-32602,"
				    "\"message\":\"no\",\"data\":[\"x\"]}}");
	buf_fini(&out);
}

static void an_event_is_a_notification(void **state)
{
	struct value v;
	struct arena arena = {0};
	struct buf out = {0};
	struct rpc_request request;
	const char *why;
	(void)state;
	rpc_put_event_head(&out, "channel.message");
	buf_str(&out, "{\"from\":\"Fred\"}}");
	check_text(buf_bytes(&out), "{\"jsonrpc\":\"2.0\",\"method\":\"channel.message\","
				    "\"params\":{\"from\":\"Fred\"}}");
	buf_char(&out, '\0');
	v = tree(&arena, out.p);
	assert_true(rpc_read(&v, &request, &why));
	assert_true(request.notification);
	buf_fini(&out);
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(reads_requests),
		TEST(refuses_what_is_no_request_and_keeps_a_usable_id),
		TEST(writes_results),
		TEST(writes_errors),
		TEST(an_event_is_a_notification),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
