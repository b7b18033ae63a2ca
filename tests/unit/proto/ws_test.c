// SPDX-License-Identifier: MIT
// WebSocket as a client sees it: every rule of RFC 6455 §5 and §7 that a server must hold clients
// to, and permessage-deflate with zlib itself as the peer.
#include "check.h"
#include "proto/ws.h"
#include <stdlib.h>
#include <zlib.h>

enum { MESSAGE_MAX = 1 << 20 };

static const struct ws_deflate plain;
static const struct ws_deflate deflated = {.on = true, .server_bits = 15, .client_bits = 15};

struct wire { // one connection and what came of it
	_Alignas(16) char state[128];
	enum codec_got got; // the last answer
	struct codec_msg last;
	size_t messages;
	int kind;        // of the last message
	struct buf body; // of the last message
	struct buf reply;
};

static struct wire *wire_new(struct ws_deflate deflate, size_t max)
{
	struct wire *w = calloc(1, sizeof *w);
	assert_true(codec_ws.state_bytes <= sizeof w->state);
	codec_ws.init(w->state, max);
	ws_configure(w->state, &deflate);
	w->body.max = w->reply.max = 80 << 20;
	return w;
}

static void wire_free(struct wire *w)
{
	codec_ws.fini(w->state);
	buf_fini(&w->body);
	buf_fini(&w->reply);
	free(w);
}

// Shows all of it at once.  → bytes the codec left.
static size_t show(struct wire *w, struct span input)
{
	char *copy = span_dup(input);
	struct span in = span_of(copy, input.n);
	do {
		w->got = codec_ws.take(w->state, &in, &w->last, &w->reply);
		if (w->got != CODEC_MSG)
			continue;
		w->messages++;
		w->kind = w->last.kind;
		buf_clear(&w->body);
		buf_span(&w->body, w->last.body);
	} while (w->got == CODEC_MSG || w->got == CODEC_ATE);
	free(copy);
	return in.n;
}

// A masked client frame.
static void put_frame(struct buf *b, int first, struct span payload)
{
	static const char mask[4] = {(char)0x9a, 0x01, (char)0xfe, 0x42};
	size_t n = payload.n;
	buf_char(b, (char)first);
	buf_char(b, (char)(0x80 | (n < 126 ? n : n < 65536 ? 126 : 127)));
	for (int i = n < 126 ? 0 : n < 65536 ? 2 : 8; i--;)
		buf_char(b, (char)((uint64_t)n >> 8 * i));
	buf_put(b, mask, 4);
	for (size_t i = 0; i < n; i++)
		buf_char(b, (char)(payload.p[i] ^ mask[i % 4]));
}

static void show_frame(struct wire *w, int first, struct span payload)
{
	struct buf b = {.max = 80 << 20};
	put_frame(&b, first, payload);
	show(w, buf_bytes(&b));
	buf_fini(&b);
}

// The code of the close frame at the end of the replies; 0 when there is none.
static int closed_with(struct span reply)
{
	while (reply.n >= 2) {
		struct span header = span_take(&reply, 2);
		struct span payload = span_take(&reply, (uint8_t)header.p[1]);
		if ((uint8_t)header.p[0] == 0x88)
			return (uint8_t)payload.p[0] << 8 | (uint8_t)payload.p[1];
	}
	return 0;
}

static int code_of(const struct wire *w)
{
	return w->got == CODEC_BAD ? closed_with(buf_bytes(&w->reply)) : 0;
}

static void test_rfc6455_examples(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	show(w, SPAN("\x81\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
	assert_int_equal(w->messages, 1);
	assert_int_equal(w->kind, WS_TEXT);
	check_text(buf_bytes(&w->body), "Hello");
	show(w, SPAN("\x89\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58"));
	check_bytes(buf_bytes(&w->reply), SPAN("\x8a\x05Hello"));
	show(w, SPAN("\x8a\x85\x37\xfa\x21\x3d\x7f\x9f\x4d\x51\x58")); // a pong is eaten
	assert_int_equal(w->messages, 1);
	wire_free(w);
}

static void test_server_frames(void **unused)
{
	(void)unused;
	static const struct {
		size_t n;
		struct span header;
	} v[] = {
		{0, SPAN("\x82\x00")},
		{1, SPAN("\x82\x01")},
		{125, SPAN("\x82\x7d")},
		{126, SPAN("\x82\x7e\x00\x7e")},
		{127, SPAN("\x82\x7e\x00\x7f")},
		{256, SPAN("\x82\x7e\x01\x00")},
		{65535, SPAN("\x82\x7e\xff\xff")},
		{65536, SPAN("\x82\x7f\0\0\0\0\0\1\0\0")},
	};
	char *payload = calloc(1, 65536);
	for (size_t i = 0; i < countof(v); i++) {
		struct buf b = {0};
		ws_put_frame(&b, WS_BINARY, span_of(payload, v[i].n));
		check_bytes(span_of(b.p, b.n - v[i].n), v[i].header);
		buf_fini(&b);
	}
	free(payload);
	struct buf b = {0};
	ws_put_frame(&b, WS_TEXT, SPAN("Hello"));
	ws_put_ping(&b);
	ws_put_close(&b, WS_CODE_GOING_AWAY, "bye");
	check_bytes(buf_bytes(&b), SPAN("\x81\x05Hello\x89\x00\x88\x05\x03\xe9"
					"bye"));
	buf_clear(&b);
	char words[300] = {0};
	memset(words, 'x', 122);
	strcat(words, "\xc3\xa9"); // must not be cut in two
	ws_put_close(&b, WS_CODE_POLICY, words);
	assert_int_equal(b.n, 2 + 2 + 122);
	buf_fini(&b);
}

static void test_lengths_at_every_boundary(void **unused)
{
	(void)unused;
	static const size_t sizes[] = {0, 1, 2, 7, 8, 9, 124, 125, 126, 127, 128, 65534, 65535,
		65536, 65537, MESSAGE_MAX - 1, MESSAGE_MAX};
	char *payload = malloc(MESSAGE_MAX + 1);
	for (size_t i = 0; i <= MESSAGE_MAX; i++)
		payload[i] = (char)('a' + i * 7 % 23);
	for (size_t i = 0; i < countof(sizes); i++) {
		struct wire *w = wire_new(plain, MESSAGE_MAX);
		show_frame(w, 0x81, span_of(payload, sizes[i]));
		assert_int_equal(w->messages, 1);
		check_bytes(buf_bytes(&w->body), span_of(payload, sizes[i]));
		wire_free(w);
	}
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	show_frame(w, 0x81, span_of(payload, MESSAGE_MAX + 1));
	assert_int_equal(code_of(w), WS_CODE_TOO_BIG);
	wire_free(w);
	free(payload);
}

struct vector {
	const char *what;
	struct span wire;
	int code; // 0: not BAD
};

static void check_vectors(const struct vector *v, size_t n, struct ws_deflate deflate)
{
	for (size_t i = 0; i < n; i++) {
		struct wire *w = wire_new(deflate, MESSAGE_MAX);
		show(w, v[i].wire);
		if (code_of(w) != v[i].code || (w->got == CODEC_BAD) != (v[i].code != 0))
			fail_msg("%s: %d, want %d", v[i].what, code_of(w), v[i].code);
		assert_true(w->got != CODEC_BAD || w->last.why);
		assert_true(w->got != CODEC_BAD || w->last.too_big == (v[i].code == 1009));
		wire_free(w);
	}
}

#define KEY "\0\0\0\0"

static void test_framing_rules(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{"unmasked", SPAN("\x81\x05Hello"), 1002},
		{"unmasked, two bytes are enough", SPAN("\x81\x05"), 1002},
		{"RSV1 without deflate", SPAN("\xc1\x80" KEY), 1002},
		{"RSV2", SPAN("\xa1\x80" KEY), 1002},
		{"RSV3", SPAN("\x91\x80" KEY), 1002},
		{"RSV1 on a ping", SPAN("\xc9\x80" KEY), 1002},
		{"opcode 3", SPAN("\x83\x80" KEY), 1002},
		{"opcode 7", SPAN("\x87\x80" KEY), 1002},
		{"opcode 11", SPAN("\x8b\x80" KEY), 1002},
		{"opcode 15", SPAN("\x8f\x80" KEY), 1002},
		{"ping of 126", SPAN("\x89\xfe\x00\x7e"), 1002},
		{"ping with a length of 8 bytes", SPAN("\x89\xff"), 1002},
		{"fragmented ping", SPAN("\x09\x80" KEY), 1002},
		{"fragmented close", SPAN("\x08\x80" KEY), 1002},
		{"continuation of nothing", SPAN("\x80\x80" KEY), 1002},
		{"continuation after a whole message", SPAN("\x81\x80" KEY "\x00\x80" KEY), 1002},
		{"text within text", SPAN("\x01\x80" KEY "\x81\x80" KEY), 1002},
		{"binary within text", SPAN("\x01\x80" KEY "\x02\x80" KEY), 1002},
		{"125 in 2 bytes", SPAN("\x82\xfe\x00\x7d" KEY), 1002},
		{"0 in 2 bytes", SPAN("\x82\xfe\x00\x00" KEY), 1002},
		{"126 in 8 bytes", SPAN("\x82\xff\0\0\0\0\0\0\0\x7e" KEY), 1002},
		{"65535 in 8 bytes", SPAN("\x82\xff\0\0\0\0\0\0\xff\xff" KEY), 1002},
		{"2^63", SPAN("\x82\xff\x80\0\0\0\0\0\0\0" KEY), 1002},
		{"2^64-1", SPAN("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" KEY), 1002},
		{"2^64-1 in 15 bytes", SPAN("\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff" KEY "x"),
			1002},
		{"2^63-1", SPAN("\x82\xff\x7f\xff\xff\xff\xff\xff\xff\xff" KEY), 1009},
		{"2^32", SPAN("\x82\xff\0\0\0\1\0\0\0\0" KEY), 1009},
		{"2^32-1", SPAN("\x82\xff\0\0\0\0\xff\xff\xff\xff" KEY), 1009},
		{"2^32+1", SPAN("\x82\xff\0\0\0\1\0\0\0\1" KEY), 1009},
		{"2^31", SPAN("\x82\xff\0\0\0\0\x80\0\0\0" KEY), 1009},
		{"2^31-1", SPAN("\x82\xff\0\0\0\0\x7f\xff\xff\xff" KEY), 1009},
		{"one more than the limit", SPAN("\x82\xff\0\0\0\0\0\x10\0\1" KEY), 1009},
		{"the limit", SPAN("\x82\xff\0\0\0\0\0\x10\0\0" KEY), 0},
		{"fragments over the limit", SPAN("\x02\x81" KEY "a\x80\xff\0\0\0\0\0\x10\0\0" KEY),
			1009},
		{"ping between fragments", SPAN("\x01\x81" KEY "a\x89\x80" KEY "\x80\x81" KEY "b"),
			0},
	};
	check_vectors(v, countof(v), plain);
	static const struct vector with_deflate[] = {
		{"RSV1 on a continuation", SPAN("\x41\x81" KEY "\xf2\xc0\x80" KEY), 1002},
		{"RSV1 on a continuation of plain text", SPAN("\x01\x80" KEY "\xc0\x80" KEY), 1002},
		{"RSV1 on a ping", SPAN("\xc9\x80" KEY), 1002},
		{"RSV1 on a continuation of nothing", SPAN("\xc0\x80" KEY), 1002},
		{"RSV2", SPAN("\xe1\x80" KEY), 1002},
		{"plain text", SPAN("\x81\x81" KEY "a"), 0},
		{"compressed length over the limit", SPAN("\xc2\xff\0\0\0\0\0\x10\0\1" KEY), 1009},
	};
	check_vectors(with_deflate, countof(with_deflate), deflated);
}

static void test_closing(void **unused)
{
	(void)unused;
	static const unsigned good[] = {1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012,
		1013, 1014, 3000, 3999, 4000, 4999};
	static const unsigned bad[] = {
		0, 1, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535};
	for (size_t i = 0; i < countof(good) + countof(bad); i++) {
		bool ok = i < countof(good);
		unsigned code = ok ? good[i] : bad[i - countof(good)];
		char payload[5] = {(char)(code >> 8), (char)code, 'b', 'y', 'e'};
		struct wire *w = wire_new(plain, MESSAGE_MAX);
		show_frame(w, 0x88, span_of(payload, sizeof payload));
		assert_int_equal(closed_with(buf_bytes(&w->reply)), ok ? code : 1002);
		if (ok) {
			assert_int_equal(w->kind, WS_CLOSE);
			check_text(buf_bytes(&w->body), "bye");
			size_t n = w->reply.n;
			show(w, SPAN("\x89\x80" KEY "\x81\x05garbage")); // no more answers
			assert_int_equal(w->got, CODEC_MORE);
			assert_int_equal(w->messages, 1);
			assert_int_equal(w->reply.n, n);
		} else {
			assert_int_equal(w->got, CODEC_BAD);
		}
		wire_free(w);
	}
	static const struct vector v[] = {
		{"1 byte", SPAN("\x88\x81" KEY "\x03"), 1002},
		{"reason not UTF-8", SPAN("\x88\x84" KEY "\x03\xe8\xc3\x28"), 1007},
		{"reason cut within a character", SPAN("\x88\x83" KEY "\x03\xe8\xc3"), 1007},
		{"of 126 bytes", SPAN("\x88\xfe\x00\x7e" KEY), 1002},
	};
	check_vectors(v, countof(v), plain);
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	show(w, SPAN("\x88\x80" KEY));
	assert_int_equal(w->messages, 1);
	assert_int_equal(closed_with(buf_bytes(&w->reply)), 1000);
	wire_free(w);
}

static void test_after_bad_everything_is_eaten_in_silence(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	show(w, SPAN("\x83\x80"));
	assert_int_equal(w->got, CODEC_BAD);
	size_t n = w->reply.n;
	assert_int_equal(show(w, SPAN("\x89\x80" KEY "\x83\x80")), 0);
	assert_int_equal(w->got, CODEC_MORE);
	assert_int_equal(w->reply.n, n);
	wire_free(w);
}

static void test_a_ping_is_answered_before_what_follows_fails(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	show(w, SPAN("\x01\x81" KEY "a\x89\x82" KEY "hi\x81\x81" KEY "b"));
	assert_int_equal(code_of(w), 1002);
	assert_true(span_starts(buf_bytes(&w->reply), SPAN("\x8a\x02hi\x88")));
	wire_free(w);
}

static void test_each_control_frame_returns_to_the_caller(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	char pings[] = "\x89\x80" KEY "\x89\x80" KEY "\x89\x80" KEY;
	struct span in = span_of(pings, sizeof pings - 1);
	for (size_t n = 1; n <= 3; n++) {
		assert_int_equal(codec_ws.take(w->state, &in, &w->last, &w->reply), CODEC_ATE);
		assert_int_equal(w->reply.n, 2 * n);
	}
	wire_free(w);
}

static const struct {
	const char *text;
	size_t bad_at; // index of the first byte that can never be right
	bool whole;    // false: ends within a character
} texts[] = {
	{"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5", 99, true},
	{"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xf4\x90\x80\x80x", 12, true},
	{"\xed\x9f\xbf", 99, true},
	{"\xee\x80\x80", 99, true},
	{"\xef\xbf\xbd", 99, true},
	{"\xf4\x8f\xbf\xbf", 99, true},
	{"\xf0\x90\x80\x80", 99, true},
	{"\xdf\xbf", 99, true},
	{"\xef\xbf\xbe", 99, true},
	{"\xf4\x90\x80\x80", 1, true},
	{"\x80", 0, true},
	{"\xbf", 0, true},
	{"\xfe", 0, true},
	{"\xff", 0, true},
	{"\xc0\xaf", 0, true},
	{"\xc1\xbf", 0, true},
	{"\xe0\x80\xaf", 1, true},
	{"\xe0\x9f\xbf", 1, true},
	{"\xf0\x80\x80\xaf", 1, true},
	{"\xf0\x8f\xbf\xbf", 1, true},
	{"\xf8\x88\x80\x80\x80", 0, true},
	{"\xfc\x84\x80\x80\x80\x80", 0, true},
	{"\xed\xa0\x80", 1, true},
	{"\xed\xad\xbf", 1, true},
	{"\xed\xbf\xbf", 1, true},
	{"\xce\x28", 1, true},
	{"abcdefgh\xe2\x28\xa1", 9, true},
	{"\xce", 99, false},
	{"\xe1\xbd", 99, false},
	{"\xf0\x9f\x98", 99, false},
	{"aaaaaaaaaaaaaaa\xf0", 99, false},
};

static void test_text_fails_at_its_first_impossible_byte(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < countof(texts); i++) {
		struct span text = span_str(texts[i].text);
		struct buf b = {0};
		bool good = texts[i].bad_at == 99;
		put_frame(&b, 0x81, text);
		struct wire *w = wire_new(plain, MESSAGE_MAX);
		show(w, span_of(b.p, 6));
		show(w, span_of(b.p + 6, min_size(texts[i].bad_at, text.n - 1)));
		assert_int_equal(w->got, CODEC_MORE);
		if (!good)
			show(w, span_of(b.p + 6 + texts[i].bad_at, 1));
		else
			show(w, span_of(b.p + b.n - 1, 1));
		assert_int_equal(code_of(w), good && texts[i].whole ? 0 : 1007);
		assert_int_equal(w->messages, good && texts[i].whole);
		wire_free(w);
		buf_fini(&b);
	}
}

static void test_text_may_be_cut_within_characters(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < countof(texts); i++) {
		struct wire *w = wire_new(plain, MESSAGE_MAX);
		struct span text = span_str(texts[i].text);
		for (size_t k = 0; k < text.n && w->got != CODEC_BAD; k++)
			show_frame(w, k ? 0 : 1, span_of(text.p + k, 1));
		bool good = texts[i].bad_at == 99;
		assert_int_equal(code_of(w), good ? 0 : 1007);
		if (good)
			show_frame(w, 0x80, SPAN(""));
		assert_int_equal(code_of(w), good && texts[i].whole ? 0 : 1007);
		wire_free(w);
		w = wire_new(plain, MESSAGE_MAX); // binary is nobody's business
		show_frame(w, 0x82, text);
		assert_int_equal(w->messages, 1);
		wire_free(w);
	}
}

static void test_whole_frames_are_lent_from_the_input(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	struct buf b = {0};
	put_frame(&b, 0x81, SPAN("some text of more than eight bytes"));
	struct span in = buf_bytes(&b);
	assert_int_equal(codec_ws.take(w->state, &in, &w->last, &w->reply), CODEC_MSG);
	assert_ptr_equal(w->last.body.p, b.p + 6);
	check_text(w->last.body, "some text of more than eight bytes");
	buf_fini(&b);
	wire_free(w);
}

// The state begins with its one buffer.
static struct buf *gathered(struct wire *w)
{
	return (struct buf *)(void *)w->state;
}

static void test_memory_follows_bytes_not_fragments_or_promises(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	show(w, SPAN("\x02\xff\0\0\0\0\0\x0f\0\0" KEY "abc")); // announces 983,040
	assert_true(gathered(w)->cap <= 256);
	wire_free(w);
	w = wire_new(plain, MESSAGE_MAX);
	struct buf b = {0};
	for (int i = 0; i < 65536; i++)
		put_frame(&b, i ? 0 : 2, SPAN("x"));
	show(w, buf_bytes(&b));
	assert_int_equal(w->got, CODEC_MORE);
	assert_int_equal(gathered(w)->n, 65536);
	assert_true(gathered(w)->cap <= 131072);
	show_frame(w, 0x80, SPAN(""));
	assert_int_equal(w->messages, 1);
	assert_int_equal(w->body.n, 65536);
	assert_null(gathered(w)->p); // the loan ended when the next bytes were asked for
	buf_fini(&b);
	wire_free(w);
}

static void test_empty_fragments_are_counted(void **unused)
{
	(void)unused;
	struct wire *w = wire_new(plain, MESSAGE_MAX);
	struct buf b = {0};
	for (int i = 0; i < 131072; i++)
		put_frame(&b, i ? 0 : 2, SPAN(""));
	show(w, buf_bytes(&b));
	assert_int_equal(w->got, CODEC_MORE);
	show_frame(w, 0, SPAN(""));
	assert_int_equal(code_of(w), 1009);
	buf_fini(&b);
	wire_free(w);
}

// What a client's zlib makes of a message; a stream of its own when it keeps its window.
static void compress_as_client(z_stream *z, struct buf *out, struct span text, int flush)
{
	size_t had = out->n;
	assert_true(buf_reserve(out, deflateBound(z, text.n) + 64));
	z->next_in = (Bytef *)text.p;
	z->avail_in = (uInt)text.n;
	z->next_out = (Bytef *)out->p + had;
	z->avail_out = (uInt)(out->cap - had);
	assert_true(deflate(z, flush) >= 0);
	out->n = out->cap - z->avail_out;
	if (flush == Z_FINISH)
		buf_char(out, 0);
	else
		out->n -= 4;
}

static z_stream *client_deflater(int bits)
{
	z_stream *z = calloc(1, sizeof *z);
	assert_int_equal(deflateInit2(z, 6, Z_DEFLATED, -bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	return z;
}

static void client_deflater_free(z_stream *z)
{
	deflateEnd(z);
	free(z);
}

// Chat-like text that repeats itself, always the same for the same n.
static struct buf sample(size_t n)
{
	static const char *const words[] = {"{\"channel\":\"chat\",", "\"text\":\"", "hello ",
		"Grüße ", "world ", "north ", "\"},", "east "};
	struct buf b = {.max = n + 64};
	for (uint32_t seed = 7; b.n < n; seed = seed * 1664525u + 1013904223u)
		buf_str(&b, words[seed >> 29]);
	return b;
}

static void test_rfc7692_examples(void **unused)
{
	(void)unused;
	static const struct {
		const char *what;
		struct span wire;
		size_t messages;
	} v[] = {
		{"one block", SPAN("\xc1\x87" KEY "\xf2\x48\xcd\xc9\xc9\x07\x00"), 1},
		{"fragments", SPAN("\x41\x83" KEY "\xf2\x48\xcd\x80\x84" KEY "\xc9\xc9\x07\x00"),
			1},
		{"kept window",
			SPAN("\xc1\x87" KEY "\xf2\x48\xcd\xc9\xc9\x07\x00\xc1\x85" KEY
			     "\xf2\x00\x11\x00\x00"),
			2},
		{"stored block", SPAN("\xc1\x8b" KEY "\x00\x05\x00\xfa\xffHello\x00"), 1},
		{"final block", SPAN("\xc1\x88" KEY "\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), 1},
		{"final block, nothing after", SPAN("\xc1\x87" KEY "\xf3\x48\xcd\xc9\xc9\x07\x00"),
			1},
		{"two blocks",
			SPAN("\xc1\x8d" KEY "\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"),
			1},
	};
	for (size_t i = 0; i < countof(v); i++) {
		struct ws_deflate agreed = deflated;
		agreed.client_takeover = true;
		struct wire *w = wire_new(agreed, MESSAGE_MAX);
		show(w, v[i].wire);
		if (w->messages != v[i].messages)
			fail_msg("%s: %s", v[i].what, w->last.why);
		check_text(buf_bytes(&w->body), "Hello");
		wire_free(w);
	}
	struct buf packed = {0}; // a final block whose output just fills the first buffer
	char zeros[128] = {0};
	z_stream *z = client_deflater(15);
	compress_as_client(z, &packed, span_of(zeros, sizeof zeros), Z_FINISH);
	struct wire *w = wire_new(deflated, MESSAGE_MAX);
	show_frame(w, 0xc2, span_of(packed.p, packed.n - 1));
	check_bytes(buf_bytes(&w->body), span_of(zeros, sizeof zeros));
	wire_free(w);
	client_deflater_free(z);
	buf_fini(&packed);
	w = wire_new(deflated, MESSAGE_MAX); // looks back over a final block
	show(w, SPAN("\xc1\x8c" KEY "\xf3\x48\xcd\xc9\xc9\x07\x00\xf2\x00\x11\x00\x00"));
	check_text(buf_bytes(&w->body), "HelloHello");
	wire_free(w);
}

static void test_every_client_window_is_read(void **unused)
{
	(void)unused;
	struct buf text = sample(90000);
	for (int bits = 9; bits <= 15; bits++)
		for (int takeover = 0; takeover <= 1; takeover++) {
			struct ws_deflate agreed = deflated;
			agreed.client_takeover = takeover;
			agreed.client_bits = (uint8_t)bits;
			struct wire *w = wire_new(agreed, MESSAGE_MAX);
			z_stream *z = client_deflater(bits);
			for (size_t i = 1; i <= 6; i++) {
				struct span part = span_of(text.p, text.n / i);
				while (((uint8_t)text.p[part.n] & 0xc0) == 0x80)
					part.n--;
				struct buf packed = {0};
				compress_as_client(z, &packed, part,
					i == 3 && !takeover ? Z_FINISH : Z_SYNC_FLUSH);
				struct buf wire = {0};
				size_t half = packed.n / 2;
				put_frame(&wire, 0x41, span_of(packed.p, half));
				put_frame(&wire, 0x89, SPAN("between"));
				put_frame(&wire, 0x80, span_of(packed.p + half, packed.n - half));
				show(w, buf_bytes(&wire));
				assert_int_equal(w->messages, i);
				check_bytes(buf_bytes(&w->body), part);
				if (!takeover)
					deflateReset(z);
				buf_fini(&packed);
				buf_fini(&wire);
			}
			client_deflater_free(z);
			wire_free(w);
		}
	buf_fini(&text);
}

static void test_connections_do_not_share_history(void **unused)
{
	(void)unused;
	struct ws_deflate keeps = deflated;
	keeps.client_takeover = true;
	struct wire *a = wire_new(keeps, MESSAGE_MAX), *b = wire_new(keeps, MESSAGE_MAX);
	struct wire *c = wire_new(deflated, MESSAGE_MAX);
	struct span first = SPAN("\xc1\x87" KEY "\xf2\x48\xcd\xc9\xc9\x07\x00");
	struct span again = SPAN("\xc1\x85" KEY "\xf2\x00\x11\x00\x00"); // points into it
	show(a, first);
	show(c, first);
	show(b, again);
	show(c, again);
	assert_int_equal(code_of(b), 1007);
	assert_int_equal(code_of(c), 1007);
	show(a, again);
	check_text(buf_bytes(&a->body), "Hello");
	wire_free(a);
	wire_free(b);
	wire_free(c);
}

static void test_bombs_stop_at_the_limit(void **unused)
{
	(void)unused;
	static const size_t mebibytes[] = {1, 16, 64};
	for (size_t i = 0; i < countof(mebibytes); i++)
		for (int form = 0; form < 3; form++) { // shared, kept window, many fragments
			struct ws_deflate agreed = deflated;
			agreed.client_takeover = form == 1;
			size_t n = (mebibytes[i] << 20) + 1;
			char *zeros = calloc(1, n);
			struct buf packed = {.max = 80 << 20};
			z_stream *z = client_deflater(15);
			compress_as_client(z, &packed, span_of(zeros, n), Z_SYNC_FLUSH);
			struct wire *w = wire_new(agreed, MESSAGE_MAX);
			if (form == 2) {
				for (size_t k = 0; k + 1 < packed.n; k++)
					show_frame(w, k ? 0 : 0x42, span_of(packed.p + k, 1));
				show_frame(w, 0x80, span_of(packed.p + packed.n - 1, 1));
			} else {
				show_frame(w, 0xc2, buf_bytes(&packed));
			}
			assert_int_equal(code_of(w), 1009);
			assert_true(w->last.too_big);
			assert_null(gathered(w)->p);
			wire_free(w);
			client_deflater_free(z);
			buf_fini(&packed);
			free(zeros);
		}
}

static void test_a_message_of_just_the_limit_is_inflated(void **unused)
{
	(void)unused;
	char *zeros = calloc(1, MESSAGE_MAX + 1);
	for (size_t more = 0; more <= 1; more++) {
		struct buf packed = {0};
		z_stream *z = client_deflater(15);
		compress_as_client(z, &packed, span_of(zeros, MESSAGE_MAX + more), Z_SYNC_FLUSH);
		struct wire *w = wire_new(deflated, MESSAGE_MAX);
		show_frame(w, 0xc2, buf_bytes(&packed));
		assert_int_equal(w->messages, !more);
		assert_int_equal(w->body.n, more ? 0 : MESSAGE_MAX);
		wire_free(w);
		client_deflater_free(z);
		buf_fini(&packed);
	}
	free(zeros);
}

static void test_bad_compressed_messages(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{"block type 3", SPAN("\xc2\x82" KEY "\x06\x00"), 1007},
		{"broken off", SPAN("\xc2\x83" KEY "\xf2\x48\xcd"), 1007},
		{"stored length wrong", SPAN("\xc2\x85" KEY "\x00\x05\x00\x05\x00"), 1007},
		{"distance too far", SPAN("\xc2\x85" KEY "\xf2\x00\x11\x00\x00"), 1007},
		{"empty", SPAN("\xc2\x81" KEY "\x00"), 0},
		{"nothing at all", SPAN("\xc2\x80" KEY), 0},
		{"text: e9 alone", SPAN("\xc1\x87" KEY "\x00\x01\x00\xfe\xff\xe9\x00"), 1007},
		{"text: ff", SPAN("\xc1\x87" KEY "\x00\x01\x00\xfe\xff\xff\x00"), 1007},
		{"binary: ff", SPAN("\xc2\x87" KEY "\x00\x01\x00\xfe\xff\xff\x00"), 0},
		{"64 final blocks",
			SPAN("\xc2\xc0" KEY
			     "\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0"
			     "\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0\3\0"),
			1008},
	};
	check_vectors(v, countof(v), deflated);
}

// What a client with that window makes of a server's frame.
static void inflate_as_client(struct span frame, int bits, struct span want)
{
	assert_int_equal((uint8_t)frame.p[0], 0xc1);
	size_t header = (uint8_t)frame.p[1] < 126 ? 2 : (uint8_t)frame.p[1] == 126 ? 4 : 10;
	struct buf in = {0};
	buf_put(&in, frame.p + header, frame.n - header);
	buf_put(&in, "\0\0\xff\xff", 4);
	char *out = malloc(want.n + 1);
	z_stream z = {.next_in = (Bytef *)in.p, .avail_in = (uInt)in.n};
	assert_int_equal(inflateInit2(&z, -bits), Z_OK);
	z.next_out = (Bytef *)out;
	for (size_t left = want.n + 1;
		left && z.avail_out == 0;) { // piecewise, or no window is needed
		z.avail_out = (uInt)min_size(left, 64);
		left -= z.avail_out;
		int result = inflate(&z, Z_SYNC_FLUSH);
		assert_true(result == Z_OK || result == Z_BUF_ERROR);
	}
	check_bytes(span_of(out, (size_t)z.total_out), want);
	assert_int_equal(z.avail_in, 0);
	inflateEnd(&z);
	free(out);
	buf_fini(&in);
}

// Letters that come again after 1500 bytes: within a window of 12 bits, not of 9.
static struct buf far_repeats(size_t n)
{
	struct buf b = {0};
	uint32_t seed = 1;
	for (size_t i = 0; i < n; i++) {
		seed = i % 1500 ? seed * 1664525u + 1013904223u : 1;
		buf_char(&b, (char)('a' + (seed >> 24) % 16));
	}
	return b;
}

static void test_compressed_frames_are_read_by_every_window(void **unused)
{
	(void)unused;
	static const size_t sizes[] = {100, 126, 300, 4096, 20000, 70000};
	for (size_t i = 0; i < 2 * countof(sizes); i++)
		for (int bits = 15; bits >= 9; bits--) {
			size_t n = sizes[i / 2];
			struct buf text = i % 2 ? sample(n) : far_repeats(n), b = {0};
			struct span payload = buf_bytes(&text);
			ws_put_deflated(&b, WS_TEXT, payload, bits < 12 ? 9 : 12);
			if (b.p[0] & 0x40)
				inflate_as_client(buf_bytes(&b), bits, payload);
			assert_true(b.n < payload.n || n <= 126);
			struct buf again = {0}; // no history: the same bytes every time
			ws_put_deflated(&again, WS_TEXT, payload, bits < 12 ? 9 : 12);
			check_bytes(buf_bytes(&again), buf_bytes(&b));
			buf_fini(&text);
			buf_fini(&b);
			buf_fini(&again);
		}
}

static void test_what_is_not_worth_compressing_goes_plain(void **unused)
{
	(void)unused;
	char noise[1000], small[WS_DEFLATE_MIN - 1] = {0};
	uint32_t seed = 1;
	for (size_t i = 0; i < sizeof noise; i++)
		noise[i] = (char)((seed = seed * 1664525u + 1013904223u) >> 24);
	const struct span payloads[] = {
		span_of(noise, sizeof noise), span_of(small, sizeof small), SPAN("")};
	for (size_t i = 0; i < countof(payloads); i++) {
		struct buf b = {0}, want = {0};
		ws_put_deflated(&b, WS_BINARY, payloads[i], 12);
		ws_put_frame(&want, WS_BINARY, payloads[i]);
		check_bytes(buf_bytes(&b), buf_bytes(&want));
		buf_fini(&b);
		buf_fini(&want);
	}
	struct buf text = sample(500), tight = {.max = 50};
	ws_put_deflated(&tight, WS_TEXT, buf_bytes(&text), 12);
	assert_true(tight.failed);
	buf_fini(&text);
	buf_fini(&tight);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_rfc6455_examples),
		TEST(test_server_frames),
		TEST(test_lengths_at_every_boundary),
		TEST(test_framing_rules),
		TEST(test_closing),
		TEST(test_after_bad_everything_is_eaten_in_silence),
		TEST(test_a_ping_is_answered_before_what_follows_fails),
		TEST(test_each_control_frame_returns_to_the_caller),
		TEST(test_text_fails_at_its_first_impossible_byte),
		TEST(test_text_may_be_cut_within_characters),
		TEST(test_whole_frames_are_lent_from_the_input),
		TEST(test_memory_follows_bytes_not_fragments_or_promises),
		TEST(test_empty_fragments_are_counted),
		TEST(test_rfc7692_examples),
		TEST(test_every_client_window_is_read),
		TEST(test_connections_do_not_share_history),
		TEST(test_bombs_stop_at_the_limit),
		TEST(test_a_message_of_just_the_limit_is_inflated),
		TEST(test_bad_compressed_messages),
		TEST(test_compressed_frames_are_read_by_every_window),
		TEST(test_what_is_not_worth_compressing_goes_plain),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
