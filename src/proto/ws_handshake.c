// SPDX-License-Identifier: MIT
// The opening handshake, the server's side (RFC 6455 §4.2).
#include "proto/ws_priv.h"
#include <sodium.h>

enum { SHA1_BYTES = 20, KEY_CHARS = 24 };

static uint32_t rotate(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

static void sha1_block(uint32_t state[5], const uint8_t block[64])
{
	static const uint32_t add[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
	uint32_t w[80], a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
	for (int i = 0; i < 16; i++)
		w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
		       (uint32_t)block[4 * i + 2] << 8 | block[4 * i + 3];
	for (int i = 16; i < 80; i++)
		w[i] = rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (int i = 0; i < 80; i++) {
		uint32_t mix = i < 20   ? (b & c) | (~b & d)
			       : i < 40 ? b ^ c ^ d
			       : i < 60 ? (b & c) | (b & d) | (c & d)
					: b ^ c ^ d;
		uint32_t next = rotate(a, 5) + mix + e + add[i / 20] + w[i];
		e = d;
		d = c;
		c = rotate(b, 30);
		b = a;
		a = next;
	}
	const uint32_t sums[5] = {a, b, c, d, e};
	for (int i = 0; i < 5; i++)
		state[i] += sums[i];
}

// SHA-1 (FIPS 180-4) of at most 119 bytes.  The handshake's proof that a WebSocket server answers
// is the only place where it is needed; no secret hangs on it, and libsodium rightly lacks it.
static void sha1(struct span text, uint8_t digest[SHA1_BYTES])
{
	uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
	uint8_t padded[128] = {0};
	ensure(text.n <= 119);
	size_t n = text.n < 56 ? 64 : 128, bits = text.n * 8;
	memcpy(padded, text.p, text.n);
	padded[text.n] = 0x80;
	padded[n - 2] = (uint8_t)(bits >> 8);
	padded[n - 1] = (uint8_t)bits;
	for (size_t i = 0; i < n; i += 64)
		sha1_block(state, padded + i);
	for (int i = 0; i < SHA1_BYTES; i++)
		digest[i] = (uint8_t)(state[i / 4] >> (24 - 8 * (i % 4)));
}

static void accept_key(struct span key, char accept[29])
{
	uint8_t digest[SHA1_BYTES];
	struct buf text = {0};
	buf_span(&text, key);
	buf_lit(&text, "258EAFA5-E914-47DA-95CA-C5AB0DC85B11");
	sha1(buf_bytes(&text), digest);
	buf_fini(&text);
	sodium_bin2base64(accept, 29, digest, sizeof digest, sodium_base64_VARIANT_ORIGINAL);
}

static size_t lines(const struct http_request *r, const char *name)
{
	size_t n = 0;
	for (size_t i = 0; i < r->n; i++)
		n += span_caseeq(r->headers[i].name, span_str(name));
	return n;
}

static bool is_key(struct span key) // base64 of 16 bytes
{
	if (key.n != KEY_CHARS || key.p[22] != '=' || key.p[23] != '=')
		return false;
	for (size_t i = 0; i < 22; i++) {
		char c = key.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !(c >= '0' && c <= '9') && c != '+' && c != '/')
			return false;
	}
	return true;
}

// Names of subprotocols, unlike most tokens, are compared with their case.
static bool offers_protocol(const struct http_request *r, const char *protocol)
{
	struct span offer;
	for (size_t i = 0; i < r->n; i++) {
		struct span list = r->headers[i].value;
		if (!span_caseeq(r->headers[i].name, SPAN("Sec-WebSocket-Protocol")))
			continue;
		while (http_element(&list, &offer))
			if (span_is(offer, protocol))
				return true;
	}
	return false;
}

static void agree(
	const struct http_request *r, const struct ws_policy *policy, struct ws_upgrade *up)
{
	for (const char *const *p = policy->protocols; p && *p && !up->protocol; p++)
		if (offers_protocol(r, *p))
			up->protocol = *p;
	for (size_t i = 0; policy->deflate && i < r->n && !up->deflate.on; i++)
		if (span_caseeq(r->headers[i].name, SPAN("Sec-WebSocket-Extensions")) &&
			ws_deflate_agree(r->headers[i].value, policy->takeover, &up->deflate))
			break;
}

bool ws_wanted(const struct http_request *r)
{
	return http_lists(r, "Upgrade", "websocket");
}

int ws_upgrade(const struct http_request *r, const struct ws_policy *policy, struct ws_upgrade *up)
{
	struct span key = http_header(r, "Sec-WebSocket-Key");
	*up = (struct ws_upgrade){0};
	if (!span_is(r->method, "GET"))
		return 405;
	if (!ws_wanted(r) || r->minor < 1 || r->body.n || !http_lists(r, "Connection", "upgrade"))
		return 400;
	if (lines(r, "Sec-WebSocket-Version") != 1)
		return 400;
	if (!span_is(http_header(r, "Sec-WebSocket-Version"), "13"))
		return 426;
	if (lines(r, "Sec-WebSocket-Key") != 1 || !is_key(key))
		return 400;
	accept_key(key, up->accept);
	agree(r, policy, up);
	return 101;
}

void ws_put_upgrade(struct buf *b, const struct ws_upgrade *up)
{
	buf_lit(b, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		   "Connection: Upgrade\r\nSec-WebSocket-Accept: ");
	buf_str(b, up->accept);
	buf_lit(b, "\r\n");
	if (up->protocol) {
		buf_lit(b, "Sec-WebSocket-Protocol: ");
		buf_str(b, up->protocol);
		buf_lit(b, "\r\n");
	}
	if (up->deflate.on) {
		buf_lit(b, "Sec-WebSocket-Extensions: ");
		ws_deflate_put(b, &up->deflate);
		buf_lit(b, "\r\n");
	}
	buf_lit(b, "\r\n");
}
