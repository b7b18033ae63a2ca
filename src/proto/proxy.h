// SPDX-License-Identifier: MIT
// PROXY protocol, versions 1 and 2 (haproxy.org, proxy-protocol.txt): what a proxy says first on a
// connection, so that the far end knows whom it is for.  codec_proxy's messages are such headers,
// whole; proxy_read() says what stands in one.
#pragma once
#include "base/buf.h"

enum {
	PROXY_V1_MAX = 107, // bytes, with CRLF
	// Of version 2: 16 bytes, 36 of addresses, and what those extras may need that proxies send: a
	// checksum, names of 255 bytes, a certificate's subject.
	PROXY_HEADER_MAX = 2048,
	PROXY_ADDRESS_BYTES = 46, // INET6_ADDRSTRLEN
};

struct proxy_header {
	int version; // 1 or 2
	bool known; // false: LOCAL or UNKNOWN, the connection is the proxy's own; no address follows
	char address[PROXY_ADDRESS_BYTES]; // IPv4 in IPv6 as IPv4
	uint16_t port;
};
bool proxy_read(struct span header, struct proxy_header *out) must_check;

// The two ends of a connection as the client's side knows them: addresses as text, which are
// UNKNOWN when `from` is none.  `to` is made the family of `from`.
struct proxy_ends {
	struct span from, to;
	uint16_t from_port, to_port;
};
void proxy_put_v1(struct buf *, const struct proxy_ends *);
void proxy_put_v2(struct buf *, const struct proxy_ends *);
