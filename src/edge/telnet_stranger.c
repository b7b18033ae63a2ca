// SPDX-License-Identifier: MIT
// Who comes to a telnet port and is no player: browsers and scanners (HTTP), clients that expect TLS
// at once, and crawlers that ask for MSSP in plain text.
#include "base/log.h"
#include "edge/telnet_priv.h"

enum { TLS_HANDSHAKE = 0x16, TLS_MAJOR = 3 }; // the first two bytes of a ClientHello

#define SORRY "This is a game, spoken to by telnet.\n"
#define HTTP_ANSWER                                                                                \
	"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\nContent-Length: 37\r\n"           \
	"Connection: close\r\n\r\n" SORRY
_Static_assert(sizeof SORRY - 1 == 37, "as Content-Length says");

static void end(struct telnet *t, const char *what, struct span words, enum conn_close why)
{
	char peer[64];
	LOG_AT(log_paced(&t->all->pace, LOG_INFO), "stranger", log_id("conn", conn_id(t->conn)),
		log_str("peer", conn_peer(t->conn, peer)), log_str("speaks", what));
	telnet_write(t, words);
	t->terminal.kind->close(&t->terminal, why);
}

// The two bytes may come in two reads; neither is typed by anybody first.
bool telnet_is_hello(struct telnet *t, struct span raw)
{
	if (!t->hello && (uint8_t)*raw.p == TLS_HANDSHAKE) {
		t->hello = true;
		span_take(&raw, 1);
		if (!raw.n)
			return true;
	}
	if (!t->hello || (uint8_t)*raw.p != TLS_MAJOR)
		return false;
	end(t, "TLS", (struct span){0}, CLOSE_BAD);
	return true;
}

static bool is_http(struct span line)
{
	static const char *const methods[] = {
		"GET ", "POST ", "HEAD ", "PUT ", "OPTIONS ", "CONNECT ", "DELETE ", "PRI "};
	for (size_t i = 0; i < countof(methods); i++)
		if (span_starts(line, span_str(methods[i])))
			return line.n > 9 &&
			       span_starts(span_of(line.p + line.n - 9, 9), SPAN(" HTTP/"));
	return false;
}

static void answer_mssp(struct telnet *t)
{
	struct buf pairs = {0}, *wire = &t->all->wire;
	t->terminal.events->mssp(t->terminal.player, &pairs);
	struct span all = buf_bytes(&pairs);
	buf_clear(wire);
	buf_lit(wire, "\r\nMSSP-REPLY-START\r\n");
	for (bool name = true; all.n; name = !name) {
		struct span text = span_until(all, '\0');
		span_take(&all, min_size(text.n + 1, all.n));
		telnet_put_text(wire, text);
		buf_str(wire, name ? "\t" : "\r\n");
	}
	buf_lit(wire, "MSSP-REPLY-END\r\n");
	telnet_wire(t);
	buf_fini(&pairs);
}

bool telnet_is_stranger(struct telnet *t, struct span line)
{
	if (is_http(line)) {
		end(t, "HTTP", SPAN(HTTP_ANSWER), CLOSE_BAD);
		return true;
	}
	if (!span_is(line, "MSSP-REQUEST"))
		return false;
	answer_mssp(t);
	end(t, "MSSP", (struct span){0}, CLOSE_DONE);
	return true;
}
