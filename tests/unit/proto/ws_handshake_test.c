// SPDX-License-Identifier: MIT
// The opening handshake (RFC 6455 §4.2) and what is made of offers of permessage-deflate
// (RFC 7692 §7.1).
#include "check.h"
#include "proto/ws.h"

#define KEY_LINE "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
#define VERSION  "Sec-WebSocket-Version: 13\r\n"
#define UPGRADE  "Host: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
#define ASK      "GET /ws HTTP/1.1\r\n" UPGRADE KEY_LINE VERSION

static const char *const protocols[] = {"mud.v2", "mud.v1", NULL};
static const struct ws_policy policy = {.deflate = true, .protocols = protocols};

static int upgrade(struct span request, const struct ws_policy *p, struct ws_upgrade *up)
{
	struct http_request r;
	assert_int_equal(http_read(request, &r), 0);
	return ws_upgrade(&r, p, up);
}

static void test_the_handshake_of_the_rfc(void **unused)
{
	(void)unused;
	struct ws_upgrade up;
	struct buf b = {0};
	assert_int_equal(upgrade(SPAN(ASK "\r\n"), &policy, &up), 101);
	assert_string_equal(up.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
	assert_null(up.protocol);
	assert_false(up.deflate.on);
	ws_put_upgrade(&b, &up);
	check_text(buf_bytes(&b),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n");
	buf_clear(&b);
	assert_int_equal(upgrade(SPAN(ASK "Sec-WebSocket-Protocol: x, mud.v1\r\n"
					  "Sec-WebSocket-Protocol: mud.v2\r\n"
					  "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
				 &policy, &up),
		101);
	assert_string_equal(up.protocol, "mud.v2");
	ws_put_upgrade(&b, &up);
	check_text(buf_bytes(&b),
		"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
		"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
		"Sec-WebSocket-Protocol: mud.v2\r\n"
		"Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; "
		"client_no_context_takeover\r\n\r\n");
	buf_fini(&b);
}

static void test_handshakes_that_are_refused(void **unused)
{
	(void)unused;
	static const struct {
		struct span request;
		int status;
	} v[] = {
		{SPAN("GET /ws HTTP/1.1\r\nHost: a\r\nUPGRADE: h2c, WebSocket\r\n"
		      "connection: upgrade\r\n" KEY_LINE VERSION "\r\n"),
			101},
		{SPAN("POST /ws HTTP/1.1\r\n" UPGRADE KEY_LINE VERSION "\r\n"), 405},
		{SPAN("GET /ws HTTP/1.0\r\n" UPGRADE KEY_LINE VERSION "\r\n"), 400},
		{SPAN("GET /ws HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n" KEY_LINE VERSION
		      "\r\n"),
			400},
		{SPAN("GET /ws HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\n" KEY_LINE VERSION
		      "\r\n"),
			400},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE KEY_LINE "\r\n"), 400},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE VERSION "\r\n"), 400},
		{SPAN(ASK KEY_LINE "\r\n"), 400},
		{SPAN(ASK VERSION "\r\n"), 400},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE KEY_LINE "Sec-WebSocket-Version: 8\r\n\r\n"),
			426},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE KEY_LINE "Sec-WebSocket-Version: 013\r\n\r\n"),
			426},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE VERSION
		      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=\r\n\r\n"),
			400},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE VERSION
		      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==x\r\n\r\n"),
			400},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE VERSION
		      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZ!==\r\n\r\n"),
			400},
		{SPAN("GET /ws HTTP/1.1\r\n" UPGRADE VERSION
		      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQaa\r\n\r\n"),
			400},
		{SPAN(ASK "Content-Length: 1\r\n\r\nx"), 400},
	};
	for (size_t i = 0; i < countof(v); i++) {
		struct ws_upgrade up;
		int status = upgrade(v[i].request, &policy, &up);
		if (status != v[i].status)
			fail_msg("%.*s-> %d", (int)v[i].request.n, v[i].request.p, status);
	}
	struct ws_upgrade up;
	upgrade(SPAN(ASK "Sec-WebSocket-Protocol: MUD.V1\r\n\r\n"), &policy, &up);
	assert_null(up.protocol);
	upgrade(SPAN(ASK "Sec-WebSocket-Protocol: mud.v1\r\n"
			 "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n"),
		&(struct ws_policy){0}, &up);
	assert_null(up.protocol);
	assert_false(up.deflate.on);
}

static void test_deflate_offers(void **unused)
{
	(void)unused;
#define D  "permessage-deflate"
#define SF "; server_no_context_takeover"
#define CF "; client_no_context_takeover"
	static const struct {
		const char *offers, *forgets, *keeps; // our answer without and with takeover
	} v[] = {
		{D, D SF CF, D SF},
		{D SF, D SF CF, D SF},
		{D CF, D SF CF, D SF CF},
		{D SF CF, D SF CF, D SF CF},
		{D "; client_max_window_bits", D SF CF, D SF "; client_max_window_bits=12"},
		{D "; client_max_window_bits=15", D SF CF, D SF "; client_max_window_bits=12"},
		{D ";client_max_window_bits = \"10\"", D SF CF, D SF "; client_max_window_bits=10"},
		{D "; client_max_window_bits=9", D SF CF, D SF "; client_max_window_bits=9"},
		{D "; client_max_window_bits=8", D SF CF, D SF},
		{D "; server_max_window_bits=9", D SF CF "; server_max_window_bits=9",
			D SF "; server_max_window_bits=9"},
		{D "; server_max_window_bits=11", D SF CF "; server_max_window_bits=11",
			D SF "; server_max_window_bits=11"},
		{D "; server_max_window_bits=\"15\"", D SF CF "; server_max_window_bits=12",
			D SF "; server_max_window_bits=12"},
		{D "; server_max_window_bits=8", NULL, NULL},
		{D "; server_max_window_bits=7", NULL, NULL},
		{D "; server_max_window_bits=16", NULL, NULL},
		{D "; server_max_window_bits=09", NULL, NULL},
		{D "; server_max_window_bits=1e1", NULL, NULL},
		{D "; server_max_window_bits=", NULL, NULL},
		{D "; server_max_window_bits", NULL, NULL},
		{D "; client_max_window_bits=", NULL, NULL},
		{D "; client_max_window_bits=16", NULL, NULL},
		{D "; client_max_window_bits=7", NULL, NULL},
		{D SF SF, NULL, NULL},
		{D SF "=1", NULL, NULL},
		{D CF "=", NULL, NULL},
		{D "; client_max_window_bits; client_max_window_bits=10", NULL, NULL},
		{D "; unknown", NULL, NULL},
		{D "; unknown=\"a;b,permessage-deflate\"", NULL, NULL},
		{D "; unknown=\"\\\"," D "\"", NULL, NULL},
		{D "; unknown=\"", NULL, NULL},
		{D ";", NULL, NULL},
		{D ";;" SF, NULL, NULL},
		{D "x", NULL, NULL},
		{"permessage-bzip2", NULL, NULL},
		{"x-webkit-deflate-frame, " D, D SF CF, D SF},
		{D "; unknown, " D CF, D SF CF, D SF CF},
		{D "; server_max_window_bits=8," D, D SF CF, D SF},
		{D "; server_max_window_bits=10, " D, D SF CF "; server_max_window_bits=10",
			D SF "; server_max_window_bits=10"},
		{D "; a=\"x,y\" ,, " D, D SF CF, D SF},
		{"x\r\nSec-WebSocket-Extensions: y, " D, D SF CF, D SF},
	};
	for (size_t i = 0; i < countof(v); i++)
		for (int takeover = 0; takeover <= 1; takeover++) {
			const char *want = takeover ? v[i].keeps : v[i].forgets;
			struct ws_policy p = {.deflate = true, .takeover = takeover};
			struct ws_upgrade up;
			struct buf b = {0};
			buf_printf(&b, ASK "Sec-WebSocket-Extensions: %s\r\n\r\n", v[i].offers);
			assert_int_equal(upgrade(buf_bytes(&b), &p, &up), 101);
			if (up.deflate.on != (want != NULL))
				fail_msg("%s", v[i].offers);
			buf_clear(&b);
			ws_put_upgrade(&b, &up);
			buf_char(&b, '\0');
			const char *got = strstr(b.p, "Extensions: ");
			if (want)
				check_text(span_until(span_str(got + 12), '\r'), want);
			buf_fini(&b);
		}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_the_handshake_of_the_rfc),
		TEST(test_handshakes_that_are_refused),
		TEST(test_deflate_offers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
