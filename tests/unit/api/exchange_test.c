// SPDX-License-Identifier: MIT
// Mail, files and news, with an exchange that says what the test wants.
#include "api_rig.h"

static struct {
	struct exchange exchange;
	struct exchange_answer says;
	struct exchange_wish heard; // spans are gone
	char name[64], mud[64];
	uint32_t n_to;
} fake_exchange;

static void on_wish(struct exchange *x, const struct exchange_wish *w, struct exchange_answer *a)
{
	(void)x;
	struct value_list result = a->result;
	fake_exchange.heard = *w;
	snprintf(fake_exchange.name, sizeof fake_exchange.name, "%.*s", (int)w->name.n,
		w->name.p ? w->name.p : "");
	snprintf(fake_exchange.mud, sizeof fake_exchange.mud, "%.*s", (int)w->mud.n,
		w->mud.p ? w->mud.p : "");
	fake_exchange.n_to = w->to ? w->to->n : 0;
	*a = fake_exchange.says;
	a->result = result;
	if (a->said == EXCHANGE_DONE)
		value_pair(&a->result, "here", value_int(1));
}

static const struct exchange_ops fake_exchange_ops = {on_wish};

static struct conn *login(struct rig *r, struct exchange_answer says)
{
	fake_exchange.exchange.ops = &fake_exchange_ops;
	fake_exchange.says = says;
	r->up.identity->exchange = &fake_exchange.exchange;
	return rig_login(r, "alpha-key");
}

static void tell_exchange(struct rig *r, const char *number, const char *json)
{
	struct arena arena = {0};
	struct value v;
	struct json_error error;
	char *text = mem_str(json);
	struct answer_key key = {.kind = ANSWER_EXCHANGE, .user = span_str(number)};
	assert_true(json_read(&arena, text, strlen(text), &v, &error));
	answers_tell(&r->up.identity->answers, &key, &v);
	free(text);
	arena_fini(&arena);
}

#define GET  "{\"target_mud\":\"Beta\",\"name\":\"/motd\",\"wait\":5}"
#define SEND "{\"to\":[\"bob@Beta\"],\"message\":\"hi\",\"from_user\":\"ann\"}"

static void without_an_exchange_the_service_is_off(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	check_like(call(c, "mail_list", "{}"), FAULT(-32004) "~service_off~");
	check_like(call(c, "file_get", GET), FAULT(-32004) "~service_off~");
}

static void what_the_exchange_says_at_once_is_the_answer(void **state)
{
	struct conn *c = login(*state, (struct exchange_answer){.said = EXCHANGE_DONE});
	assert_string_equal(
		call(c, "mail_list", "{\"after\":7,\"limit\":9}"), RESULT("{\"here\":1}"));
	assert_int_equal(fake_exchange.heard.verb, EXCHANGE_MAIL_LIST);
	assert_int_equal(fake_exchange.heard.number, 7);
	assert_int_equal(fake_exchange.heard.limit, 9);
	call(c, "news_read", "{\"group\":\"g\",\"id\":3}");
	assert_int_equal(fake_exchange.heard.verb, EXCHANGE_NEWS_READ);
	assert_int_equal(fake_exchange.heard.number, 3);
	assert_string_equal(fake_exchange.name, "g");
	call(c, "mail_delete", "{\"mail_id\":4}");
	assert_int_equal(fake_exchange.heard.number, 4);
}

static void refusals_are_errors(void **state)
{
	struct conn *c =
		login(*state, (struct exchange_answer){
				      .said = EXCHANGE_REFUSED, .field = "to", .words = "nobody"});
	check_like(call(c, "mail_send", SEND), FAULT(-32602) "\"message\":\"nobody\",~\"to\"~");
	assert_int_equal(fake_exchange.n_to, 1);
	fake_exchange.says.said = EXCHANGE_FULL;
	check_like(call(c, "mail_send", SEND), FAULT(-32602) "~too_many~");
	fake_exchange.says.said = EXCHANGE_OFF;
	check_like(call(c, "mail_send", SEND), FAULT(-32004) "~service_off~");
}

static const struct exchange_answer later = {.said = EXCHANGE_LATER, .number = 42};

static void what_comes_later_is_awaited(void **state)
{
	struct conn *c = login(*state, later);
	assert_string_equal(call(c, "file_get", GET), "");
	assert_string_equal(fake_exchange.mud, "Beta");
	tell_exchange(*state, "41", "{\"status\":\"another\"}");
	assert_string_equal(told(c), "");
	tell_exchange(*state, "42", "{\"status\":\"done\",\"content\":\"x\"}");
	assert_string_equal(told(c), RESULT("{\"status\":\"done\",\"content\":\"x\"}"));
}

static void when_time_is_up_the_call_says_what_it_asked(void **state)
{
	struct conn *c = login(*state, later);
	assert_string_equal(call(c, "file_get", GET), "");
	rig_pass(5000);
	assert_string_equal(told(c), RESULT("{\"status\":\"requested\",\"request_id\":42}"));
	assert_string_equal(call(c, "file_list", "{\"target_mud\":\"Beta\"}"),
		RESULT("{\"status\":\"requested\",\"request_id\":42}"));
}

static void mail_is_answered_once_it_is_stored_however_long_it_is(void **state)
{
	struct exchange_answer soon = later;
	struct buf params = {.max = 1 << 20};
	soon.soon_s = 30;
	struct conn *c = login(*state, soon);
	buf_str(&params, "{\"to\":[\"bob@Beta\"],\"from_user\":\"ann\",\"message\":\"");
	for (int i = 0; i < 60000; i++)
		buf_char(&params, 'x');
	buf_str(&params, "\"}");
	buf_char(&params, '\0');
	assert_string_equal(call(c, "mail_send", params.p), "");
	tell_exchange(*state, "42", "{\"mail_id\":42,\"status\":\"queued\"}");
	assert_string_equal(told(c), RESULT("{\"mail_id\":42,\"status\":\"queued\"}"));
	buf_fini(&params);
}

static void mail_in_a_batch_is_accepted(void **state)
{
	struct exchange_answer soon = later;
	soon.soon_s = 30;
	struct conn *c = login(*state, soon);
	assert_string_equal(
		ask(c, "[{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"mail_send\",\"params\":" SEND
		       "}]"),
		"[" RESULT("{\"mail_id\":42,\"status\":\"accepted\"}") "]");
}

static void who_leaves_is_not_answered(void **state)
{
	struct conn *c = login(*state, later);
	call(c, "file_get", GET);
	rig_gone(c);
	tell_exchange(*state, "42", "{\"status\":\"done\"}");
	rig_turn_end();
	assert_int_equal(rig_timers(), 1); // the pinger
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(without_an_exchange_the_service_is_off),
		RIG_TEST(what_the_exchange_says_at_once_is_the_answer),
		RIG_TEST(refusals_are_errors),
		RIG_TEST(what_comes_later_is_awaited),
		RIG_TEST(when_time_is_up_the_call_says_what_it_asked),
		RIG_TEST(mail_is_answered_once_it_is_stored_however_long_it_is),
		RIG_TEST(mail_in_a_batch_is_accepted),
		RIG_TEST(who_leaves_is_not_answered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
