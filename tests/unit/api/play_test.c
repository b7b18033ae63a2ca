// SPDX-License-Identifier: MIT
// The methods for games, with a gate that writes down what it is asked.
#include "api_rig.h"
#include "hub/gaming.h"

struct fake_gate {
	struct gaming gaming;
	struct buf did;
	uint32_t reaches;
};

static struct fake_gate *gate_of(struct gaming *g)
{
	return container_of(g, struct fake_gate, gaming);
}

static bool has(struct gaming *g, const struct identity *i)
{
	(void)g;
	return !strcmp(i->name, "AlphaMUD");
}

static void presence(struct gaming *g, struct identity *i)
{
	buf_printf(&gate_of(g)->did, "presence %u;", i->n_plays);
}

static bool list(struct gaming *g, const struct identity *i, const struct gaming_page *page,
	struct value_list *out)
{
	(void)i;
	buf_printf(&gate_of(g)->did, "list %d %zu", (int)page->after, page->limit);
	value_push(out, value_int(7));
	return page->limit < 10;
}

static uint32_t note(struct gaming *g, const char *what, const struct gaming_whom *whom)
{
	struct buf *b = &gate_of(g)->did;
	buf_str(b, what);
	for (size_t i = 0; whom && whom->ids && i < whom->ids->n; i++)
		buf_printf(b, " %d", (int)whom->ids->at[i].i);
	if (whom && !whom->ids)
		buf_lit(b, " all");
	if (whom && whom->ids && whom->ids->n > 1)
		value_push(whom->missing, whom->ids->at[1]);
	return gate_of(g)->reaches;
}

static uint32_t output(struct gaming *g, const struct identity *i, const struct gaming_whom *whom,
	const struct gaming_text *text)
{
	(void)i;
	uint32_t n = note(g, "output", whom);
	buf_printf(&gate_of(g)->did, " %.*s %.*s %d", (int)text->text.n, text->text.p,
		(int)text->markup.n, text->markup.p, text->prompt);
	return n;
}

static uint32_t oob(struct gaming *g, const struct identity *i, const struct gaming_whom *whom,
	struct span package, struct span json)
{
	(void)i;
	uint32_t n = note(g, "oob", whom);
	buf_printf(&gate_of(g)->did, " %.*s %.*s", (int)package.n, package.p, (int)json.n, json.p);
	return n;
}

static uint32_t echo(
	struct gaming *g, const struct identity *i, const struct gaming_whom *whom, bool on)
{
	(void)i;
	return note(g, on ? "shown" : "hidden", whom);
}

static uint32_t attach(struct gaming *g, const struct identity *i, const struct gaming_whom *whom,
	int64_t object, struct span name)
{
	(void)i;
	uint32_t n = note(g, "attach", whom);
	buf_printf(&gate_of(g)->did, " %d %.*s", (int)object, (int)name.n, name.p);
	return n;
}

static uint32_t end(struct gaming *g, const struct identity *i, const struct gaming_whom *whom,
	struct span words)
{
	(void)i;
	uint32_t n = note(g, "close", whom);
	buf_printf(&gate_of(g)->did, " %.*s", (int)words.n, words.p);
	return n;
}

static uint32_t announce(struct gaming *g, const struct identity *i, struct span text)
{
	(void)i;
	buf_printf(&gate_of(g)->did, "announce %.*s", (int)text.n, text.p);
	return gate_of(g)->reaches;
}

static void status(struct gaming *g, const struct identity *i, const struct gaming_status *s)
{
	(void)i;
	buf_printf(&gate_of(g)->did, "status %d %u %.*s", s->restarting, s->eta_s,
		(int)s->message.n, s->message.p);
}

static const struct gaming_ops ops = {.has = has,
	.presence = presence,
	.list = list,
	.output = output,
	.oob = oob,
	.echo = echo,
	.attach = attach,
	.close = end,
	.announce = announce,
	.status = status};

static const struct {
	const char *method, *params, *answer, *did;
} rows[] = {
	{"player_list", "{\"after\":3,\"limit\":2}",
		RESULT("{\"players\":[7],\"count\":1,\"more\":true}"), "list 3 2"},
	{"player_list", "{}", RESULT("{\"players\":[7],\"count\":1,\"more\":false}"),
		"list 0 1000"},
	{"player_output", "{\"player_id\":5,\"text\":\"hi\"}",
		RESULT("{\"status\":\"sent\",\"players\":1}"), "output 5 hi  0"},
	{"player_output",
		"{\"player_ids\":[5,6],\"text\":\"hi\",\"markup\":\"rom\",\"prompt\":true}",
		RESULT("{\"status\":\"sent\",\"players\":1,\"missing\":[6]}"),
		"output 5 6 hi rom 1"},
	{"player_output", "{\"all\":true}", RESULT("{\"status\":\"sent\",\"players\":1}"),
		"output all   0"},
	{"player_output", "{\"player_id\":5,\"all\":true}", FAULT(-32602) "~", ""},
	{"player_output", "{\"text\":\"hi\"}", FAULT(-32602) "~Give one of~", ""},
	{"player_output", "{\"player_ids\":[1.5]}", FAULT(-32602) "~\"field\":\"player_ids\"~", ""},
	{"player_output", "{\"all\":true,\"markup\":\"x\"}", FAULT(-32602) "~\"field\":\"markup\"~",
		""},
	{"player_oob", "{\"player_id\":5,\"package\":\"A.B\",\"data\":{\"a\":[1]}}",
		RESULT("{\"status\":\"sent\",\"players\":1}"), "oob 5 A.B {\"a\":[1]}"},
	{"player_oob", "{\"player_id\":5,\"package\":\"Core.Ping\"}",
		RESULT("{\"status\":\"sent\",\"players\":1}"), "oob 5 Core.Ping "},
	{"player_oob", "{\"player_id\":5,\"package\":\"A\\n\"}", FAULT(-32602) "~", ""},
	{"player_oob", "{\"player_id\":5,\"package\":\"A B\"}",
		FAULT(-32602) "~\"field\":\"package\"~", ""},
	{"player_echo", "{\"player_id\":5,\"on\":false}", RESULT("{\"status\":\"set\"}"),
		"hidden 5"},
	{"player_echo", "{\"player_id\":5,\"on\":true}", RESULT("{\"status\":\"set\"}"), "shown 5"},
	{"player_attach", "{\"player_id\":5,\"object_id\":0,\"name\":\"Ann\"}",
		RESULT("{\"status\":\"attached\"}"), "attach 5 0 Ann"},
	{"player_attach", "{\"player_id\":5}", FAULT(-32602) "~\"field\":\"object_id\"~", ""},
	{"player_attach", "{\"player_id\":5,\"object_id\":1,\"name\":\"\\u001b\"}",
		FAULT(-32602) "~\"field\":\"name\"~", ""},
	{"player_close", "{\"player_id\":5,\"reason\":\"bye\"}", RESULT("{\"status\":\"closed\"}"),
		"close 5 bye"},
	{"player_announce", "{\"text\":\"rain\"}", RESULT("{\"status\":\"sent\",\"players\":1}"),
		"announce rain"},
	{"game_status", "{\"state\":\"restarting\",\"eta\":5,\"message\":\"soon\"}",
		RESULT("{\"status\":\"noted\"}"), "status 1 5 soon"},
	{"game_status", "{\"state\":\"up\"}", RESULT("{\"status\":\"noted\"}"), "status 0 0 "},
	{"game_status", "{\"state\":\"down\"}", FAULT(-32602) "~\"field\":\"state\"~", ""},
};

static void methods_ask_the_gate(void **state)
{
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	struct fake_gate f = {.gaming.ops = &ops, .reaches = 1};
	r->hub.gaming = &f.gaming;
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&f.did);
		check_like(call(c, rows[i].method, rows[i].params), rows[i].answer);
		check_text(buf_bytes(&f.did), rows[i].did);
	}
	r->hub.gaming = NULL;
	buf_fini(&f.did);
}

static void a_player_who_is_not_there_is_an_error_for_calls_about_one(void **state)
{
	static const char *const about_one[][2] = {{"player_echo", "{\"player_id\":5,\"on\":true}"},
		{"player_attach", "{\"player_id\":5,\"object_id\":1}"},
		{"player_close", "{\"player_id\":5}"}};
	struct rig *r = *state;
	struct conn *c = rig_login(r, "alpha-key");
	struct fake_gate f = {.gaming.ops = &ops};
	r->hub.gaming = &f.gaming;
	for (size_t i = 0; i < countof(about_one); i++)
		check_like(call(c, about_one[i][0], about_one[i][1]),
			FAULT(-32602) "~\"field\":\"player_id\"~");
	r->hub.gaming = NULL;
	buf_fini(&f.did);
}

static void each_session_that_may_play_and_the_end_of_the_last_are_told(void **state)
{
	struct rig *r = *state;
	struct fake_gate f = {.gaming.ops = &ops};
	r->hub.gaming = &f.gaming;
	struct conn *first = rig_login(r, "alpha-key"), *second = rig_login(r, "alpha-key");
	rig_login(r, "usual-key");
	conn_close(first, CLOSE_EOF);
	rig_gone(first);
	check_text(buf_bytes(&f.did), "presence 1;presence 2;");
	conn_close(second, CLOSE_EOF);
	rig_gone(second);
	check_text(buf_bytes(&f.did), "presence 1;presence 2;presence 0;");
	r->hub.gaming = NULL;
	buf_fini(&f.did);
}

static void without_a_game_there_is_an_error(void **state)
{
	struct conn *c = rig_login(*state, "alpha-key");
	check_like(call(c, "player_list", "{}"), FAULT(-32004) "~\"code\":\"no_game\",~");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(methods_ask_the_gate),
		RIG_TEST(a_player_who_is_not_there_is_an_error_for_calls_about_one),
		RIG_TEST(each_session_that_may_play_and_the_end_of_the_last_are_told),
		RIG_TEST(without_a_game_there_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
