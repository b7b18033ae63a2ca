// SPDX-License-Identifier: MIT
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/message.h"
#include <stdio.h>
#include <stdlib.h>

#define NOW_US UINT64_C(1765189860123456) // 2025-12-08T10:31:00.123456Z
#define LATER  UINT64_C(2000)

static struct arena arena;
static struct buf input; // reading changes it in place

static struct span loan(const char *text)
{
	buf_clear(&input);
	buf_str(&input, text);
	return buf_bytes(&input);
}

static int setup(void **state)
{
	(void)state;
	clock_set(1000, NOW_US);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	buf_fini(&input);
	return 0;
}

// --- handshakes ---

static void a_handshake_says_who_it_is(void **state)
{
	struct bridge_greeting g;
	(void)state;
	assert_null(bridge_read_greeting(&arena,
		loan("{\"type\":\"mod\",\"data\":{\"server_id\":\"s\",\"channel_id\":\"c\"}}"),
		&g));
	assert_int_equal(g.side, BRIDGE_MOD);
	check_text(g.id, "s");
	check_text(g.channel, "c");
	assert_null(bridge_read_greeting(&arena,
		loan(" {\"more\":[1],\"data\":{\"bot_id\":\"b\",\"x\":null},\"type\":\"bot\"} "),
		&g));
	assert_int_equal(g.side, BRIDGE_BOT);
	check_text(g.id, "b");
	assert_int_equal(g.channel.n, 0);
}

static void a_bad_handshake_is_refused_in_the_words_for_it(void **state)
{
#define MOD(data) "{\"type\":\"mod\",\"data\":" data "}"
#define BOT(data) "{\"type\":\"bot\",\"data\":" data "}"
	static const struct {
		const char *text, *words;
	} rows[] = {
		{"", "Malformed handshake."},
		{"{", "Malformed handshake."},
		{"[]", "Malformed handshake."},
		{"\"mod\"", "Malformed handshake."},
		{"{\"type\":1}", "Malformed handshake."},
		{"{\"type\":\"mod\"} x", "Malformed handshake."},
		{"{}", "Unknown handshake."},
		{"{\"type\":null}", "Unknown handshake."},
		{"{\"type\":\"\"}", "Unknown handshake."},
		{"{\"type\":\"Mod\"}", "Unknown handshake."},
		{"{\"type\":\"web\",\"data\":{}}", "Unknown handshake."},
		{"{\"type\":\"mod\"}", "Malformed mod handshake."},
		{MOD("null"), "Malformed mod handshake."},
		{MOD("[]"), "Malformed mod handshake."},
		{MOD("\"{}\""), "Malformed mod handshake."},
		{MOD("{}"), "Malformed mod handshake."},
		{MOD("{\"server_id\":\"s\"}"), "Malformed mod handshake."},
		{MOD("{\"server_id\":\"s\",\"channel_id\":\"\"}"), "Malformed mod handshake."},
		{MOD("{\"server_id\":1,\"channel_id\":\"c\"}"), "Malformed mod handshake."},
		{MOD("{\"server_id\":\"s\\n\",\"channel_id\":\"c\"}"), "Malformed mod handshake."},
		{"{\"type\":\"bot\"}", "Malformed bot handshake."},
		{BOT("{\"bot_id\":\"\"}"), "Malformed bot handshake."},
		{BOT("{\"bot_id\":7}"), "Malformed bot handshake."},
		{BOT("{\"channel_id\":\"c\"}"), "Malformed bot handshake."},
	};
	struct bridge_greeting g;
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		const char *words = bridge_read_greeting(&arena, loan(rows[i].text), &g);
		if (!words || strcmp(words, rows[i].words))
			fail_msg("%s: %s", rows[i].text, words ? words : "taken");
	}
}

static void ids_have_a_bound(void **state)
{
	struct bridge_greeting g;
	char text[BRIDGE_ID_MAX + 64];
	(void)state;
	for (int more = 0; more < 2; more++) {
		snprintf(text, sizeof text, "{\"type\":\"bot\",\"data\":{\"bot_id\":\"%0*d\"}}",
			BRIDGE_ID_MAX + more, 0);
		assert_int_equal(bridge_read_greeting(&arena, loan(text), &g) != NULL, more);
	}
}

// --- messages ---

static const struct bridge_greeting mod = {BRIDGE_MOD, {"s1", 2}, {"c1", 2}};
static const struct bridge_greeting bot = {BRIDGE_BOT, {"b1", 2}, {0}};

#define AUTHOR "\"author\":{\"id\":\"a\"}"
#define TO(c)  "\"destination\":{\"channel_id\":" c "}"
#define REST   "," AUTHOR ",\"content\":\"hi\"}"

static void a_message_is_read_from_either_side(void **state)
{
	struct bridge_words w;
	(void)state;
	assert_true(bridge_read_message(
		&arena, loan("{\"msg_id\":\"m\",\"id\":\"s1\"," TO("\"c2\"") REST), &mod, &w));
	assert_int_equal(w.from, BRIDGE_MOD);
	check_text(w.msg_id, "m");
	check_text(w.channel, "c2"); // any channel, not only its own
	check_text(w.author_id, "a");
	check_text(w.content, "hi");
	assert_int_equal(w.author_name.n + w.meta.n + w.ts.n, 0);
	assert_true(bridge_read_message(&arena,
		loan("{\"msg_id\":\"m\",\"id\":\"c9\",\"destination\":4,\"ts\":null,\"meta\":null,"
		     "\"author\":{\"id\":\"a\",\"name\":\"Ann\",\"x\":1},\"content\":"
		     "\"h\\u00e9\"}"),
		&bot, &w));
	assert_int_equal(w.from, BRIDGE_BOT);
	check_text(w.channel, "c9");
	check_text(w.author_name, "Ann");
	check_text(w.content, "h\u00e9");
}

static void what_is_missing_empty_or_of_another_type_is_malformed(void **state)
{
#define BOTS(fields) "{\"msg_id\":\"m\",\"id\":\"c\"" fields "}"
	static const struct {
		const struct bridge_greeting *sender;
		const char *text;
	} rows[] = {
		{&bot, ""},
		{&bot, "[]"},
		{&bot, "{}"},
		{&bot, "null"},
		{&bot, "{\"id\":\"c\"" REST},
		{&bot, "{\"msg_id\":\"m\"" REST},
		{&bot, "{\"msg_id\":\"\",\"id\":\"c\"" REST},
		{&bot, "{\"msg_id\":7,\"id\":\"c\"" REST},
		{&bot, "{\"msg_id\":\"m\",\"id\":\"\"" REST},
		{&bot, "{\"msg_id\":\"m\",\"id\":null" REST},
		{&bot, BOTS(",\"content\":\"hi\"")},
		{&bot, BOTS(",\"author\":\"a\",\"content\":\"hi\"")},
		{&bot, BOTS(",\"author\":{},\"content\":\"hi\"")},
		{&bot, BOTS(",\"author\":{\"id\":\"\"},\"content\":\"hi\"")},
		{&bot, BOTS(",\"author\":{\"id\":\"a\",\"name\":5},\"content\":\"hi\"")},
		{&bot, BOTS("," AUTHOR)},
		{&bot, BOTS("," AUTHOR ",\"content\":\"\"")},
		{&bot, BOTS("," AUTHOR ",\"content\":[\"hi\"]")},
		{&bot, BOTS(",\"meta\":[],\"content\":\"hi\"," AUTHOR)},
		{&bot, BOTS(",\"meta\":\"x\",\"content\":\"hi\"," AUTHOR)},
		{&bot, BOTS(",\"ts\":0,\"content\":\"hi\"," AUTHOR)},
		{&bot, BOTS(",\"ts\":\"\",\"content\":\"hi\"," AUTHOR)},
		{&mod, "{\"msg_id\":\"m\",\"id\":\"s1\"" REST},
		{&mod, "{\"msg_id\":\"m\",\"id\":\"s1\",\"destination\":\"c\"" REST},
		{&mod, "{\"msg_id\":\"m\",\"id\":\"s1\",\"destination\":{}" REST},
		{&mod, "{\"msg_id\":\"m\",\"id\":\"s1\"," TO("\"\"") REST},
		{&mod, "{\"msg_id\":\"m\",\"id\":\"s1\"," TO("5") REST},
		{&mod, "{\"msg_id\":\"m\",\"id\":\"s2\"," TO("\"c1\"") REST}, // another's server
		{&mod, "{\"msg_id\":\"m\",\"id\":\"c1\"," TO("\"c1\"") REST},
	};
	struct bridge_words w;
	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (bridge_read_message(&arena, loan(rows[i].text), rows[i].sender, &w))
			fail_msg("taken: %s", rows[i].text);
}

static bool takes_ts(const char *ts, struct bridge_words *w)
{
	char text[256];
	snprintf(text, sizeof text, "{\"msg_id\":\"m\",\"id\":\"c\",\"ts\":\"%s\"" REST, ts);
	return bridge_read_message(&arena, loan(text), &bot, w);
}

static void a_time_is_rfc_3339_and_kept_as_it_was_written(void **state)
{
	static const char *const good[] = {"2025-12-08T10:31:00Z", "2025-12-08T10:31:00.5Z",
		"2025-12-08T10:31:00.123456789Z", "2025-12-08T11:31:00+01:00",
		"2025-12-08T05:31:00.25-05:00", "2024-02-29T00:00:00Z"};
	static const char *const bad[] = {"2025-12-08", "2025-12-08T10:31Z", "2025-12-08T10:31:00",
		"2025-12-08 10:31:00Z", "2025-12-08T10:31:00+0100", "2025-02-29T00:00:00Z",
		"2025-12-08T24:31:00Z", "2025-12-08T10:31:00.Z", "yesterday, about lunch time",
		"2025-12-08T10:31:00ZZ", "2025-12-08T10:31:00.12345678901234567890123Z",
		"0001-01-01T00:00:01Z"};
	struct bridge_words w;
	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		assert_true(takes_ts(good[i], &w));
		check_text(w.ts, good[i]);
	}
	for (size_t i = 0; i < countof(bad); i++)
		if (takes_ts(bad[i], &w))
			fail_msg("taken: %s", bad[i]);
	assert_true(takes_ts("0001-01-01T00:00:00Z", &w)); // what Go says for none
	assert_int_equal(w.ts.n, 0);
}

// --- writing ---

static void check_written(const struct bridge_words *w, const char *want)
{
	struct buf out = {0};
	struct bridge_message *m = bridge_message_new(w);
	clock_set(1000, NOW_US + LATER);
	bridge_put_message(&out, m);
	check_text(buf_bytes(&out), want);
	clock_set(1000, NOW_US);
	bridge_message_free(m);
	buf_fini(&out);
}

static void a_message_is_written_with_the_times_of_its_way(void **state)
{
	struct bridge_words w;
	(void)state;
	assert_true(bridge_read_message(&arena,
		loan("{\"msg_id\":\"m\",\"id\":\"c\",\"author\":{\"id\":\"u\",\"name\":\"N\\\"\"},"
		     "\"content\":\"a\\nb\",\"meta\":{\"b\":[1,2.5,null],\"a\":{\"x\":true}},"
		     "\"ts\":\"2025-12-08T11:31:00+01:00\",\"extra\":1}"),
		&bot, &w));
	check_written(&w,
		"{\"type\":\"bot\",\"channel_id\":\"c\",\"author\":{\"id\":\"u\",\"name\":"
		"\"N\\\"\"}"
		",\"content\":\"a\\nb\",\"meta\":{\"b\":[1,2.5,null],\"a\":{\"x\":true}},"
		"\"ts\":\"2025-12-08T11:31:00+01:00\",\"received_at\":\"2025-12-08T10:31:00.123Z\","
		"\"forwarded_at\":\"2025-12-08T10:31:00.125Z\"}");
}

static void a_message_without_a_time_has_that_of_its_arrival(void **state)
{
	struct bridge_words w;
	(void)state;
	assert_true(bridge_read_message(&arena,
		loan("{\"msg_id\":\"m\",\"id\":\"s1\",\"meta\":{}," TO("\"c\"") REST), &mod, &w));
	check_written(&w, "{\"type\":\"mod\",\"channel_id\":\"c\",\"author\":{\"id\":\"a\"},"
			  "\"content\":\"hi\",\"meta\":{},\"ts\":\"2025-12-08T10:31:00.123Z\","
			  "\"received_at\":\"2025-12-08T10:31:00.123Z\","
			  "\"forwarded_at\":\"2025-12-08T10:31:00.125Z\"}");
}

static void answers_have_their_shapes(void **state)
{
	struct buf out = {0};
	(void)state;
	bridge_put_connected(&out, BRIDGE_MOD);
	bridge_put_status(&out, BRIDGE_COMPLETED, BRIDGE_BOT);
	bridge_put_status(&out, BRIDGE_QUEUED, BRIDGE_MOD);
	bridge_put_status(&out, BRIDGE_FAILED, BRIDGE_MOD);
	bridge_put_error(&out, "Malformed message.", 400);
	check_text(buf_bytes(&out), "{\"status\":\"connected\",\"type\":\"mod\"}"
				    "{\"status\":\"completed\",\"type\":\"bot\"}"
				    "{\"status\":\"queued\",\"type\":\"mod\"}"
				    "{\"status\":\"failed\",\"type\":\"mod\"}"
				    "{\"message\":\"Malformed message.\",\"code\":400}");
	buf_fini(&out);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_handshake_says_who_it_is),
		CASE(a_bad_handshake_is_refused_in_the_words_for_it),
		CASE(ids_have_a_bound),
		CASE(a_message_is_read_from_either_side),
		CASE(what_is_missing_empty_or_of_another_type_is_malformed),
		CASE(a_time_is_rfc_3339_and_kept_as_it_was_written),
		CASE(a_message_is_written_with_the_times_of_its_way),
		CASE(a_message_without_a_time_has_that_of_its_arrival),
		CASE(answers_have_their_shapes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
