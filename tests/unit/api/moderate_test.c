// SPDX-License-Identifier: MIT
// Moderation through the API: what its methods answer, and what callers who are stopped are told.
#include "api_rig.h"

#include "base/utf8.h"

#define RULE(body)                                                                                 \
	"~" RESULT("{\"status\":\"added\",\"rule\":{\"id\":~,\"scope\":\"AlphaMUD\"," body         \
		   ",\"until\":0,\"reason\":\"\",\"by\":\"AlphaMUD\",\"created\":1767323045}}")

static void methods_answer_with_the_rule(void **state)
{
	static const struct {
		const char *method, *params, *answer;
	} rows[] = {
		{"moderation_add", "{\"kind\":\"mute\",\"user\":\"Bob\",\"mud\":\"Frog\"}",
			RULE("\"user\":\"Bob\",\"mud\":\"Frog\"")},
		{"moderation_add", "{\"kind\":\"ban\",\"mud\":\"Frog\",\"user\":\"*\"}",
			RULE("\"user\":\"*\",\"mud\":\"Frog\"")},
		{"moderation_add", "{\"kind\":\"word\",\"pattern\":\"x+\",\"regex\":true}",
			RULE("\"pattern\":\"x+\",\"regex\":true,\"action\":\"mask\"")},
		{"moderation_add", "{\"kind\":\"mute\",\"user\":\"eve\",\"scope\":\"*\"}",
			"~\"scope\":\"*\"~"},
		{"moderation_add", "{\"kind\":\"mute\",\"user\":\"eve\",\"scope\":\"betamud\"}",
			"~\"scope\":\"betamud\"~"},
		{"moderation_add", "{\"kind\":\"mute\",\"user\":\"*\",\"mud\":\"*\"}",
			FAULT(-32602) "~\"code\":\"bad_rule\",~"},
		{"moderation_add", "{\"kind\":\"off\"}", FAULT(-32602) "~\"field\":\"kind\",~"},
		{"moderation_add", "{\"kind\":\"word\",\"pattern\":\"y\",\"action\":\"hide\"}",
			FAULT(-32602) "~\"field\":\"action\",~"},
		{"moderation_list", "{\"limit\":2}",
			RESULT("{\"status\":\"success\",\"rules\":[{\"id\":1,~},{\"id\":2,~}],"
			       "\"count\":2,\"next\":2}")},
		{"moderation_list", "{\"after\":3,\"kind\":\"mute\"}",
			RESULT("{\"status\":\"success\",\"rules\":[{\"id\":4,~},{\"id\":5,~}],"
			       "\"count\":2}")},
		{"moderation_list", "{\"kind\":\"loud\"}", FAULT(-32602) "~"},
		{"moderation_remove", "{\"id\":1}",
			"~" RESULT("{\"status\":\"removed\",\"id\":1}")},
		{"moderation_remove", "{\"id\":1}",
			FAULT(-32602) "~\"code\":\"no_such_rule\",\"field\":\"id\",~"},
		{"network_switch", "{\"on\":true}", "~" RESULT("{\"status\":\"on\"}")},
		{"network_switch", "{\"on\":false,\"reason\":\"storm\"}",
			"~\"status\":\"off\",\"switched_off\":\"switched off by AlphaMUD: "
			"storm\"~"},
		{"status", "{}", "~\"switched_off\":\"switched off by AlphaMUD: storm\"}}"},
		{"moderation_remove", "{\"id\":6}", FAULT(-32602) "~network_switch~"},
		{"network_switch", "{\"on\":false,\"scope\":\"Nobody\"}",
			FAULT(-32602) "~\"code\":\"bad_rule\",~"},
		{"network_switch", "{\"on\":false,\"until\":1}",
			FAULT(-32602) "~\"code\":\"bad_rule\",~"},
	};
	struct conn *c = rig_login(*state, "alpha-key");
	for (size_t i = 0; i < countof(rows); i++)
		check_like(call(c, rows[i].method, rows[i].params), rows[i].answer);
}

static void a_player_of_ours_who_is_stopped_is_told_why_and_until_when(void **state)
{
	static const char *const line =
		"{\"channel\":\"chat\",\"message\":\"m\",\"emote\":\"m\",\"from_user\":\"ANN\"}";
	static const char *const tell =
		"{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":\"m\",\"emote\":\"m\","
		"\"from_user\":\"ANN\"}";
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "moderation_add",
		"{\"kind\":\"mute\",\"user\":\"ann\",\"mud\":\"ALPHAMUD\",\"reason\":\"loud\","
		"\"until\":1767323105}");
	const char *muted = FAULT(-32005) "\"message\":\"ANN is muted until 2026-01-02T03:05:05Z: "
					  "loud\",\"data\":{\"code\":\"muted\",~";
	check_like(call(c, "channel_send", line), muted);
	check_like(call(c, "channel_emote", line), muted);
	check_like(call(c, "tell", tell), "~\"sent\"~");
	call(c, "moderation_add", "{\"kind\":\"ban\",\"user\":\"ann\",\"mud\":\"AlphaMUD\"}");
	check_like(call(c, "tell", tell), FAULT(-32005) "\"message\":\"ANN is banned\",~");
	check_like(call(c, "emoteto", tell), FAULT(-32005) "~");
	check_like(call(c, "beep", tell), FAULT(-32005) "\"message\":\"ANN is banned\",~");
	check_like(
		call(c, "channel_send", "{\"channel\":\"chat\",\"message\":\"m\"}"), "~\"sent\"~");
	check_text(buf_bytes(&r->up.asked),
		"tell from=ANN as=ANN mud=B user=b text=m\n"
		"channel_message from=Someone as=Someone channel=chat text=m\n");
}

static void words_are_masked_or_refused_on_their_way_out(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "moderation_add", "{\"kind\":\"word\",\"pattern\":\"darn\"}");
	call(c, "moderation_add",
		"{\"kind\":\"word\",\"pattern\":\"gold\",\"action\":\"drop\",\"reason\":\"no "
		"trade\"}");
	check_like(call(c, "channel_send",
			   "{\"channel\":\"darn\",\"message\":\"Darn it\",\"visname\":\"darn\","
			   "\"from_user\":\"darn\"}"),
		"~\"sent\"~");
	check_like(call(c, "tell",
			   "{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":\"Gold!\"}"),
		FAULT(-32005) "\"message\":\"~: no trade\",\"data\":{\"code\":\"filtered\",~");
	check_text(buf_bytes(&r->up.asked),
		"channel_message from=darn as=**** channel=darn text=**** it\n");
	buf_clear(&r->up.asked);
	check_like(call(c, "beep",
			   "{\"target_mud\":\"B\",\"target_user\":\"b\",\"from_user\":\"Darn\"}"),
		"~\"sent\"~");
	check_like(call(c, "beep",
			   "{\"target_mud\":\"B\",\"target_user\":\"b\",\"from_user\":\"Gold\"}"),
		FAULT(-32005) "~\"code\":\"filtered\",~");
	check_text(buf_bytes(&r->up.asked), "beep from=Darn as=**** mud=B user=b\n");
}

static void a_masked_tell_counts_once(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	call(c, "moderation_add", "{\"kind\":\"word\",\"pattern\":\"darn\"}");
	int64_t words = metric_get(METRIC_MODERATED_WORD);
	call(c, "tell", "{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":\"darn\"}");
	assert_int_equal(metric_get(METRIC_MODERATED_WORD) - words, 1);
	check_text(
		buf_bytes(&r->up.asked), "tell from=Someone as=Someone mud=B user=b text=****\n");
}

static void everything_fails_while_the_network_is_off(void **state)
{
	static const char *const senders[] = {"tell", "emoteto", "beep", "channel_send",
		"channel_emote", "who", "finger", "locate", "channel_who", "channel_user"};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key"), *beta = rig_login(r, "beta-key");
	rig_put_answer(r, ANSWER_WHO, "B", "", "[]"); // nor is told what was known before
	people_put(&r->up.identity->people, &(struct person_key){SPAN("B"), SPAN("b")},
		&(struct person){.visname = SPAN("Bee")}, clock_ms());
	call(c, "network_switch", "{\"on\":false,\"reason\":\"\xc3\xa4 storm\"}");
	for (size_t i = 0; i < countof(senders); i++)
		check_like(call(c, senders[i],
				   "{\"target_mud\":\"B\",\"target_user\":\"b\",\"message\":\"m\","
				   "\"emote\":\"m\",\"channel\":\"c\"}"),
			FAULT(-32004) "\"message\":\"~: \xc3\xa4 storm\",\"data\":{\"code\":"
				      "\"network_off\",~");
	check_text(buf_bytes(&r->up.asked), "");
	check_like(call(beta, "who", "{\"target_mud\":\"B\"}"), "~\"network_unavailable\"~");
}

static void a_long_reason_is_cut_between_characters(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	struct buf params = {0};
	buf_str(&params, "{\"on\":false,\"reason\":\"x");
	for (int i = 0; i < 100; i++)
		buf_lit(&params, "\xc3\xa4");
	buf_lit(&params, "\"}\0");
	call(c, "network_switch", params.p);
	const char *answer = call(c, "who", "{\"target_mud\":\"B\"}");
	assert_true(utf8_valid(span_str(answer)));
	check_like(answer, FAULT(-32004) "~\xc3\xa4\",\"data\":~");
	buf_fini(&params);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(methods_answer_with_the_rule),
		RIG_TEST(a_player_of_ours_who_is_stopped_is_told_why_and_until_when),
		RIG_TEST(words_are_masked_or_refused_on_their_way_out),
		RIG_TEST(a_masked_tell_counts_once),
		RIG_TEST(everything_fails_while_the_network_is_off),
		RIG_TEST(a_long_reason_is_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
