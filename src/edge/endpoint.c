// SPDX-License-Identifier: MIT
#include "edge/endpoint.h"

static bool put(struct endpoint *out, struct span at)
{
	if (!at.n || at.n >= sizeof out->at || memchr(at.p, '\0', at.n))
		return false;
	memcpy(out->at, at.p, at.n);
	return true;
}

bool endpoint_read(struct span text, struct endpoint *out)
{
	struct span host = text;
	uint64_t port;
	*out = (struct endpoint){0};
	if (span_starts(text, SPAN("unix:"))) {
		span_take(&text, sizeof "unix:" - 1);
		return out->is_path = put(out, text);
	}
	while (host.n && host.p[host.n - 1] != ':')
		host.n--;
	if (!host.n || !span_uint(span_of(text.p + host.n, text.n - host.n), UINT16_MAX, &port))
		return false;
	host.n--;
	if (host.n > 1 && host.p[0] == '[' && host.p[host.n - 1] == ']')
		host = span_of(host.p + 1, host.n - 2);
	out->port = (uint16_t)port;
	return put(out, host);
}
