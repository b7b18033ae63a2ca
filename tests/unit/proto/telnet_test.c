// SPDX-License-Identifier: MIT
// Telnet framing: the cuts, what never ends, what is compressed, and the same bytes as libtelnet
// reads them where libtelnet is right.
#include "check.h"
#include "codec_rules.h"
#include "proto/zstream.h"
#include <libtelnet.h>

enum { SUB_MAX = 4096 };

#define IAC "\xff"

static const struct vector {
	struct span wire;
	const char *want;
} vectors[] = {
	{SPAN("plain"), "0:plain|"},
	{SPAN(IAC IAC), "0:" IAC "|"},
	{SPAN("a" IAC IAC IAC IAC "b" IAC IAC), "0:a" IAC IAC "b" IAC "|"},
	{SPAN("a" IAC "\xf1"
	      "b"),
		"0:a|1:\xf1|0:b|"},
	{SPAN(IAC "\xfb\xff" IAC "\xfe\x01"), "2:\xfb\xff|2:\xfe\x01|"},
	{SPAN(IAC "\xfa\xc9"
		  "Core.Ping" IAC "\xf0"
		  "x"),
		"3:\xc9"
		"Core.Ping|0:x|"},
	{SPAN(IAC "\xfa" IAC "\xf0"
		  "x"),
		"0:x|"},                                          // not even an option
	{SPAN(IAC "\xfa" IAC IAC "z" IAC "\xf0"), "3:" IAC "z|"}, // option 255
	{SPAN(IAC "\xfa\x18"
		  "a" IAC "\xf1"
		  "x"),
		"4:\x18|1:\xf1|0:x|"}, // ended by another command
	{SPAN(IAC "\xfa\x18"
		  "a" IAC "\xfa\x19" IAC "\xf0"),
		"4:\x18|3:\x19|"},
	{SPAN(IAC "\xfa" IAC "\xfb\x18"
		  "x"),
		"2:\xfb\x18|0:x|"},
	{SPAN(IAC "\xf0"
		  "x"),
		"1:\xf0|0:x|"}, // an end without a beginning
	{SPAN(IAC "ax"), "1:a|0:x|"},
};

static void run(struct rules *r, struct span wire, const size_t cuts[3])
{
	void *state = calloc(1, r->codec->state_bytes);
	size_t eaten = 0;
	buf_clear(&r->got);
	r->in_text = false;
	r->codec->init(state, r->max);
	for (size_t i = 0; i < 3; i++)
		eaten += rules_show(r, state, span_of(wire.p + eaten, cuts[i] - eaten));
	r->codec->fini(state);
	free(state);
}

static void test_vectors_read_the_same_at_all_pairs_of_cuts(void **unused)
{
	(void)unused;
	struct rules r;
	rules_init(&r, &codec_telnet, SUB_MAX);
	for (size_t i = 0; i < countof(vectors); i++) {
		size_t n = vectors[i].wire.n;
		for (size_t a = 0; a <= n; a++)
			for (size_t b = a; b <= n; b++) {
				run(&r, vectors[i].wire, (const size_t[3]){a, b, n});
				check_text(buf_bytes(&r.got), vectors[i].want);
			}
	}
	rules_fini(&r);
}

static void test_text_lies_where_it_came(void **unused)
{
	(void)unused;
	char bytes[] = "one" IAC "\xf9"
		       "two" IAC IAC "three";
	struct span in = span_str(bytes);
	struct buf reply = {0};
	struct codec_msg msg;
	void *state = calloc(1, codec_telnet.state_bytes);
	codec_telnet.init(state, SUB_MAX);
	assert_int_equal(codec_telnet.take(state, &in, &msg, &reply), CODEC_MSG);
	assert_ptr_equal(msg.body.p, bytes);
	assert_int_equal(msg.body.n, 3);
	while (codec_telnet.take(state, &in, &msg, &reply) != CODEC_MSG || msg.kind)
		;
	assert_ptr_equal(msg.body.p, bytes + 5);
	check_text(msg.body, "two" IAC "three");
	assert_int_equal(in.n, 0);
	codec_telnet.fini(state);
	free(state);
}

static void test_a_subnegotiation_has_a_bound_and_is_never_text(void **unused)
{
	(void)unused;
	struct rules r;
	struct buf wire = {0};
	rules_init(&r, &codec_telnet, SUB_MAX);
	buf_lit(&wire, IAC "\xfa\xc9"); // the option is one of the bytes
	for (size_t i = 0; i < SUB_MAX; i++)
		buf_char(&wire, 'a');
	buf_lit(&wire, IAC IAC IAC "\xf0"
				   "x");
	for (size_t step = 1; step < 8000; step += 777) {
		rules_run(&r, buf_bytes(&wire), step);
		check_text(buf_bytes(&r.got), "4:\xc9|0:x|");
	}
	buf_clear(&wire);
	buf_lit(&wire, IAC "\xfa\xc9"); // and one that fits to the byte
	for (size_t i = 0; i < SUB_MAX - 1; i++)
		buf_char(&wire, 'a');
	buf_lit(&wire, IAC "\xf0");
	rules_run(&r, buf_bytes(&wire), 100);
	assert_int_equal(r.got.n, 2 + SUB_MAX + 1);
	buf_fini(&wire);
	rules_fini(&r);
}

static void test_ten_thousand_subnegotiations_in_one_read(void **unused)
{
	(void)unused;
	struct rules r;
	struct buf wire = {0};
	rules_init(&r, &codec_telnet, SUB_MAX);
	for (int i = 0; i < 10000; i++)
		buf_lit(&wire, IAC "\xfa\x27\x02\x00X\x01y" IAC "\xf0");
	rules_run(&r, buf_bytes(&wire), wire.n);
	assert_int_equal(r.messages, 10000);
	rules_run(&r, buf_bytes(&wire), 7);
	assert_int_equal(r.messages, 10000);
	buf_fini(&wire);
	rules_fini(&r);
}

static void test_an_open_subnegotiation_holds_no_more_than_its_bound(void **unused)
{
	(void)unused;
	struct rules r;
	char *flood = calloc(1, RULES_INPUT_MAX);
	memcpy(flood, IAC "\xfa\x18", 3);
	rules_init(&r, &codec_telnet, SUB_MAX);
	rules_run(&r, span_of(flood, RULES_INPUT_MAX), 4096);
	assert_int_equal(r.got.n, 0);
	assert_null(r.why);
	free(flood);
	rules_fini(&r);
}

// --- MCCP3 ---

static void put_zlib(struct buf *out, struct span text)
{
	z_stream *z = zstream_deflater(9, 15, 8);
	ensure(buf_reserve(out, text.n + 1000));
	z->next_in = (Bytef *)text.p;
	z->avail_in = (uInt)text.n;
	z->next_out = (Bytef *)out->p + out->n;
	z->avail_out = (uInt)(out->cap - out->n);
	ensure(deflate(z, Z_FINISH) == Z_STREAM_END);
	out->n = out->cap - z->avail_out;
	zstream_deflater_free(z);
}

#define MCCP3_BEGINS IAC "\xfa\x57" IAC "\xf0"

static void test_a_client_compresses_in_the_middle_of_a_read(void **unused)
{
	(void)unused;
	struct rules r;
	struct buf wire = {0};
	rules_init(&r, &codec_telnet, SUB_MAX);
	buf_lit(&wire, "before" IAC "\xfd\x57" MCCP3_BEGINS);
	put_zlib(&wire, SPAN("look" IAC "\xfb\x18" MCCP3_BEGINS "say " IAC IAC "!" IAC));
	buf_lit(&wire, "\xf1"
		       "after" MCCP3_BEGINS); // a command may reach over the end
	put_zlib(&wire, SPAN("again"));
	r.zlib = true;
	for (size_t step = 1; step <= wire.n; step++) {
		rules_run(&r, buf_bytes(&wire), step);
		check_text(buf_bytes(&r.got),
			"0:before|2:\xfd\x57|3:\x57|0:look|2:\xfb\x18|3:\x57|0:say " IAC
			"!|1:\xf1|0:after|3:\x57|0:again|");
	}
	buf_fini(&wire);
	rules_fini(&r);
}

static void test_nobody_switches_inflating_on_that_did_not_agree(void **unused)
{
	(void)unused;
	struct rules r;
	rules_init(&r, &codec_telnet, SUB_MAX);
	struct span wire = SPAN(MCCP3_BEGINS "x\x9c");
	rules_run(&r, wire, wire.n);
	check_text(buf_bytes(&r.got), "3:\x57|0:x\x9c|");
	rules_run(&r,
		SPAN(IAC "\xfa\x56" IAC "\xf0"
			 "x\x9c"),
		3);
	check_text(buf_bytes(&r.got), "3:\x56|0:x\x9c|");
	rules_fini(&r);
}

static void test_bad_compressed_data_ends_it_behind_what_was_good(void **unused)
{
	(void)unused;
	struct rules r;
	struct buf wire = {0};
	rules_init(&r, &codec_telnet, SUB_MAX);
	buf_lit(&wire, MCCP3_BEGINS);
	put_zlib(&wire, SPAN("hello"));
	wire.p[wire.n - 1] = (char)~wire.p[wire.n - 1]; // the checksum
	r.zlib = true;
	for (size_t step = 1; step <= wire.n; step++) {
		rules_run(&r, buf_bytes(&wire), step);
		check_text(buf_bytes(&r.got), "3:\x57|0:hello|!bad compressed data");
	}
	buf_fini(&wire);
	rules_fini(&r);
}

static void test_a_bomb_is_noticed_at_its_ratio(void **unused)
{
	(void)unused;
	struct rules r;
	struct buf wire = {0};
	char *zeros = calloc(1, 8 << 20);
	rules_init(&r, &codec_telnet, SUB_MAX);
	buf_lit(&wire, MCCP3_BEGINS);
	put_zlib(&wire, span_of(zeros, 8 << 20));
	r.zlib = true;
	rules_run(&r, buf_bytes(&wire), wire.n);
	assert_string_equal(r.why, "bomb");
	assert_in_range(r.got.n, TELNET_RATIO_FROM, TELNET_RATIO_FROM + TELNET_INFLATE_BYTES);
	// Many small streams are no way around it.
	buf_clear(&wire);
	for (int i = 0; i < 20; i++) {
		buf_lit(&wire, MCCP3_BEGINS);
		put_zlib(&wire, span_of(zeros, 100000));
	}
	rules_run(&r, buf_bytes(&wire), wire.n);
	assert_string_equal(r.why, "bomb");
	// What people type is no bomb however much it is.
	buf_clear(&wire);
	buf_lit(&wire, MCCP3_BEGINS);
	for (uint32_t i = 0, seed = 1; i < 1 << 20; i++)
		zeros[i] = (char)('a' + (seed = seed * 1664525u + 1013904223u) % 7);
	put_zlib(&wire, span_of(zeros, 1 << 20));
	rules_run(&r, buf_bytes(&wire), 1000);
	assert_null(r.why);
	assert_int_equal(r.got.n, 5 + 2 + (1 << 20));
	free(zeros);
	buf_fini(&wire);
	rules_fini(&r);
}

// --- libtelnet as an oracle ---

static void oracle_event(telnet_t *t, telnet_event_t *e, void *data)
{
	struct rules *r = data;
	char ask[2] = {0, (char)e->neg.telopt};
	struct codec_msg msg = {.kind = TELNET_IS_ASK, .body = span_of(ask, 2)};
	struct buf sub = {0};
	(void)t;
	switch (e->type) {
	case TELNET_EV_DATA:
		msg.kind = TELNET_IS_TEXT;
		msg.body = span_of(e->data.buffer, e->data.size);
		break;
	case TELNET_EV_IAC:
		ask[0] = (char)e->iac.cmd;
		msg.kind = TELNET_IS_COMMAND;
		msg.body.n = 1;
		break;
	case TELNET_EV_WILL: ask[0] = (char)TELNET_WILL; break;
	case TELNET_EV_WONT: ask[0] = (char)TELNET_WONT; break;
	case TELNET_EV_DO: ask[0] = (char)TELNET_DO; break;
	case TELNET_EV_DONT: ask[0] = (char)TELNET_DONT; break;
	case TELNET_EV_SUBNEGOTIATION:
		msg.kind = TELNET_IS_SUB;
		buf_char(&sub, (char)e->sub.telopt);
		buf_put(&sub, e->sub.buffer, e->sub.size);
		msg.body = buf_bytes(&sub);
		break;
	default: return;
	}
	rules_note(r, msg);
	buf_fini(&sub);
}

// Streams in which every subnegotiation ends, is short, and whose options libtelnet does not read.
static void random_stream(struct buf *wire, uint32_t *seed)
{
	static const char *const pieces[] = {"look\r\n", IAC IAC, IAC "\xf1", IAC "\xf9",
		"\xc3\xbc", IAC "\xfb\x1f", IAC "\xfc\x1f", IAC "\xfd\xc9", IAC "\xfe\xc9",
		IAC "\xfa\xc9 Room.Info {}" IAC "\xf0", IAC "\xfa\x1f" IAC IAC "1" IAC "\xf0",
		IAC "\xfa\x2a" IAC "\xf0"};
	for (int i = 0; i < 20; i++) {
		*seed = *seed * 1664525u + 1013904223u;
		buf_str(wire, pieces[(*seed >> 8) % countof(pieces)]);
	}
}

static void test_libtelnet_reads_the_same(void **unused)
{
	(void)unused;
	static const telnet_telopt_t none[] = {{-1, 0, 0}};
	struct rules ours, theirs;
	uint32_t seed = 7;
	rules_init(&ours, &codec_telnet, SUB_MAX);
	theirs = (struct rules){.codec = &codec_telnet};
	for (int round = 0; round < 2000; round++) {
		struct buf wire = {0};
		random_stream(&wire, &seed);
		rules_run(&ours, buf_bytes(&wire), seed >> 8 & 15 ? (seed >> 8 & 15) : 1);
		buf_clear(&theirs.got);
		theirs.in_text = false;
		// A proxy passes all negotiation on as it is.
		telnet_t *oracle = telnet_init(none, oracle_event, TELNET_FLAG_PROXY, &theirs);
		telnet_recv(oracle, wire.p, wire.n);
		telnet_free(oracle);
		check_bytes(buf_bytes(&ours.got), buf_bytes(&theirs.got));
		buf_fini(&wire);
	}
	buf_fini(&theirs.got);
	rules_fini(&ours);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_vectors_read_the_same_at_all_pairs_of_cuts),
		TEST(test_text_lies_where_it_came),
		TEST(test_a_subnegotiation_has_a_bound_and_is_never_text),
		TEST(test_ten_thousand_subnegotiations_in_one_read),
		TEST(test_an_open_subnegotiation_holds_no_more_than_its_bound),
		TEST(test_a_client_compresses_in_the_middle_of_a_read),
		TEST(test_nobody_switches_inflating_on_that_did_not_agree),
		TEST(test_bad_compressed_data_ends_it_behind_what_was_good),
		TEST(test_a_bomb_is_noticed_at_its_ratio),
		TEST(test_libtelnet_reads_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
