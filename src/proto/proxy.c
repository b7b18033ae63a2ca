// SPDX-License-Identifier: MIT
// Version 1 is a line: "PROXY TCP4 192.0.2.1 198.51.100.1 4711 4000" CRLF.  Version 2 is binary:
//
//	signature[12]  version:4 command:4  family:4 transport:4  length[2]  addresses, extras
//	commands	0 LOCAL, 1 PROXY
//	families	0 none, 1 IPv4 (12 bytes: from, to, ports), 2 IPv6 (36), 3 Unix (216)
#include "proto/proxy.h"
#include "proto/codecs.h"
#include <arpa/inet.h>

enum {
	V2_HEAD = 16,
	V2_VERSION = 0x20,
	V2_LOCAL = 0,
	V2_PROXY = 1,
	V2_STREAM = 1,
};
enum family { NO_FAMILY, IPV4, IPV6, UNIX };

static const struct span word = SPAN("PROXY");
static const struct span signature = SPAN("\r\n\r\n\0\r\nQUIT\n");
static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff}; // RFC 4291 §2.5.5.2

struct proxy {
	size_t max;
};

static void proxy_init(void *state, size_t max)
{
	*(struct proxy *)state = (struct proxy){.max = max};
}

static enum codec_got bad(struct codec_msg *msg, const char *why, bool too_big)
{
	*msg = (struct codec_msg){.why = why, .too_big = too_big};
	return CODEC_BAD;
}

// Is what has come the beginning of `whole`, or the other way about?
static bool begins(struct span in, struct span whole)
{
	size_t n = min_size(in.n, whole.n);
	return n == 0 || memcmp(in.p, whole.p, n) == 0;
}

// Bytes of the header, 0: more are needed, -1: it is none.
static long header_bytes(struct span in)
{
	if (begins(in, signature))
		return in.n < V2_HEAD ? 0 : V2_HEAD + ((uint8_t)in.p[14] << 8 | (uint8_t)in.p[15]);
	if (!begins(in, word))
		return -1;
	const char *lf = in.n ? memchr(in.p, '\n', min_size(in.n, PROXY_V1_MAX)) : NULL;
	if (lf)
		return lf + 1 - in.p;
	return in.n < PROXY_V1_MAX ? 0 : PROXY_V1_MAX + 1;
}

static enum codec_got proxy_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	const struct proxy *p = state;
	struct proxy_header header;
	long n = header_bytes(*in);
	bool line = in->n && in->p[0] == word.p[0];
	(void)reply;
	if (n < 0)
		return bad(msg, "no PROXY header", false);
	if ((size_t)n > min_size(p->max, line ? PROXY_V1_MAX : PROXY_HEADER_MAX))
		return bad(msg, "PROXY header too long", true);
	if (n == 0 || in->n < (size_t)n)
		return CODEC_MORE;
	if (!proxy_read(span_of(in->p, (size_t)n), &header))
		return bad(msg, "malformed PROXY header", false);
	*msg = (struct codec_msg){.body = span_take(in, (size_t)n)};
	return CODEC_MSG;
}

static void proxy_put(void *state, struct buf *out, struct codec_msg msg)
{
	(void)state;
	buf_span(out, msg.body);
}

const struct codec codec_proxy = {
	.name = "proxy",
	.state_bytes = sizeof(struct proxy),
	.init = proxy_init,
	.take = proxy_take,
	.put = proxy_put,
};

// --- reading ---

static bool known(struct proxy_header *h, enum family family, const void *address, unsigned port)
{
	const char *bytes = address;
	bool inside = family == IPV6 && memcmp(bytes, mapped, sizeof mapped) == 0;
	bool ipv4 = family == IPV4 || inside;
	h->known = true;
	h->port = (uint16_t)port;
	return inet_ntop(ipv4 ? AF_INET : AF_INET6, inside ? bytes + sizeof mapped : bytes,
		       h->address, sizeof h->address) != NULL;
}

static bool read_address(struct span text, enum family family, uint8_t out[16])
{
	char z[INET6_ADDRSTRLEN];
	if (text.n == 0 || text.n >= sizeof z || memchr(text.p, 0, text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = 0;
	return inet_pton(family == IPV4 ? AF_INET : AF_INET6, z, out) == 1;
}

static bool read_port(struct span text, unsigned *out)
{
	uint64_t n;
	if ((text.n > 1 && text.p[0] == '0') || !span_uint(text, UINT16_MAX, &n))
		return false;
	*out = (unsigned)n;
	return true;
}

static struct span next_word(struct span *line)
{
	struct span w = span_until(*line, ' ');
	span_take(line, min_size(w.n + 1, line->n));
	return w;
}

// Of what follows UNKNOWN nothing is to be believed.
static bool read_line(struct span line, struct proxy_header *h)
{
	uint8_t from[16], to[16];
	unsigned from_port, to_port;
	if (!span_is(next_word(&line), "PROXY"))
		return false;
	struct span family = next_word(&line);
	if (span_is(family, "UNKNOWN"))
		return true;
	enum family f = span_is(family, "TCP4") ? IPV4 : IPV6;
	if (f == IPV6 && !span_is(family, "TCP6"))
		return false;
	bool good = read_address(next_word(&line), f, from);
	good = read_address(next_word(&line), f, to) && good;
	good = read_port(next_word(&line), &from_port) && good;
	return good && read_port(line, &to_port) && known(h, f, from, from_port);
}

static bool read_binary(struct span in, struct proxy_header *h)
{
	static const size_t bytes[] = {[NO_FAMILY] = 0, [IPV4] = 12, [IPV6] = 36, [UNIX] = 216};
	const uint8_t *p = (const uint8_t *)in.p;
	unsigned command = p[12] & 0xf, family = p[13] >> 4, transport = p[13] & 0xf;
	const uint8_t *at = p + V2_HEAD;
	if ((p[12] & 0xf0) != V2_VERSION || command > V2_PROXY)
		return false;
	if (command == V2_LOCAL) // whatever follows is to be skipped
		return true;
	if (family > UNIX || transport > 2 || in.n - V2_HEAD < bytes[family])
		return false;
	if (family == IPV4)
		return known(h, IPV4, at, (unsigned)(at[8] << 8 | at[9]));
	if (family == IPV6)
		return known(h, IPV6, at, (unsigned)(at[32] << 8 | at[33]));
	return true;
}

bool proxy_read(struct span in, struct proxy_header *out)
{
	*out = (struct proxy_header){.version = 1};
	if (in.n && in.p[0] == word.p[0]) {
		bool ends = span_ends(in, SPAN("\r\n"));
		return ends && read_line(span_of(in.p, in.n - 2), out);
	}
	out->version = 2;
	return in.n >= V2_HEAD && span_starts(in, signature) && read_binary(in, out);
}

// --- writing ---

struct ends {
	enum family family;
	uint8_t from[16], to[16];
};

static enum family family_of(struct span text, uint8_t out[16])
{
	if (read_address(text, IPV4, out))
		return IPV4;
	return read_address(text, IPV6, out) ? IPV6 : NO_FAMILY;
}

// An IPv4 end beside an IPv6 client is written as IPv6; the other way about it has no form, and is
// 0.0.0.0: receivers want to know the client.
static struct ends read_ends(const struct proxy_ends *texts)
{
	struct ends e = {.family = family_of(texts->from, e.from)};
	uint8_t to[16] = {0};
	enum family other = family_of(texts->to, to);
	if (e.family == IPV6 && other == IPV4) {
		memcpy(e.to, mapped, sizeof mapped);
		memcpy(e.to + sizeof mapped, to, 4);
	} else if (e.family == other) {
		memcpy(e.to, to, sizeof e.to);
	}
	return e;
}

void proxy_put_v1(struct buf *out, const struct proxy_ends *texts)
{
	const struct ends e = read_ends(texts);
	char from[INET6_ADDRSTRLEN], to[INET6_ADDRSTRLEN];
	int af = e.family == IPV4 ? AF_INET : AF_INET6;
	if (e.family == NO_FAMILY) {
		buf_lit(out, "PROXY UNKNOWN\r\n");
		return;
	}
	ensure(inet_ntop(af, e.from, from, sizeof from) && inet_ntop(af, e.to, to, sizeof to));
	buf_printf(out, "PROXY TCP%d %s %s %u %u\r\n", e.family == IPV4 ? 4 : 6, from, to,
		texts->from_port, texts->to_port);
}

static void put_16(struct buf *out, size_t n)
{
	buf_char(out, (char)(n >> 8));
	buf_char(out, (char)n);
}

void proxy_put_v2(struct buf *out, const struct proxy_ends *texts)
{
	const struct ends e = read_ends(texts);
	size_t n = e.family == IPV4 ? 4 : 16;
	buf_span(out, signature);
	buf_char(out, V2_VERSION | V2_PROXY);
	if (e.family == NO_FAMILY) {
		buf_put(out, "\0\0\0", 3);
		return;
	}
	buf_char(out, (char)(e.family << 4 | V2_STREAM));
	put_16(out, 2 * n + 4);
	buf_put(out, e.from, n);
	buf_put(out, e.to, n);
	put_16(out, texts->from_port);
	put_16(out, texts->to_port);
}
