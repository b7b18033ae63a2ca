// SPDX-License-Identifier: MIT
// PROXY headers: read as the protocol's text says, at every cut, and written so that they are read.
#include "check.h"
#include "codec_rules.h"

#include "proto/proxy.h"

#define V2 "\r\n\r\n\0\r\nQUIT\n"
#define A6 "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define M4 "\0\0\0\0\0\0\0\0\0\0\xff\xff\xcb\0\x71\7"

static const struct {
	struct span header;
	const char *address; // NULL: unknown
	int version, port;
} good[] = {
	{SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 4711 4000\r\n"), "192.0.2.1", 1, 4711},
	{SPAN("PROXY TCP4 255.255.255.255 255.255.255.255 65535 65535\r\n"), "255.255.255.255", 1,
		65535},
	{SPAN("PROXY TCP6 2001:DB8::1 ::1 1 0\r\n"), "2001:db8::1", 1, 1},
	{SPAN("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), "192.0.2.1", 1, 1},
	{SPAN("PROXY UNKNOWN\r\n"), NULL, 1, 0},
	{SPAN("PROXY UNKNOWN ffff::1 whatever 1 2 3\r\n"), NULL, 1, 0},
	{SPAN(V2 "\x21\x11\0\x0c\xc0\0\2\1\xc6\x33\x64\1\x12\x67\x0f\xa0"), "192.0.2.1", 2, 4711},
	{SPAN(V2 "\x21\x12\0\x0c\xc0\0\2\1\xc6\x33\x64\1\x12\x67\x0f\xa0"), "192.0.2.1", 2, 4711},
	// With extras: NOOP, 1 byte.
	{SPAN(V2 "\x21\x11\0\x10\xc0\0\2\1\xc6\x33\x64\1\x12\x67\x0f\xa0\4\0\1x"), "192.0.2.1", 2,
		4711},
	{SPAN(V2 "\x21\x21\0\x24" A6 A6 "\xff\xff\0\1"), "2001:db8::1", 2, 65535},
	{SPAN(V2 "\x21\x21\0\x24" M4 M4 "\0\2\0\1"), "203.0.113.7", 2, 2},
	{SPAN(V2 "\x20\0\0\0"), NULL, 2, 0},
	{SPAN(V2 "\x20\x11\0\2xx"), NULL, 2, 0}, // LOCAL: whatever there is is skipped
	{SPAN(V2 "\x21\0\0\3abc"), NULL, 2, 0},
};

static void headers_say_whom_the_connection_is_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		struct proxy_header h;
		struct rules r;
		if (!proxy_read(good[i].header, &h))
			fail_msg("header %zu", i);
		assert_int_equal(h.version, good[i].version);
		assert_int_equal(h.known, good[i].address != NULL);
		assert_int_equal(h.port, good[i].port);
		assert_string_equal(h.address, good[i].address ? good[i].address : "");
		rules_init(&r, &codec_proxy, PROXY_HEADER_MAX);
		struct buf want = {0};
		buf_lit(&want, "0:");
		buf_span(&want, good[i].header);
		buf_char(&want, '|');
		for (size_t step = 1; step <= good[i].header.n; step++) {
			rules_run(&r, good[i].header, step);
			check_bytes(buf_bytes(&r.got), buf_bytes(&want));
		}
		buf_fini(&want);
		rules_fini(&r);
	}
}

#define TEN "0123456789"

static const struct span bad[] = {
	SPAN("GET / HTTP/1.1\r\n"), SPAN("PROXIES\r\n"), SPAN("proxy UNKNOWN\r\n"),
	SPAN("PROXY\r\n"), SPAN("PROXY \r\n"), SPAN("PROXY UNKNOWN\n"), SPAN("PROXY UNKNOWNS\r\n"),
	SPAN("PROXY TCP5 192.0.2.1 198.51.100.1 4711 4000\r\n"),
	SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 4711\r\n"),
	SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 4711 4000 \r\n"),
	SPAN("PROXY TCP4  192.0.2.1 198.51.100.1 4711 4000\r\n"),
	SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 04711 4000\r\n"),
	SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 65536 4000\r\n"),
	SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 -1 4000\r\n"),
	SPAN("PROXY TCP4 192.0.2.1 198.51.100.1 4711 x\r\n"),
	SPAN("PROXY TCP4 192.0.2.256 198.51.100.1 4711 4000\r\n"),
	SPAN("PROXY TCP4 192.0.2.1\0 198.51.100.1 4711 4000\r\n"),
	SPAN("PROXY TCP4 ::1 ::1 4711 4000\r\n"),
	SPAN("PROXY TCP6 192.0.2.1 198.51.100.1 4711 4000\r\n"),
	SPAN("PROXY TCP6 ::1%lo ::1 4711 4000\r\n"),
	SPAN("PROXY UNKNOWN " TEN TEN TEN TEN TEN TEN TEN TEN TEN "12\r\n"), // 108 bytes
	SPAN("\r\n\r\n\r\nQUIT\n"),
	SPAN(V2 "\x11\x11\0\0"), // version 1
	SPAN(V2 "\x22\x11\0\0"), // no such command
	SPAN(V2 "\x21\x41\0\0"), // no such family
	SPAN(V2 "\x21\x13\0\x0c"
		"aaaabbbbppqq"), // no such transport
	SPAN(V2 "\x21\x11\0\x0b"
		"aaaabbbbppq"), // too short for its family
	SPAN(V2 "\x21\x21\0\x0c"
		"aaaabbbbppqq"),
	SPAN(V2 "\x20\0\x08\0"), // longer than all that is known
};

static void anything_else_is_no_header(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		struct rules r;
		rules_init(&r, &codec_proxy, PROXY_HEADER_MAX);
		for (size_t step = 1; step <= bad[i].n; step++) {
			rules_run(&r, bad[i], step);
			if (!r.why || r.messages)
				fail_msg("taken: %zu, in steps of %zu", i, step);
		}
		rules_fini(&r);
	}
}

static void the_longest_line_and_what_follows_it_are_read(void **state)
{
	(void)state;
	struct rules r;
	rules_init(&r, &codec_proxy, PROXY_HEADER_MAX);
	struct span longest = SPAN("PROXY UNKNOWN " TEN TEN TEN TEN TEN TEN TEN TEN TEN "1\r\n");
	assert_int_equal(longest.n, PROXY_V1_MAX);
	rules_run(&r, longest, longest.n);
	assert_int_equal(r.messages, 1);
	assert_null(r.why);
	struct span more = SPAN("PROXY UNKNOWN\r\nconnect Ann");
	struct codec_msg msg;
	struct proxy_header h;
	void *codec = calloc(1, codec_proxy.state_bytes);
	codec_proxy.init(codec, PROXY_HEADER_MAX);
	assert_int_equal(codec_proxy.take(codec, &more, &msg, &r.reply), CODEC_MSG);
	assert_true(proxy_read(msg.body, &h));
	check_text(more, "connect Ann");
	free(codec);
	rules_fini(&r);
}

static void broken_headers_are_broken_the_same_way_at_every_cut(void **state)
{
	(void)state;
	uint32_t seed = 7;
	struct rules r;
	rules_init(&r, &codec_proxy, PROXY_HEADER_MAX);
	for (size_t i = 0; i < countof(good) * 300; i++) {
		struct buf wire = {0}, whole = {0};
		buf_span(&wire, good[i % countof(good)].header);
		seed = seed * 1664525u + 1013904223u;
		wire.p[(seed >> 8) % wire.n] = (char)(seed >> 24);
		rules_run(&r, buf_bytes(&wire), wire.n);
		buf_span(&whole, buf_bytes(&r.got));
		rules_run(&r, buf_bytes(&wire), i % 7 + 1);
		check_bytes(buf_bytes(&r.got), buf_bytes(&whole));
		buf_fini(&wire);
		buf_fini(&whole);
	}
	rules_fini(&r);
}

static void check_ends(const char *from, const char *to, const char *line, const char *read_back)
{
	struct proxy_ends ends = {span_str(from), span_str(to), 4711, 4000};
	struct buf out = {0};
	struct proxy_header h;
	proxy_put_v1(&out, &ends);
	check_text(buf_bytes(&out), line);
	assert_true(proxy_read(buf_bytes(&out), &h));
	assert_string_equal(h.address, read_back);
	buf_clear(&out);
	proxy_put_v2(&out, &ends);
	assert_true(proxy_read(buf_bytes(&out), &h));
	assert_int_equal(h.version, 2);
	assert_string_equal(h.address, read_back);
	assert_int_equal(h.port, h.known ? 4711 : 0);
	buf_fini(&out);
}

static void written_headers_have_the_family_of_the_client(void **state)
{
	(void)state;
	check_ends("192.0.2.1", "10.0.0.1", "PROXY TCP4 192.0.2.1 10.0.0.1 4711 4000\r\n",
		"192.0.2.1");
	check_ends("2001:db8::1", "10.0.0.1",
		"PROXY TCP6 2001:db8::1 ::ffff:10.0.0.1 4711 4000\r\n", "2001:db8::1");
	check_ends("2001:db8::1", "::1", "PROXY TCP6 2001:db8::1 ::1 4711 4000\r\n", "2001:db8::1");
	check_ends("192.0.2.1", "::1", "PROXY TCP4 192.0.2.1 0.0.0.0 4711 4000\r\n", "192.0.2.1");
	check_ends("192.0.2.1", "", "PROXY TCP4 192.0.2.1 0.0.0.0 4711 4000\r\n", "192.0.2.1");
	check_ends("", "10.0.0.1", "PROXY UNKNOWN\r\n", "");
	check_ends("no address", "10.0.0.1", "PROXY UNKNOWN\r\n", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(headers_say_whom_the_connection_is_for),
		TEST(anything_else_is_no_header),
		TEST(the_longest_line_and_what_follows_it_are_read),
		TEST(broken_headers_are_broken_the_same_way_at_every_cut),
		TEST(written_headers_have_the_family_of_the_client),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
