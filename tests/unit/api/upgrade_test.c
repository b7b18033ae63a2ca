// SPDX-License-Identifier: MIT
#include "api_rig.h"

#define PLAIN                                                                                      \
	"Upgrade: websocket\r\nConnection: Upgrade\r\n"                                            \
	"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"

// An upgrade with these headers more → the connection; what it was answered is told().
static struct conn *upgrade_at(struct rig *r, const char *target, const char *headers, bool remote)
{
	struct http_request request;
	struct conn *c = rig_conn(r);
	buf_printf(&c->in, "GET %s HTTP/1.1\r\nHost: mud.example\r\n%s\r\n", target, headers);
	assert_int_equal(http_read(buf_bytes(&c->in), &request), 0);
	c->remote = remote;
	c->face = &(const struct face){.name = "http"};
	api_upgrade(&r->api, c, &request);
	return c;
}

static struct conn *upgrade(struct rig *r, const char *headers)
{
	char all[512];
	snprintf(all, sizeof all, PLAIN "%s", headers);
	return upgrade_at(r, "/ws", all, false);
}

static void let_go(struct conn *c) // a refused one has no client
{
	drop_codec(c);
	buf_fini(&c->out);
	buf_fini(&c->in);
	c->used = false;
}

static void check_refused(struct conn *c, const char *status)
{
	char want[64];
	snprintf(want, sizeof want, "HTTP/1.1 %s ~", status);
	check_like(told(c), want);
	assert_false(c->open);
	assert_int_equal(c->why, CLOSE_REFUSED);
	let_go(c);
}

// The payload of the frame at the start of what was told; plain frames only.
static const char *payload(struct conn *c)
{
	const char *text = told(c);
	size_t n = (unsigned char)text[1];
	assert_true(c->out.n >= 2);
	assert_true(n <= 126);
	return text + (n == 126 ? 4 : 2);
}

static void every_way_to_give_a_key_opens_the_session_and_pushes_nothing(void **state)
{
	static const struct {
		const char *target, *headers;
	} rows[] = {{"/ws", "X-API-Key: alpha-key\r\n"},
		{"/ws", "Authorization: Bearer alpha-key\r\n"},
		{"/ws", "authorization: bearer  alpha-key \r\n"}, {"/?api_key=alpha-key", ""},
		{"/ws?x=1&api_key=alpha%2Dkey", ""},
		{"/ws?api_key=wrong", "X-API-Key: alpha-key\r\n"},
		{"/ws?api_key=alpha-key", "X-API-Key:\r\n"}};
	struct rig *r = *state;
	for (size_t i = 0; i < countof(rows); i++) {
		char headers[512];
		snprintf(headers, sizeof headers, PLAIN "%s", rows[i].headers);
		struct conn *c = upgrade_at(r, rows[i].target, headers, true);
		check_like(told(c), "HTTP/1.1 101 ~\r\n\r");
		assert_null(strstr(told(c), "jsonrpc"));
		assert_non_null(session_of(c));
		assert_int_equal(c->deadline_ms, 0);
		ask(c, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"ping\"}");
		assert_string_equal(
			payload(c), RESULT("{\"pong\":true,\"timestamp\":\"" NOW "\"}"));
		rig_gone(c);
	}
}

static void without_a_key_the_client_is_a_guest(void **state)
{
	struct conn *c = upgrade(*state, "X-API-Key:\r\n");
	check_like(told(c), "HTTP/1.1 101 ~");
	assert_null(session_of(c));
	assert_int_equal(c->deadline_ms, API_GUEST_MS);
	call(c, "authenticate", "{\"api_key\":\"alpha-key\"}");
	check_like(payload(c), RESULT("{\"status\":\"authenticated\",~\"session_id\":\"~\",~}"));
}

static void refusals_have_the_status_that_tells_why(void **state)
{
	static const struct {
		const char *target, *headers, *status;
	} rows[] = {{"/ws", PLAIN "X-API-Key: wrong\r\n", "401"},
		{"/ws?api_key=wrong", PLAIN, "401"},
		{"/ws", PLAIN "Origin: http://evil.example\r\n", "403"},
		{"/ws", PLAIN "X-API-Key: wrong\r\nOrigin: null\r\n", "403"},
		{"/ws", "Upgrade: websocket\r\nConnection: Upgrade\r\n", "400"},
		{"/ws",
			"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 8\r\n"
			"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n",
			"426"}};
	for (size_t i = 0; i < countof(rows); i++)
		check_refused(
			upgrade_at(*state, rows[i].target, rows[i].headers, false), rows[i].status);
}

static void a_wrong_key_is_told_how_keys_are_given(void **state)
{
	struct conn *c = upgrade(*state, "X-API-Key: wrong\r\n");
	check_like(told(c), "HTTP/1.1 401 ~\r\nWWW-Authenticate: Bearer\r\n~");
	let_go(c);
}

static void a_page_of_the_same_origin_may_connect(void **state)
{
	struct conn *c = upgrade(*state, "Origin: http://mud.example\r\n");
	check_like(told(c), "HTTP/1.1 101 ~");
}

static void keys_over_plain_text_are_refused_where_tls_is_required(void **state)
{
	struct rig *r = *state;
	r->config.api.auth.require_tls = true;
	check_refused(upgrade_at(r, "/ws", PLAIN "X-API-Key: alpha-key\r\n", true), "403");
	check_refused(upgrade_at(r, "/ws", PLAIN "X-API-Key: wrong\r\n", true), "403");
	struct conn *local = upgrade_at(r, "/ws", PLAIN "X-API-Key: alpha-key\r\n", false);
	check_like(told(local), "HTTP/1.1 101 ~");
	struct conn *guest = upgrade_at(r, "/ws", PLAIN, true);
	check_like(told(guest), "HTTP/1.1 101 ~");
	call(guest, "authenticate", "{\"api_key\":\"alpha-key\"}");
	check_like(payload(guest), FAULT(-32000) "~\"tls_required\"~");
}

static void a_switched_off_api_has_no_websocket(void **state)
{
	struct rig *r = *state;
	r->config.api.websocket.enabled = false;
	check_refused(upgrade(r, ""), "404");
	r->config.api.websocket.enabled = true;
	r->config.api.enabled = false;
	check_refused(upgrade(r, "X-API-Key: alpha-key\r\n"), "404");
}

static void the_connection_after_the_last_is_refused(void **state)
{
	struct rig *r = *state;
	r->config.api.websocket.max_connections = 2;
	struct conn *first = upgrade(r, "");
	upgrade(r, "");
	check_refused(upgrade(r, ""), "503");
	rig_gone(first);
	check_like(told(upgrade(r, "")), "HTTP/1.1 101 ~");
}

static void compression_is_agreed_on_when_the_configuration_has_it(void **state)
{
	static const char offer[] = "Sec-WebSocket-Extensions: permessage-deflate\r\n";
	struct rig *r = *state;
	check_like(told(upgrade(r, offer)), "HTTP/1.1 101 ~");
	assert_null(strstr(told(&r->conns[0]), "permessage-deflate"));
	r->config.api.websocket.compression = true;
	check_like(told(upgrade(r, offer)), "~permessage-deflate~");
}

static void the_last_wrong_key_is_answered_and_ends_in_a_closing_frame(void **state)
{
	struct conn *c = upgrade(*state, "");
	for (int i = 0; i < API_KEY_TRIES; i++) {
		assert_true(c->open);
		call(c, "authenticate", "{\"api_key\":\"no\"}");
		assert_non_null(strstr(payload(c), "invalid_api_key"));
	}
	assert_false(c->open);
	const char *end = c->out.p + c->out.n - strlen("..too many wrong keys");
	assert_memory_equal(end, "\x03\xf0too many wrong keys", 21); // 1008
}

static void binary_messages_are_refused(void **state)
{
	struct conn *c = upgrade(*state, "X-API-Key: alpha-key\r\n");
	struct codec_msg msg = {.kind = WS_BINARY, .body = SPAN("{}")};
	buf_clear(&c->out);
	c->face->on_msg(c, &msg);
	assert_memory_equal(told(c) + 2, "\x03\xeb", 2); // 1003
	assert_int_equal(c->why, CLOSE_BAD);
}

static void an_empty_message_is_bad_json(void **state)
{
	struct conn *c = upgrade(*state, "X-API-Key: alpha-key\r\n");
	ask(c, "");
	assert_non_null(strstr(payload(c), "-32700"));
}

static void sessions_are_pinged_and_the_dead_are_found(void **state)
{
	struct rig *r = *state;
	struct conn *alive = upgrade(r, "X-API-Key: alpha-key\r\n"),
		    *dead = upgrade(r, "X-API-Key: alpha-key\r\n");
	for (int i = 0; i < 2; i++) {
		buf_clear(&alive->out);
		rig_pass(30000);
		check_bytes(buf_bytes(&alive->out), SPAN("\x89\0"));
		alive->heard_ms = clock_ms();
		assert_int_equal(dead->open, i == 0);
	}
	assert_true(alive->open);
	assert_int_equal(dead->why, CLOSE_NO_PONG);
}

static void pings_follow_the_configuration(void **state)
{
	struct rig *r = *state;
	struct conn *c = upgrade(r, "X-API-Key: alpha-key\r\n");
	r->config.api.websocket.ping_interval_s = 0;
	api_reload(&r->api, &r->config);
	buf_clear(&c->out);
	rig_pass(1000000);
	assert_int_equal(c->out.n, 0);
	r->config.api.websocket.ping_interval_s = 5;
	api_reload(&r->api, &r->config);
	c->heard_ms = clock_ms();
	rig_pass(5000);
	check_bytes(buf_bytes(&c->out), SPAN("\x89\0"));
}

static void stopping_says_goodbye_in_a_closing_frame(void **state)
{
	struct rig *r = *state;
	struct conn *c = upgrade(r, "X-API-Key: alpha-key\r\n");
	buf_clear(&c->out);
	api_goodbye(&r->api);
	assert_memory_equal(told(c) + 2, "\x03\xe9", 2); // 1001
	assert_int_equal(c->why, CLOSE_SHUTDOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(every_way_to_give_a_key_opens_the_session_and_pushes_nothing),
		RIG_TEST(without_a_key_the_client_is_a_guest),
		RIG_TEST(refusals_have_the_status_that_tells_why),
		RIG_TEST(a_wrong_key_is_told_how_keys_are_given),
		RIG_TEST(a_page_of_the_same_origin_may_connect),
		RIG_TEST(keys_over_plain_text_are_refused_where_tls_is_required),
		RIG_TEST(a_switched_off_api_has_no_websocket),
		RIG_TEST(the_connection_after_the_last_is_refused),
		RIG_TEST(compression_is_agreed_on_when_the_configuration_has_it),
		RIG_TEST(the_last_wrong_key_is_answered_and_ends_in_a_closing_frame),
		RIG_TEST(binary_messages_are_refused),
		RIG_TEST(an_empty_message_is_bad_json),
		RIG_TEST(sessions_are_pinged_and_the_dead_are_found),
		RIG_TEST(pings_follow_the_configuration),
		RIG_TEST(stopping_says_goodbye_in_a_closing_frame),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
