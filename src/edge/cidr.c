// SPDX-License-Identifier: MIT
#include "edge/cidr.h"
#include <arpa/inet.h>

enum { IPV4_BITS = 96 }; // ::ffff:0:0/96, RFC 4291 §2.5.5.2

static const uint8_t mapped[IPV4_BITS / 8] = {[10] = 0xff, [11] = 0xff};

bool cidr_is_ipv4(const uint8_t address[16])
{
	return memcmp(address, mapped, sizeof mapped) == 0;
}

bool cidr_address(struct span text, uint8_t out[16])
{
	char z[INET6_ADDRSTRLEN];
	if (text.n == 0 || text.n >= sizeof z || memchr(text.p, 0, text.n))
		return false;
	memcpy(z, text.p, text.n);
	z[text.n] = 0;
	memcpy(out, mapped, sizeof mapped);
	return inet_pton(AF_INET, z, out + sizeof mapped) == 1 || inet_pton(AF_INET6, z, out) == 1;
}

static bool bit_at(const uint8_t address[16], unsigned at)
{
	return address[at / 8] & (0x80 >> at % 8);
}

bool cidr_read(struct span text, struct cidr *out)
{
	struct span at = span_until(text, '/');
	struct cidr c = {.bits = 128};
	uint64_t n;
	if (!cidr_address(at, c.address))
		return false;
	if (at.n < text.n) {
		bool dotted = !memchr(at.p, ':', at.n);
		struct span bits = span_of(text.p + at.n + 1, text.n - at.n - 1);
		if (!span_uint(bits, dotted ? 32 : 128, &n))
			return false;
		c.bits = (uint8_t)(n + (dotted ? IPV4_BITS : 0));
	}
	for (unsigned i = c.bits; i < 128; i++)
		if (bit_at(c.address, i))
			return false;
	*out = c;
	return true;
}

bool cidr_has(const struct cidr *c, const uint8_t address[16])
{
	if (c->bits < IPV4_BITS && cidr_is_ipv4(address))
		return false; // ::/0 is all of IPv6 and nothing else
	size_t whole = c->bits / 8, rest = c->bits % 8;
	if (memcmp(c->address, address, whole) != 0)
		return false;
	return !rest || ((c->address[whole] ^ address[whole]) & (0xff00 >> rest) & 0xff) == 0;
}
