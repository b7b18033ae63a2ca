// SPDX-License-Identifier: MIT
// Requests as strangers send them: what is read, what is refused and with which status.
#include "check.h"
#include "proto/http.h"
#include <stdio.h>
#include <stdlib.h>

enum { BODY_MAX = 100 };

#define HOST    "Host: example.org\r\n"
#define CHUNKED "POST / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"

struct answer {
	enum codec_got got; // the last one
	struct buf message; // of the first MSG
	size_t messages;
	struct buf reply;
	struct codec_msg last;
	size_t left; // bytes of the input not eaten
};

static void answer_fini(struct answer *a)
{
	buf_fini(&a->message);
	buf_fini(&a->reply);
}

// Shows the whole input at once.
static struct answer ask_for(struct span input, size_t max)
{
	struct answer a = {0};
	void *state = calloc(1, codec_http.state_bytes);
	char *copy = span_dup(input);
	struct span in = span_of(copy, input.n);
	codec_http.init(state, max);
	do {
		a.got = codec_http.take(state, &in, &a.last, &a.reply);
		if (a.got == CODEC_MSG && a.messages++ == 0)
			buf_span(&a.message, a.last.body);
	} while (a.got == CODEC_MSG || a.got == CODEC_ATE);
	a.left = in.n;
	codec_http.fini(state);
	free(state);
	free(copy);
	return a;
}

static struct answer ask(struct span input)
{
	return ask_for(input, BODY_MAX);
}

static int status_of(struct span reply)
{
	int status = 0;
	char *text = span_dup(reply);
	sscanf(text, "HTTP/1.1 %d", &status);
	free(text);
	return status;
}

struct vector {
	struct span input;
	int status; // refused with it; 0: one message
};

static void check_vectors(const struct vector *v, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct answer a = ask(v[i].input);
		int status = a.got == CODEC_BAD ? status_of(buf_bytes(&a.reply)) : 0;
		size_t messages = v[i].status ? 0 : 1;
		if (status != v[i].status || a.messages != messages || (status && !a.last.why))
			fail_msg("%.*s\n-> %d %s, %zu messages; want %d", (int)v[i].input.n,
				v[i].input.p, status, a.last.why, a.messages, v[i].status);
		answer_fini(&a);
	}
}

#define GET(target)                                                                                \
	{                                                                                          \
		SPAN("GET " target " HTTP/1.1\r\n" HOST "\r\n"), 0                                 \
	}
#define NOT(target)                                                                                \
	{                                                                                          \
		SPAN("GET " target " HTTP/1.1\r\n" HOST "\r\n"), 400                               \
	}
#define FIELD(lines)  SPAN("GET / HTTP/1.1\r\n" HOST lines "\r\n")
#define POST(lines)   SPAN("POST / HTTP/1.1\r\n" HOST lines "\r\nhello")
#define CHUNKS(bytes) SPAN(CHUNKED bytes)

static void test_request_lines(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		GET("/"),
		GET("/a/b?c=d&e"),
		GET("/%41%7e"),
		GET("/a|b?{x}^"),
		GET("//x"),
		GET("/?"),
		GET("http://example.org/x"),
		GET("HTTP://Example.ORG"),
		GET("http://example.org?q"),
		{SPAN("OPTIONS * HTTP/1.1\r\n" HOST "\r\n"), 0},
		{SPAN("BREW / HTTP/1.1\r\n" HOST "\r\n"), 0}, // a token; the router knows methods
		{SPAN("GET / HTTP/1.0\r\n\r\n"), 0},
		NOT("*"),
		NOT("x"),
		NOT("example.org:80"),
		NOT("ftp://example.org/"),
		NOT("http://"),
		NOT("http:///x"),
		NOT("http://u@example.org/"),
		NOT("http://other.org/"),
		NOT("/%"),
		NOT("/%4"),
		NOT("/%zz"),
		NOT("/#f"),
		NOT("/\""),
		NOT("/<"),
		NOT("/\x80"),
		NOT("/\x7f"),
		NOT("/\t"),
		NOT("/ "),
		NOT(""),
		NOT(" /"),
		{SPAN("GET / HTTP/1.1 \r\n" HOST "\r\n"), 400},
		{SPAN("GET  / HTTP/1.1\r\n" HOST "\r\n"), 400},
		{SPAN("GET\t/ HTTP/1.1\r\n" HOST "\r\n"), 400},
		{SPAN("G@T / HTTP/1.1\r\n" HOST "\r\n"), 400},
		{SPAN("GET /\r\n\r\n"), 400},
		{SPAN("GET\r\n\r\n"), 400},
		{SPAN("GET / http/1.1\r\n" HOST "\r\n"), 400},
		{SPAN("GET / HTTP/1.1x\r\n" HOST "\r\n"), 400},
		{SPAN("GET / HTTP/11\r\n" HOST "\r\n"), 400},
		{SPAN("GET / HTTP/1.2\r\n" HOST "\r\n"), 505},
		{SPAN("GET / HTTP/0.9\r\n" HOST "\r\n"), 505},
		{SPAN("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505},
	};
	check_vectors(v, countof(v));
}

static void test_line_ends_and_control_characters(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{SPAN("\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 0},
		{SPAN("\r\n\r\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400},
		{SPAN("\nGET / HTTP/1.1\r\n" HOST "\r\n"), 400},
		{SPAN("GET / HTTP/1.1\n" HOST "\r\n"), 400},
		{SPAN("GET / HTTP/1.1\n"), 400}, // at once, not when the head is whole
		{SPAN("GET / HTTP/1.1\r\n" HOST "\n"), 400},
		{SPAN("GET / HTTP/1.1\r" HOST), 400},
		{SPAN("GET / HTTP/1.1\r\n" HOST "A: b\rc\r\n\r\n"), 400},
		{SPAN("GET / HTTP/1.1\r\n" HOST "A: b\r\r\n\r\n"), 400},
		{SPAN("GET / HTTP/1.1\r\n" HOST "A: b\0c\r\n\r\n"), 400},
		{SPAN("GET / HTTP/1.1\r\n" HOST "A: \x1b[2J\r\n\r\n"), 400},
		{SPAN("GET / HTTP/1.1\r\n" HOST "A: \x7f\r\n\r\n"), 400},
		{SPAN("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"), 400}, // TLS
		{SPAN("\xff\xfb\x1f"), 400},                                 // telnet
		{SPAN("{\"jsonrpc\""), 400},
		{SPAN(" "), 400},
		{SPAN("\0"), 400},
	};
	check_vectors(v, countof(v));
}

static void test_headers(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{FIELD("A: b\r\n"), 0},
		{FIELD("A:b\r\n"), 0},
		{FIELD("A:\r\n"), 0},
		{FIELD("A:\t b \t\r\n"), 0},
		{FIELD("A: b: c\r\n"), 0},
		{FIELD("A: \xe9\r\n"), 0},
		{FIELD("!#$%&'*+-.^_`|~09: b\r\n"), 0},
		{FIELD(" A: b\r\n"), 400},
		{FIELD("A: b\r\n c\r\n"), 400},
		{FIELD("A: b\r\n\tc\r\n"), 400},
		{FIELD("A : b\r\n"), 400},
		{FIELD("A\t: b\r\n"), 400},
		{FIELD(": b\r\n"), 400},
		{FIELD("A\r\n"), 400},
		{FIELD("A b: c\r\n"), 400},
		{FIELD("A(: c\r\n"), 400},
		{FIELD("\xe9: c\r\n"), 400},
	};
	check_vectors(v, countof(v));
}

#define HOSTS(lines) SPAN("GET / HTTP/1.1\r\n" lines "\r\n")

static void test_exactly_one_good_host(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{HOSTS("Host: a\r\n"), 0},
		{HOSTS("hOST: a.b-c_d:80\r\n"), 0},
		{HOSTS("Host: a:\r\n"), 0},
		{HOSTS("Host: 127.0.0.1:65535\r\n"), 0},
		{HOSTS("Host: [::1]\r\n"), 0},
		{HOSTS("Host: [2001:db8::1.2.3.4]:4000\r\n"), 0},
		{HOSTS(""), 400},
		{HOSTS("Host:\r\n"), 400},
		{HOSTS("Host: a\r\nHost: a\r\n"), 400},
		{HOSTS("Host: a, b\r\n"), 400},
		{HOSTS("Host: a b\r\n"), 400},
		{HOSTS("Host: a/b\r\n"), 400},
		{HOSTS("Host: u@a\r\n"), 400},
		{HOSTS("Host: a:65536\r\n"), 400},
		{HOSTS("Host: a:x\r\n"), 400},
		{HOSTS("Host: a:-1\r\n"), 400},
		{HOSTS("Host: a:0000080\r\n"), 400},
		{HOSTS("Host: :80\r\n"), 400},
		{HOSTS("Host: []\r\n"), 400},
		{HOSTS("Host: [::1\r\n"), 400},
		{HOSTS("Host: [::1]x\r\n"), 400},
		{HOSTS("Host: \xc3\xa9\r\n"), 400},
		{SPAN("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"), 400},
		{SPAN("GET / HTTP/1.0\r\nHost: /\r\n\r\n"), 400},
	};
	check_vectors(v, countof(v));
}

static void test_body_lengths(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{POST("Content-Length: 5\r\n"), 0},
		{POST("Content-Length: 0000000000000005\r\n"), 0},
		{POST("Content-Length: 00000000000000005\r\n"), 400}, // 17 digits
		{POST("Content-Length: 101\r\n"), 413},
		{POST("Content-Length: 4294967301\r\n"), 413},
		{POST("Content-Length: 9999999999999999\r\n"), 413},
		{POST("Content-Length: 18446744073709551621\r\n"), 400},
		{POST("Content-Length: -1\r\n"), 400},
		{POST("Content-Length: +5\r\n"), 400},
		{POST("Content-Length: 0x5\r\n"), 400},
		{POST("Content-Length: 5 5\r\n"), 400},
		{POST("Content-Length: 5, 5\r\n"), 400},
		{POST("Content-Length:\r\n"), 400},
		{POST("Content-Length: 5.0\r\n"), 400},
		{POST("Content-Length: 5\r\nContent-Length: 5\r\n"), 400},
		{POST("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"), 400},
		{POST("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n"), 400},
		{POST("Transfer-Encoding: chunked, chunked\r\n"), 501},
		{POST("Transfer-Encoding: gzip, chunked\r\n"), 501},
		{POST("Transfer-Encoding: identity\r\n"), 501},
		{POST("Transfer-Encoding: \x0b"
		      "chunked\r\n"),
			400},
		{POST("Transfer-Encoding: chunked;q=1\r\n"), 501},
		{POST("Transfer-Encoding:\r\n"), 501},
		{SPAN("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"), 400},
		{POST("Content-Length: 5\r\nExpect: 100-Continue\r\n"), 0},
		{POST("Content-Length: 5\r\nExpect: 200-ok\r\n"), 417},
		{POST("Content-Length: 5\r\nExpect:\r\n"), 417},
	};
	check_vectors(v, countof(v));
	struct answer a = ask(POST("Content-Length: 100\r\n"));
	assert_int_equal(a.got, CODEC_MORE);
	assert_int_equal(a.left, 0); // 5 of 100 bytes are in the state
	answer_fini(&a);
}

static void test_chunks(void **unused)
{
	(void)unused;
	static const struct vector v[] = {
		{CHUNKS("0\r\n\r\n"), 0},
		{CHUNKS("5\r\nhello\r\n0\r\n\r\n"), 0},
		{CHUNKS("0000000000000005\r\nhello\r\n000\r\n\r\n"), 0},
		{CHUNKS("a\r\n0123456789\r\nA;n=\"v\"\r\n0123456789\r\n0\r\nT: x\r\nU:\r\n\r\n"),
			0},
		{CHUNKS("5\r\nhello0\r\n\r\n"), 400},
		{CHUNKS("5\r\nhello\n0\r\n\r\n"), 400},
		{CHUNKS("5\r\nhello\r0\r\n\r\n"), 400},
		{CHUNKS("5\nhello\r\n0\r\n\r\n"), 400},
		{CHUNKS("0\n\r\n"), 400},
		{CHUNKS("0\r\n\n"), 400},
		{CHUNKS("\r\n"), 400},
		{CHUNKS(" 5\r\n"), 400},
		{CHUNKS("5 \r\n"), 400},
		{CHUNKS("5 ;x\r\n"), 400},
		{CHUNKS("0x5\r\n"), 400},
		{CHUNKS("+5\r\n"), 400},
		{CHUNKS("-5\r\n"), 400},
		{CHUNKS("g\r\n"), 400},
		{CHUNKS("5,5\r\n"), 400},
		{CHUNKS("5;\x01\r\n"), 400},
		{CHUNKS("00000000000000005\r\n"), 400}, // 17 digits
		{CHUNKS("65\r\n"), 413},
		{CHUNKS("7fffffff\r\n"), 413},
		{CHUNKS("80000000\r\n"), 413},
		{CHUNKS("ffffffff\r\n"), 413},
		{CHUNKS("100000005\r\n"), 413},
		{CHUNKS("7fffffffffffffff\r\n"), 413},
		{CHUNKS("8000000000000000\r\n"), 413},
		{CHUNKS("ffffffffffffffff\r\n"), 413},
		{CHUNKS("10000000000000005\r\n"), 400},
		{CHUNKS("3c\r\n123456789012345678901234567890123456789012345678901234567890\r\n"
			"29\r\n"),
			413},                                    // 60 and 41 bytes
		{CHUNKS("1\r\na\r\nffffffffffffffff\r\n"), 413}, // the sum would wrap
		{CHUNKS("0\r\nT x\r\n\r\n"), 400},
		{CHUNKS("0\r\n: x\r\n\r\n"), 400},
		{CHUNKS("0\r\n x\r\n\r\n"), 400},
	};
	check_vectors(v, countof(v));
}

static void test_chunk_lines_and_trailers_are_bounded(void **unused)
{
	(void)unused;
	struct buf input = {0};
	buf_lit(&input, CHUNKED "0;");
	for (int i = 0; i < 300; i++)
		buf_char(&input, 'x');
	struct answer a = ask(buf_bytes(&input));
	assert_int_equal(a.got, CODEC_BAD);
	assert_int_equal(status_of(buf_bytes(&a.reply)), 400);
	answer_fini(&a);
	buf_clear(&input);
	buf_lit(&input, CHUNKED "0\r\n");
	for (int i = 0; i < 256; i++)
		buf_lit(&input, "a:b\r\n");
	a = ask(buf_bytes(&input));
	assert_int_equal(a.got, CODEC_BAD);
	assert_int_equal(status_of(buf_bytes(&a.reply)), 431);
	answer_fini(&a);
	buf_fini(&input);
}

// n headers, or one of n bytes, or a target of n bytes.
static int status_for(const char *form, int n)
{
	struct buf input = {0};
	buf_lit(&input, "GET /");
	for (int i = 0; *form == 't' && i < n; i++)
		buf_char(&input, 'x');
	buf_lit(&input, " HTTP/1.1\r\nHost: a\r\n");
	for (int i = 0; *form == 'h' && i < n; i++)
		buf_lit(&input, "a:b\r\n");
	buf_lit(&input, "x:");
	for (int i = 0; *form == 'b' && i < n; i++)
		buf_char(&input, 'x');
	buf_lit(&input, "\r\n\r\n");
	struct answer a = ask(buf_bytes(&input));
	int status = a.got == CODEC_BAD ? status_of(buf_bytes(&a.reply)) : 0;
	assert_true(a.got != CODEC_BAD || a.last.too_big);
	answer_fini(&a);
	buf_fini(&input);
	return status;
}

static void test_heads_are_bounded(void **unused)
{
	(void)unused;
	int rest = (int)strlen("GET / HTTP/1.1\r\nHost: a\r\nx:\r\n\r\n");
	assert_int_equal(status_for("bytes", HTTP_HEAD_MAX - rest), 0);
	assert_int_equal(status_for("bytes", HTTP_HEAD_MAX - rest + 1), 431);
	assert_int_equal(status_for("headers", HTTP_HEADERS_MAX - 2), 0);
	assert_int_equal(status_for("headers", HTTP_HEADERS_MAX - 1), 431);
	assert_int_equal(status_for("target", HTTP_HEAD_MAX - rest), 0);
	assert_int_equal(status_for("target", HTTP_HEAD_MAX), 414);
}

static void test_a_head_that_never_ends_is_refused_at_the_bound(void **unused)
{
	(void)unused;
	char state[256] = {0}, input[HTTP_HEAD_MAX] = "GET / HTTP/1.1\r\n";
	struct buf reply = {0};
	struct codec_msg msg;
	assert_true(codec_http.state_bytes <= sizeof state);
	memset(input + 16, 'a', sizeof input - 16);
	codec_http.init(state, BODY_MAX);
	for (size_t n = 1; n < sizeof input; n++) { // byte by byte
		struct span in = span_of(input, n);
		assert_int_equal(codec_http.take(state, &in, &msg, &reply), CODEC_MORE);
	}
	struct span in = span_of(input, sizeof input);
	assert_int_equal(codec_http.take(state, &in, &msg, &reply), CODEC_BAD);
	assert_int_equal(status_of(buf_bytes(&reply)), 431);
	// Whatever else comes is eaten without a second answer.
	size_t n = reply.n;
	assert_int_equal(codec_http.take(state, &in, &msg, &reply), CODEC_ATE);
	assert_int_equal(in.n, 0);
	assert_int_equal(reply.n, n);
	codec_http.fini(state);
	buf_fini(&reply);
}

static void test_what_was_scanned_is_not_scanned_again(void **unused)
{
	(void)unused;
	char state[256] = {0}, input[] = "GET / HTTP/1.1\r\nA: bbbbbbbb";
	struct buf reply = {0};
	struct codec_msg msg;
	struct span in = span_of(input, sizeof input - 2);
	codec_http.init(state, BODY_MAX);
	assert_int_equal(codec_http.take(state, &in, &msg, &reply), CODEC_MORE);
	input[20] = '\0'; // would be refused if it were looked at
	in = span_of(input, sizeof input - 1);
	assert_int_equal(codec_http.take(state, &in, &msg, &reply), CODEC_MORE);
	codec_http.fini(state);
	buf_fini(&reply);
}

static void test_each_request_has_trailers_of_its_own(void **unused)
{
	(void)unused;
	struct buf input = {0};
	for (int i = 0; i < 3; i++) {
		buf_lit(&input, CHUNKED "0\r\n");
		for (int k = 0; k < 100; k++)
			buf_lit(&input, "a:b\r\n");
		buf_lit(&input, "\r\n");
	}
	struct answer a = ask(buf_bytes(&input));
	assert_int_equal(a.messages, 3);
	answer_fini(&a);
	buf_fini(&input);
}

static void test_chunked_body_is_joined_to_its_head(void **unused)
{
	(void)unused;
	struct answer a = ask(CHUNKS("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"
				     "GET / HTTP/1.0\r\n\r\n"));
	struct http_request r;
	check_text(buf_bytes(&a.message), CHUNKED "hello");
	assert_int_equal(http_read(buf_bytes(&a.message), &r), 0);
	check_text(r.body, "hello");
	assert_int_equal(a.messages, 2);
	answer_fini(&a);
}

static void test_the_largest_body_passes(void **unused)
{
	(void)unused;
	struct answer a = ask_for(CHUNKS("5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"), 8);
	assert_int_equal(a.messages, 1);
	answer_fini(&a);
	a = ask_for(CHUNKS("5\r\nhello\r\n3\r\nyou\r\n0\r\n\r\n"), 7);
	assert_int_equal(status_of(buf_bytes(&a.reply)), 413);
	answer_fini(&a);
	a = ask_for(SPAN("GET / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"), 0);
	assert_int_equal(a.messages, 1);
	answer_fini(&a);
}

static void test_continue_is_said_only_when_a_body_is_awaited(void **unused)
{
	(void)unused;
#define EXPECTS "Expect: 100-continue\r\nContent-Length: "
	static const struct {
		struct span input;
		const char *reply;
	} v[] = {
		{SPAN("POST / HTTP/1.1\r\n" HOST EXPECTS "5\r\n\r\n"),
			"HTTP/1.1 100 Continue\r\n\r\n"},
		{SPAN("POST / HTTP/1.1\r\n" HOST EXPECTS "5\r\n\r\nhello"), ""},
		{SPAN("POST / HTTP/1.1\r\n" HOST EXPECTS "5\r\n\r\nhe"), ""},
		{SPAN("POST / HTTP/1.1\r\n" HOST EXPECTS "0\r\n\r\n"), ""},
		{SPAN("POST / HTTP/1.0\r\n" HOST EXPECTS "5\r\n\r\n"), ""},
		{SPAN("POST / HTTP/1.1\r\n" HOST
		      "Expect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n"),
			"HTTP/1.1 100 Continue\r\n\r\n"},
	};
	for (size_t i = 0; i < countof(v); i++) {
		struct answer a = ask(v[i].input);
		check_text(buf_bytes(&a.reply), v[i].reply);
		answer_fini(&a);
	}
}

static void test_a_refusal_is_a_complete_response(void **unused)
{
	(void)unused;
	struct answer a = ask(SPAN("GET / HTTP/1.1\r\n\r\n"));
	check_text(buf_bytes(&a.reply),
		"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain; charset=utf-8\r\n"
		"Content-Length: 34\r\nConnection: close\r\n\r\nexactly one Host header is "
		"needed\n");
	assert_false(a.last.too_big);
	answer_fini(&a);
}

static void test_a_request_is_read_in_parts(void **unused)
{
	(void)unused;
	struct http_request r;
	struct span message = SPAN("POST /a/b?x=1&y HTTP/1.1\r\nHost: h\r\nAccept: a, B ,,c\r\n"
				   "accept: d\r\nContent-Length: 2\r\n\r\nhi");
	assert_int_equal(http_read(message, &r), 0);
	check_text(r.method, "POST");
	check_text(r.target, "/a/b?x=1&y");
	check_text(r.path, "/a/b");
	check_text(r.query, "x=1&y");
	check_text(r.body, "hi");
	assert_int_equal(r.minor, 1);
	assert_int_equal(r.n, 4);
	check_text(http_header(&r, "ACCEPT"), "a, B ,,c");
	assert_null(http_header(&r, "Cookie").p);
	assert_true(http_lists(&r, "Accept", "b"));
	assert_true(http_lists(&r, "Accept", "D"));
	assert_false(http_lists(&r, "Accept", ""));
	assert_false(http_lists(&r, "Accept", "a, B"));
	assert_int_equal(http_read(SPAN("GET http://h?q HTTP/1.1\r\nHost: h\r\n\r\n"), &r), 0);
	check_text(r.path, "/");
	check_text(r.query, "q");
	assert_int_equal(http_read(SPAN("GET / HTTP/1.1\r\n"), &r), 400);
	assert_int_equal(http_read(SPAN("GET / HTTP/1.1\nHost: h\r\n\r\n"), &r), 400);
	assert_int_equal(http_read(SPAN("\r\n\r\n"), &r), 400);
	assert_int_equal(http_read(SPAN(""), &r), 400);
}

static void test_keep_alive(void **unused)
{
	(void)unused;
	static const struct {
		struct span message;
		bool keep;
	} v[] = {
		{SPAN("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), true},
		{SPAN("GET / HTTP/1.1\r\nHost: h\r\nConnection: x, Close\r\n\r\n"), false},
		{SPAN("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, close\r\n\r\n"), false},
		{SPAN("GET / HTTP/1.0\r\n\r\n"), false},
		{SPAN("GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n"), true},
		{SPAN("GET / HTTP/1.0\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n"),
			false},
	};
	for (size_t i = 0; i < countof(v); i++) {
		struct http_request r;
		assert_int_equal(http_read(v[i].message, &r), 0);
		assert_int_equal(r.keep_alive, v[i].keep);
	}
}

static void test_query_parameters_are_decoded(void **unused)
{
	(void)unused;
	static const struct {
		const char *query, *key, *want; // NULL: absent or malformed
	} v[] = {
		{"api_key=abc", "api_key", "abc"},
		{"a=1&b=2", "b", "2"},
		{"a=1&a=2", "a", "1"},
		{"a=%41+%2b%2B", "a", "A ++"},
		{"%61=x", "a", "x"},
		{"a", "a", ""},
		{"a=", "a", ""},
		{"a=b=c", "a", "b=c"},
		{"&&a=1", "a", "1"},
		{"ab=1", "a", NULL},
		{"a=1", "ab", NULL},
		{"", "a", NULL},
		{"a=%", "a", NULL},
		{"a=%4", "a", NULL},
		{"a=%zz", "a", NULL},
	};
	for (size_t i = 0; i < countof(v); i++) {
		struct http_request r = {.query = span_str(v[i].query)};
		struct buf b = {0};
		assert_int_equal(http_query(&r, v[i].key, &b), v[i].want != NULL);
		if (v[i].want)
			check_text(buf_bytes(&b), v[i].want);
		buf_fini(&b);
	}
	struct http_request r = {.query = SPAN("a=0123456789")};
	struct buf small = {.max = 4};
	assert_false(http_query(&r, "a", &small));
	buf_fini(&small);
}

static void test_responses(void **unused)
{
	(void)unused;
	static const struct {
		struct http_response r;
		const char *want;
	} v[] = {
		{{.status = 200, .type = "text/html", .body = SPAN("hi")},
			"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
			"2\r\n\r\nhi"},
		{{.status = 200, .body = SPAN("hi"), .head_only = true},
			"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"},
		{{.status = 404, .close = true, .extra = "A: b\r\n"},
			"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nA: b\r\nConnection: "
			"close\r\n"
			"\r\n"},
		{{.status = 204}, "HTTP/1.1 204 No Content\r\n\r\n"},
		{{.status = 304, .extra = "ETag: \"x\"\r\n"},
			"HTTP/1.1 304 Not Modified\r\nETag: \"x\"\r\n\r\n"},
		{{.status = 101}, "HTTP/1.1 101 Switching Protocols\r\n\r\n"},
		{{.status = 599}, "HTTP/1.1 599 Unknown\r\nContent-Length: 0\r\n\r\n"},
	};
	for (size_t i = 0; i < countof(v); i++) {
		struct buf b = {0};
		http_put(&b, &v[i].r);
		check_text(buf_bytes(&b), v[i].want);
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_request_lines),
		TEST(test_line_ends_and_control_characters),
		TEST(test_headers),
		TEST(test_exactly_one_good_host),
		TEST(test_body_lengths),
		TEST(test_chunks),
		TEST(test_chunk_lines_and_trailers_are_bounded),
		TEST(test_heads_are_bounded),
		TEST(test_a_head_that_never_ends_is_refused_at_the_bound),
		TEST(test_what_was_scanned_is_not_scanned_again),
		TEST(test_each_request_has_trailers_of_its_own),
		TEST(test_chunked_body_is_joined_to_its_head),
		TEST(test_the_largest_body_passes),
		TEST(test_continue_is_said_only_when_a_body_is_awaited),
		TEST(test_a_refusal_is_a_complete_response),
		TEST(test_a_request_is_read_in_parts),
		TEST(test_keep_alive),
		TEST(test_query_parameters_are_decoded),
		TEST(test_responses),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
