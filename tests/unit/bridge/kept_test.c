// SPDX-License-Identifier: MIT
// The shapes of version 2: what a handshake asks, what stands in a stream, what goes over the wire.
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "bridge/kept.h"
#include "bridge/wish.h"
#include <stdio.h>
#include <stdlib.h>

#define NOW_US UINT64_C(1765189860123456) // 2025-12-08T10:31:00.123456Z
#define STAMP  "\"2025-12-08T10:31:00.123Z\""

static struct arena arena;
static struct buf input, out;

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
	buf_clear(&out);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_fini(&arena);
	buf_fini(&input);
	buf_fini(&out);
	return 0;
}

// --- handshakes ---

#define BOT(data) "{\"type\":\"bot\",\"data\":{\"bot_id\":\"b\"" data "}}"
#define MOD(data) "{\"type\":\"mod\",\"data\":{\"server_id\":\"s\",\"channel_id\":\"c\"" data "}}"

static const char *read_hello(const char *text, struct bridge_wish *w)
{
	struct bridge_greeting g;
	return bridge_read_hello(&arena, loan(text), &g, w);
}

static void without_a_version_nothing_of_version_2_is_looked_at(void **state)
{
	struct bridge_wish w;
	(void)state;
	static const char *const rows[] = {BOT(""), BOT(",\"v\":null,\"channels\":7"),
		BOT(",\"v\":1,\"limit\":\"x\""), MOD(",\"from\":4,\"resume\":{}")};
	for (size_t i = 0; i < countof(rows); i++) {
		assert_null(read_hello(rows[i], &w));
		assert_int_equal(w.version, 1);
		assert_false(w.follows);
	}
	assert_null(read_hello(BOT(",\"v\":7"), &w));
	assert_int_equal(w.version, BRIDGE_VERSION);
}

static void a_handshake_says_what_it_wishes(void **state)
{
	struct bridge_wish w;
	(void)state;
	assert_null(read_hello(
		BOT(",\"v\":2,\"channels\":[\"c1\",\"c2\"],\"from\":\"end\",\"limit\":{"
		    "\"messages\":5,\"interval_ms\":5000},\"resume\":[{\"channel_id\":\"c1\","
		    "\"epoch\":7,\"last_seq\":9}]"),
		&w));
	assert_false(w.follows);
	assert_true(w.from_end);
	assert_int_equal(w.channels->n, 2);
	check_text(value_text(value_at(w.channels, 1)), "c2");
	assert_int_equal(w.limit.messages, 5);
	assert_int_equal(w.limit.interval_ms, 5000);
	assert_int_equal(w.limit.units, COALESCE_UNITS_DEFAULT);
	assert_int_equal(bridge_resumes(&w), 1);
	struct bridge_resume r = bridge_resume_at(&w, 0);
	check_text(r.channel, "c1");
	assert_int_equal(r.epoch, 7);
	assert_int_equal(r.seq, 9);
	assert_null(read_hello(BOT(",\"v\":2"), &w));
	assert_true(w.follows && !w.from_end && !w.channels);
	assert_int_equal(w.limit.messages + bridge_resumes(&w), 0);
	assert_null(read_hello(MOD(",\"v\":2,\"channels\":[\"x\"]"), &w));
	assert_true(!w.follows && !w.channels);
}

static void a_bad_wish_is_malformed(void **state)
{
	static const char *const rows[] = {
		",\"v\":\"2\"",
		",\"v\":0",
		",\"v\":2.5",
		",\"v\":2,\"channels\":{}",
		",\"v\":2,\"channels\":[1]",
		",\"v\":2,\"channels\":[\"\\u0001\"]",
		",\"v\":2,\"resume\":[[]]",
		",\"v\":2,\"resume\":[{\"channel_id\":\"c\",\"epoch\":-1,\"last_seq\":1}]",
		",\"v\":2,\"resume\":[{\"channel_id\":\"c\",\"epoch\":1}]",
		",\"v\":2,\"from\":\"here\"",
		",\"v\":2,\"from\":0",
		",\"v\":2,\"limit\":5",
		",\"v\":2,\"limit\":{\"messages\":0,\"interval_ms\":1}",
		",\"v\":2,\"limit\":{\"messages\":1,\"interval_ms\":0}",
		",\"v\":2,\"limit\":{\"messages\":1,\"interval_ms\":1,\"max_units\":99}",
		",\"v\":2,\"limit\":{\"messages\":4294967297,\"interval_ms\":1}",
	};
	struct bridge_wish w;
	char text[256];
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		snprintf(text, sizeof text, BOT("%s"), rows[i]);
		const char *words = read_hello(text, &w);
		if (!words || strcmp(words, "Malformed bot handshake."))
			fail_msg("%s: %s", rows[i], words ? words : "taken");
	}
}

static void an_id_must_leave_room_for_what_names_a_consumer(void **state)
{
	struct bridge_wish w;
	char text[512];
	(void)state;
	for (int more = 0; more < 2; more++) {
		snprintf(text, sizeof text,
			"{\"type\":\"bot\",\"data\":{\"v\":2,\"bot_id\":\"%0*d\"}}",
			BRIDGE_CONSUMER_ID_MAX + more, 0);
		assert_int_equal(read_hello(text, &w) != NULL, more);
	}
}

static void the_answer_names_the_queues(void **state)
{
	(void)state;
	bridge_put_welcome(&out, BRIDGE_BOT);
	bridge_put_queue_row(
		&out, &(struct bridge_queue_row){SPAN("a\"b"), 5, 1, 3, 2, false}, true);
	bridge_put_queue_row(&out, &(struct bridge_queue_row){SPAN("c"), 6, 0, 0, 0, true}, false);
	bridge_put_welcome_end(&out);
	check_text(buf_bytes(&out),
		"{\"status\":\"connected\",\"type\":\"bot\",\"v\":2,\"queues\":["
		"{\"channel_id\":\"a\\\"b\",\"epoch\":5,\"acked\":1,\"last\":3,\"waiting\":2,"
		"\"new\":false},{\"channel_id\":\"c\",\"epoch\":6,\"acked\":0,\"last\":0,"
		"\"waiting\":0,\"new\":true}]}");
}

// --- messages ---

static void put_kept(struct buf *kept, const char *name, const char *content, const char *meta)
{
	struct bridge_words w = {.from = BRIDGE_MOD,
		.msg_id = SPAN("m"),
		.channel = SPAN("c"),
		.author_id = SPAN("a"),
		.author_name = span_str(name),
		.content = span_str(content),
		.meta = span_str(meta)};
	struct bridge_message *m = bridge_message_new(&w);
	bridge_put_kept(kept, m);
	bridge_message_free(m);
}

static void what_is_kept_is_given_with_its_place(void **state)
{
	struct buf kept = {0};
	(void)state;
	put_kept(&kept, "Ann", "h\"i", "{\"k\":1}");
	bridge_put_given(&out, buf_bytes(&kept), &(struct bridge_place){7, 9});
	check_text(buf_bytes(&out),
		"{\"type\":\"mod\",\"channel_id\":\"c\",\"author\":{\"id\":\"a\",\"name\":\"Ann\"},"
		"\"content\":\"h\\\"i\",\"meta\":{\"k\":1},\"ts\":" STAMP ",\"received_at\":" STAMP
		",\"msg_id\":\"m\",\"forwarded_at\":" STAMP ",\"seq\":7,\"epoch\":9}");
	buf_fini(&kept);
}

static void what_is_kept_can_be_read(void **state)
{
	struct bridge_kept_line l;
	struct buf kept = {0};
	(void)state;
	put_kept(&kept, "", "hi", "{\"k\":[1,2.5]}");
	assert_true(bridge_read_line(&arena, buf_bytes(&kept), &l));
	check_text(l.line.type, "mod");
	check_text(l.line.author, "a"); // its id stands for the name it has not
	check_text(l.meta, "{\"k\":[1,2.5]}");
	check_text(l.msg_id, "m");
	assert_int_equal(l.author_name.n, 0);
	assert_false(bridge_read_line(&arena, SPAN(""), &l));
	assert_false(bridge_read_line(&arena, SPAN("{\"type\":\"mod\""), &l));
	assert_false(bridge_read_line(&arena, SPAN("{\"author\":\"x\""), &l));
	buf_fini(&kept);
}

static void lines_are_joined_under_their_authors(void **state)
{
	struct bridge_kept_line l[3];
	struct buf kept = {0};
	static const char *const names[] = {"Ann", "Bob", "Ann"};
	(void)state;
	for (int i = 0; i < 3; i++) {
		buf_clear(&kept);
		put_kept(&kept, names[i], "x", "");
		assert_true(bridge_read_line(&arena, buf_bytes(&kept), &l[i]));
	}
#define END                                                                                        \
	",\"ts\":" STAMP ",\"received_at\":" STAMP ",\"msg_id\":\"m\",\"forwarded_at\":" STAMP     \
	",\"seq\":9,\"epoch\":4,"
	bridge_put_joined(&out, l, 3, &(struct bridge_place){9, 4});
	check_text(buf_bytes(&out),
		"{\"type\":\"mod\",\"channel_id\":\"c\",\"author\":{\"id\":\"\",\"name\":\"\"},"
		"\"content\":\"Ann: x\\nBob: x\\nAnn: x\"" END "\"first_seq\":7,\"count\":3,"
		"\"authors\":[{\"id\":\"a\",\"name\":\"Ann\"},{\"id\":\"a\",\"name\":\"Bob\"}]}");
	buf_clear(&out);
	l[1] = l[0];
	bridge_put_joined(&out, l, 2, &(struct bridge_place){9, 4});
	check_text(buf_bytes(&out),
		"{\"type\":\"mod\",\"channel_id\":\"c\",\"author\":{\"id\":\"a\",\"name\":\"Ann\"},"
		"\"content\":\"x\\nx\"" END "\"first_seq\":8,\"count\":2}");
	buf_fini(&kept);
}

static void a_gap_says_what_is_known(void **state)
{
	struct stream_gap gap = {3, 2, 4, NOW_US, NOW_US, STREAM_OVER_AGE};
	(void)state;
	bridge_put_gap(&out, SPAN("c"), 8, &gap);
	check_text(buf_bytes(&out),
		"{\"type\":\"gap\",\"channel_id\":\"c\",\"epoch\":8,\"lost\":3,\"from\":2,\"to\":4,"
		"\"from_time\":" STAMP ",\"to_time\":" STAMP ",\"reason\":\"age\"}");
	buf_clear(&out);
	gap.from_us = 0;
	bridge_put_gap(&out, SPAN("c"), 8, &gap);
	assert_null(strstr(out.p, "from_time"));
}

// --- what peers say ---

static void an_acknowledgement_is_told_from_a_message(void **state)
{
	static const struct bridge_greeting mod = {.side = BRIDGE_MOD, {"s", 1}, {"c", 1}},
					    bot = {.side = BRIDGE_BOT, {"b", 1}, {0}};
	static const struct {
		const struct bridge_greeting *by;
		const char *text;
		enum bridge_said said;
	} rows[] = {
		{&mod, "{\"ack\":5}", BRIDGE_SAID_ACK},
		{&mod, "{\"ack\":5,\"channel_id\":\"d\",\"epoch\":2}", BRIDGE_SAID_ACK},
		{&bot, "{\"ack\":5,\"channel_id\":\"d\"}", BRIDGE_SAID_ACK},
		{&bot, "{\"ack\":5}", BRIDGE_SAID_NOTHING},
		{&mod, "{\"ack\":-5}", BRIDGE_SAID_NOTHING},
		{&mod, "{\"ack\":5.0}", BRIDGE_SAID_NOTHING},
		{&mod, "{\"ack\":5,\"epoch\":\"x\"}", BRIDGE_SAID_NOTHING},
		{&mod, "{\"ack\":5,\"channel_id\":\"\"}", BRIDGE_SAID_NOTHING},
		{&bot,
			"{\"ack\":null,\"msg_id\":\"m\",\"id\":\"c\",\"author\":{\"id\":\"a\"},"
			"\"content\":\"x\"}",
			BRIDGE_SAID_WORDS},
		{&bot, "{}", BRIDGE_SAID_NOTHING},
		{&bot, "[", BRIDGE_SAID_NOTHING},
	};
	struct bridge_words w;
	struct bridge_ack ack;
	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (bridge_read_said(&arena, loan(rows[i].text), rows[i].by, &w, &ack) !=
			rows[i].said)
			fail_msg("%s", rows[i].text);
	assert_int_equal(
		bridge_read_said(&arena, loan("{\"ack\":5}"), &mod, &w, &ack), BRIDGE_SAID_ACK);
	check_text(ack.channel, "c");
	assert_true(ack.seq == 5 && !ack.has_epoch);
}

static void senders_are_answered_with_the_id_of_their_message(void **state)
{
	static const struct {
		struct bridge_answer answer;
		const char *text;
	} rows[] = {
		{{STREAM_KEPT, BRIDGE_QUEUED, BRIDGE_MOD, {"m", 1}, 4},
			"{\"status\":\"queued\",\"type\":\"mod\",\"msg_id\":\"m\",\"seq\":4}"},
		{{STREAM_KEPT, BRIDGE_COMPLETED, BRIDGE_BOT, {"m", 1}, 0},
			"{\"status\":\"completed\",\"type\":\"bot\",\"msg_id\":\"m\"}"},
		{{STREAM_DUPLICATE, BRIDGE_COMPLETED, BRIDGE_MOD, {"m", 1}, 4},
			"{\"status\":\"completed\",\"type\":\"mod\",\"msg_id\":\"m\",\"seq\":4,"
			"\"duplicate\":true}"},
		{{STREAM_FAILED, BRIDGE_COMPLETED, BRIDGE_MOD, {"m", 1}, 0},
			"{\"status\":\"failed\",\"type\":\"mod\",\"msg_id\":\"m\",\"code\":503,"
			"\"retry\":true}"},
		{{STREAM_TOO_BIG, BRIDGE_FAILED, BRIDGE_MOD, {"m", 1}, 0},
			"{\"message\":\"Message too long.\",\"code\":413,\"msg_id\":\"m\"}"},
	};
	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		buf_clear(&out);
		bridge_put_answer(&out, &rows[i].answer);
		check_text(buf_bytes(&out), rows[i].text);
	}
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(without_a_version_nothing_of_version_2_is_looked_at),
		CASE(a_handshake_says_what_it_wishes),
		CASE(a_bad_wish_is_malformed),
		CASE(an_id_must_leave_room_for_what_names_a_consumer),
		CASE(the_answer_names_the_queues),
		CASE(what_is_kept_is_given_with_its_place),
		CASE(what_is_kept_can_be_read),
		CASE(lines_are_joined_under_their_authors),
		CASE(a_gap_says_what_is_known),
		CASE(an_acknowledgement_is_told_from_a_message),
		CASE(senders_are_answered_with_the_id_of_their_message),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
