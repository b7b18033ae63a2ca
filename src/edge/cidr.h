// SPDX-License-Identifier: MIT
// Cidr: a network as people write it (RFC 4632, RFC 4291 §2.3): "192.0.2.0/24", "2001:db8::/32", or
// one address.  Addresses are kept as IPv6, IPv4 ones as ::ffff:a.b.c.d.
#pragma once
#include "base/span.h"

struct cidr {
	uint8_t address[16];
	uint8_t bits; // of 128
};
// False: no network, or one whose address goes on behind its bits.
bool cidr_read(struct span text, struct cidr *out) must_check;
// One address only.  An IPv4 address in IPv6 is the IPv4 address.
bool cidr_address(struct span text, uint8_t out[16]) must_check;
bool cidr_has(const struct cidr *, const uint8_t address[16]);
bool cidr_is_ipv4(const uint8_t address[16]);
