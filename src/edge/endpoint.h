// SPDX-License-Identifier: MIT
// Endpoint: where a game listens, as the configuration writes it: "host:port", an IPv6 address in
// brackets, "unix:PATH".
#pragma once
#include "base/span.h"

enum { ENDPOINT_BYTES = 254 }; // a host name of 253 (RFC 1035), or a path, and NUL

struct endpoint {
	char at[ENDPOINT_BYTES]; // the host without brackets, or the path
	uint16_t port;
	bool is_path;
};
// False: it is none of these, and *out is empty.
bool endpoint_read(struct span text, struct endpoint *out) must_check;
