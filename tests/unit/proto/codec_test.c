// SPDX-License-Identifier: MIT
// Every framing of tables/codecs.tbl keeps the contract of base/codec.h: honest wires give the same
// messages at every cut, broken ones break nothing, and put() writes what take() reads.
#include "check.h"
#include "codec_rules.h"
#include "proto/amp.h"

enum { MESSAGE_MAX = 4096 };

struct honest {
	const char *codec;
	struct span wire;
	const char *want; // "kind:body|" per message
	size_t want_n;    // bytes, when there are NULs in it
};

#define AMP_PAIRS   "\0\4_ask\0\0021f\0\1k\0\0"
#define AMP_WANT    "0:" AMP_PAIRS "|0:|0:\0\1a\0\1b|"
#define REQUEST(t)  "GET " t " HTTP/1.1\r\nHost: a\r\n\r\n"
#define POST_HEAD   "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n"
#define CHUNKS_HEAD "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

static const struct honest honest[] = {
	{"amp", SPAN(AMP_PAIRS "\0\0\0\0\0\1a\0\1b\0\0"), AMP_WANT, sizeof AMP_WANT - 1},
	{"line", SPAN("a\n\nhello world\r\nlast\n"), "0:a|0:|0:hello world|0:last|"},
	{"http", SPAN(REQUEST("/") REQUEST("/x?y=%20")),
		"0:" REQUEST("/") "|0:" REQUEST("/x?y=%20") "|"},
	{"http", SPAN("\r\n" POST_HEAD "hello\r\n" REQUEST("/")),
		"0:" POST_HEAD "hello|0:" REQUEST("/") "|"},
	{"http", SPAN(CHUNKS_HEAD "1\r\nh\r\n04;x=\"y\"\r\nello\r\n0\r\nA: b\r\n\r\n" REQUEST("/")),
		"0:" CHUNKS_HEAD "hello|0:" REQUEST("/") "|"},
	{"mudmode", SPAN("\0\0\0\x0c({\"a\",1,2,})\0\0\0\x05({})\0"), "0:({\"a\",1,2,})|0:({})|"},
	{"proxy", SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 4711 4000\r\nPROXY UNKNOWN x\r\n"),
		"0:PROXY TCP4 192.0.2.1 198.51.100.1 4711 4000\r\n|0:PROXY UNKNOWN x\r\n|"},
	// Text, a doubled IAC, an option, a subnegotiation with 255 in it, one that never ends, a mark.
	{"telnet",
		SPAN("a\xff\xff"
		     "b\xff\xfd\x1f\xff\xfa\x1f\xff\xff\xff\xf0"
		     "\xff\xfa\x18X\xff\xfb\x18 c\xff\xef"),
		"0:a\xff"
		"b|2:\xfd\x1f|3:\x1f\xff|4:\x18|2:\xfb\x18|0: c|1:\xef|"},
	// RFC 6455 §5.7 "Hello", whole and in two, with a ping between; then an empty one.
	{"ws",
		SPAN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
		     "\x01\x83\0\0\0\0Hel\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"
		     "\x80\x82\0\0\0\0lo\x82\x80\x1\x2\x3\x4"),
		"1:Hello|1:Hello|2:|"},
	// RFC 7692 §7.2.3 "Hello": alone, in two fragments, with a final block.
	{"ws",
		SPAN("\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0"
		     "\x41\x83\0\0\0\0\xf2\x48\xcd\x80\x84\0\0\0\0\xc9\xc9\x07\0"
		     "\xc1\x88\0\0\0\0\xf3\x48\xcd\xc9\xc9\x07\0\0"),
		"1:Hello|1:Hello|1:Hello|"},
};

static void init(struct rules *r, const char *name)
{
	for (size_t i = 0; codecs[i]; i++) {
		if (strcmp(codecs[i]->name, name) != 0)
			continue;
		rules_init(r, codecs[i], MESSAGE_MAX);
		r->deflate = (struct ws_deflate){.on = true, .server_bits = 15, .client_bits = 15};
		return;
	}
	fail_msg("no codec %s", name);
}

static void test_every_codec_has_an_honest_wire_here(void **unused)
{
	(void)unused;
	for (size_t i = 0; codecs[i]; i++) {
		bool found = false;
		for (size_t k = 0; k < countof(honest); k++)
			found |= strcmp(honest[k].codec, codecs[i]->name) == 0;
		if (!found)
			fail_msg("no honest wire for %s", codecs[i]->name);
	}
}

static struct span wanted(const struct honest *h)
{
	return h->want_n ? span_of(h->want, h->want_n) : span_str(h->want);
}

static void test_honest_wires_read_the_same_at_every_cut(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < countof(honest); i++) {
		struct rules r;
		init(&r, honest[i].codec);
		for (size_t step = 1; step <= honest[i].wire.n; step++) {
			rules_run(&r, honest[i].wire, step);
			check_bytes(buf_bytes(&r.got), wanted(&honest[i]));
		}
		rules_fini(&r);
	}
}

static void test_a_kept_window_reads_the_same_at_every_cut(void **unused)
{
	(void)unused;
	struct rules r;
	init(&r, "ws");
	r.deflate.client_takeover = true;
	// RFC 7692 §7.2.3.2: the second "Hello" points into the first.
	struct span wire = SPAN("\xc1\x87\0\0\0\0\xf2\x48\xcd\xc9\xc9\x07\0"
				"\xc1\x85\0\0\0\0\xf2\0\x11\0\0");
	for (size_t step = 1; step <= wire.n; step++) {
		rules_run(&r, wire, step);
		check_text(buf_bytes(&r.got), "1:Hello|1:Hello|");
	}
	r.deflate.client_takeover = false;
	rules_run(&r, wire, wire.n);
	assert_non_null(r.why);
	rules_fini(&r);
}

// A message of that codec with the text in it; a loan of the text or of scratch.
static struct span message_of(const struct codec *c, const char *text, struct buf *scratch)
{
	static const char request[] = POST_HEAD "hello", header[] = "PROXY TCP6 ::1 ::2 1 2\r\n";
	if (c == &codec_http)
		return span_str(request);
	if (c == &codec_proxy)
		return span_str(header);
	if (c != &codec_amp)
		return span_str(text);
	buf_clear(scratch);
	amp_put(scratch, "k", span_str(text));
	return buf_bytes(scratch);
}

static void test_put_writes_what_take_reads(void **unused)
{
	(void)unused;
	static const char *const texts[] = {"", "a", "({\"tell\",5,})", "Gr\xc3\xbc\xc3\x9f!"};
	for (size_t i = 0; codecs[i]; i++) {
		struct rules r;
		struct buf wire = {0}, want = {0}, scratch = {0};
		init(&r, codecs[i]->name);
		void *state = calloc(1, codecs[i]->state_bytes + 1);
		codecs[i]->init(state, MESSAGE_MAX);
		bool ws = codecs[i] == &codec_ws, telnet = codecs[i] == &codec_telnet;
		int kind = telnet ? TELNET_IS_SUB : 0;
		for (size_t k = 0; k < countof(texts); k++) {
			struct span body = message_of(codecs[i], texts[k], &scratch);
			if (telnet && !body.n)
				continue; // not even an option
			codecs[i]->put(
				state, &wire, (struct codec_msg){.body = body, .kind = kind});
			buf_printf(&want, "%d:", ws ? WS_TEXT : kind);
			buf_span(&want, body);
			buf_char(&want, '|');
		}
		for (size_t step = 1; step <= wire.n; step++) {
			rules_run(&r, buf_bytes(&wire), step);
			check_bytes(buf_bytes(&r.got), buf_bytes(&want));
		}
		if (codecs[i]->fini)
			codecs[i]->fini(state);
		free(state);
		buf_fini(&wire);
		buf_fini(&want);
		buf_fini(&scratch);
		rules_fini(&r);
	}
}

static void test_long_frames_and_a_close_read_the_same_at_every_cut(void **unused)
{
	(void)unused;
	struct rules r;
	struct buf wire = {0}, want = {0};
	char *payload = calloc(1, 65536);
	rules_init(&r, &codec_ws, 65536);
	const struct codec_msg messages[] = {
		{.body = span_of(payload, 126), .kind = WS_BINARY},
		{.body = span_of(payload, 65536), .kind = WS_BINARY},
		{.body = SPAN("bye"), .kind = WS_CLOSE},
	};
	for (size_t i = 0; i < countof(messages); i++) {
		codec_ws.put(NULL, &wire, messages[i]);
		buf_printf(&want, "%d:", messages[i].kind);
		buf_span(&want, messages[i].body);
		buf_char(&want, '|');
	}
	for (size_t step = 1; step <= 20; step++) {
		rules_run(&r, buf_bytes(&wire), step);
		check_bytes(buf_bytes(&r.got), buf_bytes(&want));
	}
	check_bytes(buf_bytes(&r.reply), SPAN("\x88\x02\x03\xe8"));
	free(payload);
	buf_fini(&wire);
	buf_fini(&want);
	rules_fini(&r);
}

static uint32_t next(uint32_t *seed)
{
	return *seed = *seed * 1664525u + 1013904223u, *seed >> 8;
}

static void mutate(struct buf *b, uint32_t *seed)
{
	for (uint32_t times = next(seed) % 3 + 1; times && b->n > 1; times--) {
		size_t at = next(seed) % b->n;
		switch (next(seed) % 4) {
		case 0: b->p[at] = (char)next(seed); break;
		case 1: b->p[at] = (char)(b->p[at] ^ 1 << next(seed) % 8); break;
		case 2: b->n = at + 1; break;
		default: // a piece once more
			if (buf_reserve(b, b->n - at))
				buf_put(b, b->p + at, b->n - at);
		}
	}
}

static void test_broken_wires_break_nothing_and_the_same_way_at_every_cut(void **unused)
{
	(void)unused;
	uint32_t seed = 1;
	for (size_t i = 0; i < countof(honest); i++) {
		struct rules r;
		init(&r, honest[i].codec);
		for (int round = 0; round < 1500; round++) {
			struct buf wire = {0}, whole = {0};
			buf_span(&wire, honest[i].wire);
			mutate(&wire, &seed);
			rules_run(&r, buf_bytes(&wire), wire.n);
			buf_span(&whole, buf_bytes(&r.got));
			rules_run(&r, buf_bytes(&wire), next(&seed) % 9 + 1);
			check_bytes(buf_bytes(&r.got), buf_bytes(&whole));
			buf_fini(&wire);
			buf_fini(&whole);
		}
		rules_fini(&r);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_every_codec_has_an_honest_wire_here),
		TEST(test_honest_wires_read_the_same_at_every_cut),
		TEST(test_a_kept_window_reads_the_same_at_every_cut),
		TEST(test_put_writes_what_take_reads),
		TEST(test_long_frames_and_a_close_read_the_same_at_every_cut),
		TEST(test_broken_wires_break_nothing_and_the_same_way_at_every_cut),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
