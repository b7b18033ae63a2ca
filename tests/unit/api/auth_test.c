// SPDX-License-Identifier: MIT
#include "api_rig.h"

static const char *login(struct conn *c, const char *key)
{
	char params[160];
	snprintf(params, sizeof params, "{\"api_key\":\"%s\"}", key);
	return call(c, "authenticate", params);
}

static void a_key_opens_the_session_it_is_for(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_guest(r);
	check_like(told(c),
		"{\"jsonrpc\":\"2.0\",\"method\":\"welcome\",\"params\":{\"service\":\"i3-"
		"gateway\",\"version\":\"~\",\"protocol\":\"JSON-RPC 2.0\","
		"\"authentication\":\"required\"}}");
	check_like(login(c, "beta-key"),
		RESULT("{\"status\":\"authenticated\",\"mud_name\":\"BetaMUD\",\"session_id\":\"~"
		       "\","
		       "\"resumed\":false,\"recovered\":false,\"missed\":0,\"lost\":0,"
		       "\"seq\":0}"));
	assert_int_equal(strlen(session_of(c)->id), 32);
	assert_string_equal(session_of(c)->identity->name, "BetaMUD");
}

static void authenticating_again_looks_at_no_key(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	struct session *s = session_of(c);
	check_like(login(c, "wrong"),
		RESULT("{\"status\":\"success\",\"mud_name\":\"AlphaMUD\",\"session_id\":\"~\","
		       "\"seq\":0}"));
	assert_ptr_equal(session_of(c), s);
}

static void a_missing_key_is_a_missing_parameter(void **state)
{
	static const char *const none[] = {"{}", "null", "[]", "{\"api_key\":\"\"}",
		"{\"api_key\":null}", "{\"mud_name\":\"AlphaMUD\"}"};
	struct conn *c = rig_guest(*state);
	for (size_t i = 0; i < countof(none); i++)
		check_like(call(c, "authenticate", none[i]),
			FAULT(-32602) "\"message\":\"Missing api_key parameter\",~");
	check_like(call(c, "authenticate", "{\"api_key\":7}"), FAULT(-32602) "~");
	assert_true(c->open);
}

static void a_guest_is_told_to_authenticate_whatever_it_calls(void **state)
{
	struct conn *c = rig_guest(*state);
	for (const struct method *const *m = methods; *m; m++)
		if (!(*m)->before_auth)
			check_like(call(c, (*m)->name, "{}"),
				FAULT(-32000) "\"message\":\"Not authenticated. Please "
					      "authenticate first.\",~");
	check_like(call(c, "nonsense", "{}"), FAULT(-32000) "~\"not_authenticated\"~");
}

static void the_last_wrong_key_is_answered_and_ends_the_connection(void **state)
{
	struct conn *c = rig_guest(*state);
	for (int i = 1; i <= API_KEY_TRIES; i++) {
		check_like(login(c, "wrong"),
			FAULT(-32000) "\"message\":\"Invalid API key\",\"data\":{\"code\":\"invalid"
				      "_api_key\",\"field\":\"api_key\",~");
		assert_int_equal(c->open, i < API_KEY_TRIES);
	}
	assert_int_equal(c->why, CLOSE_REFUSED);
}

static void wrong_tries_before_the_right_key_are_forgiven(void **state)
{
	struct conn *c = rig_guest(*state);
	for (int i = 1; i < API_KEY_TRIES; i++)
		login(c, "wrong");
	check_like(login(c, "alpha-key"), "~\"authenticated\"~");
	assert_true(c->open);
}

static void a_key_kept_as_a_digest_is_matched_by_its_text_only(void **state)
{
	struct rig *r = *state;
	char hex[2 * CONFIG_DIGEST_BYTES + 1];
	sodium_bin2hex(hex, sizeof hex, r->keys[0].key.sha256, CONFIG_DIGEST_BYTES);
	struct conn *c = rig_guest(r);
	char prefixed[80];
	snprintf(prefixed, sizeof prefixed, "sha256:%s", hex);
	check_like(login(c, prefixed), FAULT(-32000) "~");
	check_like(login(c, hex), FAULT(-32000) "~");
	check_like(login(c, "alpha-key"), "~\"authenticated\"~");
}

static void an_entry_without_a_key_lets_nobody_in(void **state)
{
	struct rig *r = *state;
	r->keys[0].key.given = false;
	check_like(login(rig_guest(r), "alpha-key"), FAULT(-32000) "~");
}

static void of_two_entries_with_one_key_the_last_counts(void **state)
{
	static const char *const tell[] = {"tell", NULL};
	struct rig *r = *state;
	rig_key(r, "alpha-key", "BetaMUD", tell);
	struct conn *c = rig_login(r, "alpha-key");
	assert_string_equal(session_of(c)->identity->name, "BetaMUD");
	assert_int_equal(session_of(c)->rights, RIGHT_TELL);
}

static void a_key_for_a_mud_that_is_gone_is_wrong(void **state)
{
	struct rig *r = *state;
	r->keys[0].mud_name = "GammaMUD";
	check_like(login(rig_guest(r), "alpha-key"), FAULT(-32000) "~\"invalid_api_key\"~");
}

static void without_authentication_any_key_is_the_first_mud_s(void **state)
{
	struct rig *r = *state;
	r->config.api.auth.enabled = false;
	struct conn *c = rig_guest(r);
	check_like(login(c, ""), "~Missing api_key parameter~");
	check_like(login(c, "whatever"), "~\"authenticated\",\"mud_name\":\"AlphaMUD\"~");
	assert_int_equal(session_of(c)->rights, RIGHT_ALL);
}

static void a_reload_ends_the_sessions_of_keys_that_are_gone_or_moved(void **state)
{
	struct rig *r = *state;
	struct conn *gone = rig_login(r, "info-key"), *moved = rig_login(r, "beta-key");
	struct conn *kept = rig_login(r, "alpha-key"), *guest = rig_guest(r);
	r->keys[1].mud_name = "AlphaMUD"; // beta-key
	r->keys[2].key.given = false;     // info-key
	api_reload(&r->api, &r->config);
	assert_false(gone->open);
	assert_false(moved->open);
	assert_true(guest->open);
	check_like(call(kept, "ping", "{}"), "~\"pong\":true~");
}

static void a_reload_gives_sessions_the_rights_and_rate_of_their_key(void **state)
{
	static const char *const tell[] = {"tell", NULL};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	r->keys[0].permissions = (struct config_texts){(const char **)(uintptr_t)tell, 1};
	r->keys[0].rate_limit_override = 60;
	api_reload(&r->api, &r->config);
	assert_int_equal(session_of(c)->rights, RIGHT_TELL);
	check_like(call(c, "reconnect", "{}"), FAULT(-32002) "~");
	api_reload(&r->api, &r->config); // the same once more fills no bucket
	for (int i = 0; i < 19; i++)
		check_like(call(c, "ping", "{}"), "~\"pong\":true~");
	check_like(call(c, "ping", "{}"), FAULT(-32001) "~");
}

static void several_sessions_may_share_a_key(void **state)
{
	struct rig *r = *state;
	struct conn *a = rig_login(r, "alpha-key"), *b = rig_login(r, "alpha-key");
	assert_string_not_equal(session_of(a)->id, session_of(b)->id);
	rig_gone(a);
	check_like(call(b, "ping", "{}"), "~\"pong\":true~");
	assert_int_equal(hub_identity(&r->hub, SPAN("AlphaMUD"))->n_away, 1);
}

static void with_require_tls_plain_text_is_good_for_this_machine_only(void **state)
{
	struct rig *r = *state;
	r->config.api.auth.require_tls = true;
	struct conn *c = rig_guest(r);
	c->remote = true;
	for (int i = 0; i < 2 * API_KEY_TRIES; i++) // it is not told whether the key is right
		check_like(login(c, i % 2 ? "alpha-key" : "wrong"),
			FAULT(-32000) "~\"code\":\"tls_required\",~");
	assert_true(c->open);
	c->secure = true;
	check_like(login(c, "alpha-key"), "~\"authenticated\"~");
	check_like(login(rig_guest(r), "alpha-key"), "~\"authenticated\"~");
}

static void a_guest_has_little_time_and_room_and_a_session_more(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_guest(r);
	assert_int_equal(c->deadline_ms, API_GUEST_MS);
	assert_int_equal(c->out_max, API_GUEST_MESSAGE);
	assert_int_equal(c->max, API_GUEST_MESSAGE);
	login(c, "alpha-key");
	assert_int_equal(c->out_max, CONN_OUT_MAX);
	assert_int_equal(c->deadline_ms, API_LINE_IDLE_MS);
	assert_int_equal(c->max, API_LINE_MAX);
	c = rig_guest(r);
	buf_clear(&c->out);
	c->face->on_deadline(c);
	check_like(told(c), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,~}}}");
	assert_int_equal(c->why, CLOSE_NO_AUTH);
}

static void a_guest_that_only_talks_is_closed_and_a_session_is_not(void **state)
{
	struct conn *guest = rig_guest(*state), *session = rig_login(*state, "alpha-key");
	for (int i = 0; i < API_GUEST_MESSAGES; i++)
		check_like(ask(guest, "x"), "~\"parse_error\"~");
	assert_true(guest->open);
	check_like(ask(guest, "x"), "~\"not_authenticated\"~");
	assert_int_equal(guest->why, CLOSE_NO_AUTH);
	for (int i = 0; i <= API_GUEST_MESSAGES; i++)
		ask(session, "x");
	assert_true(session->open);
}

static void what_a_browser_would_post_is_not_listened_to(void **state)
{
	struct conn *guest = rig_guest(*state), *session = rig_login(*state, "alpha-key");
	check_like(ask(guest, "POST / HTTP/1.1"), "~\"parse_error\"~");
	assert_int_equal(guest->why, CLOSE_BAD);
	check_like(ask(session, "POST / HTTP/1.1"), "~\"parse_error\"~");
	assert_true(session->open);
}

static void a_silent_session_is_gone_after_its_time_and_a_lively_one_is_not(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	clock_set(clock_ms() + 1000, RIG_WALL_US);
	c->heard_ms = clock_ms();
	clock_set(clock_ms() + API_LINE_IDLE_MS - 1000, RIG_WALL_US);
	c->face->on_deadline(c);
	assert_true(c->open);
	assert_int_equal(c->deadline_ms, 1000);
	clock_set(clock_ms() + 1000, RIG_WALL_US);
	c->face->on_deadline(c);
	assert_int_equal(c->why, CLOSE_IDLE);
}

static void a_switched_off_interface_says_so_and_closes(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < 2; i++) {
		r->config.api.enabled = i;
		r->config.api.tcp.enabled = !i;
		struct conn *c = rig_guest(r);
		check_like(told(c), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":~switched off~");
		assert_false(c->open);
	}
}

static void a_line_too_long_is_answered(void **state)
{
	struct conn *c = rig_guest(*state);
	struct codec_msg msg = {.why = "too long", .too_big = true};
	buf_clear(&c->out);
	c->face->on_bad(c, &msg);
	check_like(told(c), "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":~\"too_big\"~}}}");
}

static void a_full_house_is_told_in_one_line_of_json(void **state)
{
	struct arena arena = {0};
	struct value v;
	struct json_error error;
	char *text = span_dup(face_jsonl.full);
	(void)state;
	assert_int_equal(text[face_jsonl.full.n - 1], '\n');
	assert_true(json_read(&arena, text, face_jsonl.full.n, &v, &error));
	arena_fini(&arena);
	free(text);
}

static void stopping_closes_every_client(void **state)
{
	struct rig *r = *state;
	struct conn *guest = rig_guest(r), *c = rig_login(r, "alpha-key");
	api_goodbye(&r->api);
	assert_int_equal(guest->why, CLOSE_SHUTDOWN);
	assert_int_equal(c->why, CLOSE_SHUTDOWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(a_key_opens_the_session_it_is_for),
		RIG_TEST(authenticating_again_looks_at_no_key),
		RIG_TEST(a_missing_key_is_a_missing_parameter),
		RIG_TEST(a_guest_is_told_to_authenticate_whatever_it_calls),
		RIG_TEST(the_last_wrong_key_is_answered_and_ends_the_connection),
		RIG_TEST(wrong_tries_before_the_right_key_are_forgiven),
		RIG_TEST(a_key_kept_as_a_digest_is_matched_by_its_text_only),
		RIG_TEST(an_entry_without_a_key_lets_nobody_in),
		RIG_TEST(of_two_entries_with_one_key_the_last_counts),
		RIG_TEST(a_key_for_a_mud_that_is_gone_is_wrong),
		RIG_TEST(without_authentication_any_key_is_the_first_mud_s),
		RIG_TEST(a_reload_ends_the_sessions_of_keys_that_are_gone_or_moved),
		RIG_TEST(a_reload_gives_sessions_the_rights_and_rate_of_their_key),
		RIG_TEST(several_sessions_may_share_a_key),
		RIG_TEST(with_require_tls_plain_text_is_good_for_this_machine_only),
		RIG_TEST(a_guest_has_little_time_and_room_and_a_session_more),
		RIG_TEST(a_guest_that_only_talks_is_closed_and_a_session_is_not),
		RIG_TEST(what_a_browser_would_post_is_not_listened_to),
		RIG_TEST(a_silent_session_is_gone_after_its_time_and_a_lively_one_is_not),
		RIG_TEST(a_switched_off_interface_says_so_and_closes),
		RIG_TEST(a_line_too_long_is_answered),
		RIG_TEST(a_full_house_is_told_in_one_line_of_json),
		RIG_TEST(stopping_closes_every_client),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
