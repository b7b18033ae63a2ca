// SPDX-License-Identifier: MIT
// How a game learns a player's address without a change of its own: each address comes from a
// 127.x.y.z of its own (Linux has all of 127/8 and ::1 only), so that bans and counts of connections
// mean one player; or by a PROXY header, for a game that reads one.  One that does not takes it
// for the player's name.
//
// PROXY protocol, versions 1 and 2:
//	PROXY TCP4|TCP6 from to from_port to_port CR LF    or  PROXY UNKNOWN CR LF
//	signature(12) 0x21 family(1) length(2) from to from_port(2) to_port(2)
// The family is that of the player.  Ports are 0: the gate's own mean nothing to the game.
#include "edge/link/telnet_priv.h"
#include <arpa/inet.h>
#include <sodium.h>

enum { FAMILY_NONE = 0x00, FAMILY_TCP4 = 0x11, FAMILY_TCP6 = 0x21 };

struct source {
	uint8_t family;
	uint8_t n, address[16];
};

static struct source source_of(const struct upstream *u)
{
	struct source s = {0};
	if (inet_pton(AF_INET, u->player->address, s.address) == 1)
		s = (struct source){
			FAMILY_TCP4, 4, {s.address[0], s.address[1], s.address[2], s.address[3]}};
	else if (inet_pton(AF_INET6, u->player->address, s.address) == 1)
		s.family = FAMILY_TCP6, s.n = 16;
	return s;
}

// Of an IPv6 address the network counts, which is what one customer has.
void source_from(struct upstream *u)
{
	struct source s = source_of(u);
	uint8_t hash[16];
	u->from.in = (struct sockaddr_in){0};
	if (reach_config(u->reach)->telnet.address != REAL_LOOPBACK || !s.n)
		return;
	crypto_generichash(hash, sizeof hash, s.address, s.n == 16 ? 8 : s.n, u->reach->key,
		sizeof u->reach->key);
	// Neither 127.0.0.x, where the machine's own talk is, nor an end of .0 or .255.
	uint32_t x = 1 + hash[0] % 254u, y = hash[1], z = 1 + hash[2] % 254u;
	u->from.in.sin_family = AF_INET;
	u->from.in.sin_addr.s_addr = htonl((uint32_t)IN_LOOPBACKNET << 24 | x << 16 | y << 8 | z);
}

static void header_v1(const struct upstream *u, const struct source *s, struct buf *out)
{
	if (s->n)
		buf_printf(out, "PROXY %s %s %s 0 0\r\n", s->n == 4 ? "TCP4" : "TCP6",
			u->player->address, s->n == 4 ? "127.0.0.1" : "::1");
	else
		buf_lit(out, "PROXY UNKNOWN\r\n");
}

static void header_v2(const struct source *s, struct buf *out)
{
	static const uint8_t to4[4] = {127, 0, 0, 1}, to6[16] = {[15] = 1}, ports[4];
	buf_lit(out, "\r\n\r\n\0\r\nQUIT\n\x21");
	buf_char(out, (char)s->family);
	buf_char(out, 0);
	buf_char(out, s->n ? (char)(2 * s->n + 4) : 0);
	if (!s->n)
		return;
	buf_put(out, s->address, s->n);
	buf_put(out, s->n == 4 ? to4 : to6, s->n);
	buf_put(out, ports, sizeof ports);
}

void source_header(const struct upstream *u, struct buf *out)
{
	struct source s = source_of(u);
	if (reach_config(u->reach)->telnet.address == REAL_PROXY_V1)
		header_v1(u, &s, out);
	else if (reach_config(u->reach)->telnet.address == REAL_PROXY_V2)
		header_v2(&s, out);
}
