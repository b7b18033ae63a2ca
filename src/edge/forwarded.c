// SPDX-License-Identifier: MIT
#include "edge/forwarded.h"
#include <arpa/inet.h>

// Some write a port: "192.0.2.1:4711", "[2001:db8::1]:4711".
static struct span without_port(struct span at)
{
	if (at.n && at.p[0] == '[') {
		span_take(&at, 1);
		return span_until(at, ']');
	}
	struct span host = span_until(at, ':');
	bool more = host.n < at.n && memchr(at.p + host.n + 1, ':', at.n - host.n - 1);
	return more ? at : host; // two colons: IPv6
}

static bool write_address(struct span text, char out[FORWARDED_BYTES])
{
	uint8_t address[16];
	if (!cidr_address(text, address))
		return false;
	bool ipv4 = cidr_is_ipv4(address);
	return inet_ntop(ipv4 ? AF_INET : AF_INET6, ipv4 ? address + 12 : address, out,
		       FORWARDED_BYTES) != NULL;
}

static struct span take_last(struct span *list)
{
	size_t n = list->n;
	while (n && list->p[n - 1] != ',')
		n--;
	struct span last = span_of(list->p + n, list->n - n);
	list->n = n ? n - 1 : 0;
	return span_trim(last);
}

bool forwarded_client(struct span value, const struct door *d, char out[FORWARDED_BYTES])
{
	do {
		if (!write_address(without_port(take_last(&value)), out))
			return false; // who wrote this we cannot know, nor what is left of it
	} while (value.n && door_trusts(d, span_str(out)));
	return true;
}
