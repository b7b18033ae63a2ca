// SPDX-License-Identifier: MIT
#include "ops/config_listen.h"
#include <arpa/inet.h>
#include <sys/un.h>

enum {
	HOST_MAX = 253,      // RFC 1035's 255 octets as text
	CONNS_MAX = 1000000, // the largest file descriptor limit in use
	UNIX_MAX = sizeof((struct sockaddr_un){0}.sun_path) - 1,
};

static const struct {
	const char *name;
	enum config_listen_kind kind;
	bool tls;
} schemes[] = {
	{"http", LISTEN_HTTP, false},
	{"https", LISTEN_HTTP, true},
	{"jsonl", LISTEN_JSONL, false},
	{"jsonls", LISTEN_JSONL, true},
	{"mudmode", LISTEN_MUDMODE, false},
};

static bool find_scheme(struct span name, struct config_listen *l)
{
	for (size_t i = 0; i < countof(schemes); i++) {
		if (!span_is(name, schemes[i].name))
			continue;
		l->kind = schemes[i].kind;
		l->tls = schemes[i].tls;
		return true;
	}
	return false;
}

static const char *arena_text(struct arena *a, struct span s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

static bool is_ipv6(struct span host)
{
	char text[INET6_ADDRSTRLEN + 1];
	struct in6_addr out;
	if (host.n >= sizeof text)
		return false;
	memcpy(text, host.p, host.n);
	text[host.n] = 0;
	return inet_pton(AF_INET6, text, &out) == 1;
}

static bool host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_';
}

bool config_listen_host_ok(struct span host)
{
	if (host.n == 0 || host.n > HOST_MAX)
		return false;
	if (memchr(host.p, ':', host.n))
		return is_ipv6(host);
	for (size_t i = 0; i < host.n; i++)
		if (!host_char(host.p[i]))
			return false;
	return true;
}

static bool read_max(struct span query, struct config_listen *l)
{
	uint64_t n;
	if (!span_starts(query, SPAN("max=")))
		return false;
	span_take(&query, strlen("max="));
	if (!span_uint(query, CONNS_MAX, &n) || n == 0)
		return false;
	l->max = (int)n;
	return true;
}

static bool read_host(struct arena *a, struct span at, struct config_listen *l)
{
	size_t colon = at.n;
	while (colon && at.p[colon - 1] != ':')
		colon--;
	if (!colon)
		return false;
	struct span host = span_of(at.p, colon - 1);
	struct span digits = span_of(at.p + colon, at.n - colon);
	bool brackets = host.n >= 2 && host.p[0] == '[' && host.p[host.n - 1] == ']';
	if (brackets)
		host = span_of(host.p + 1, host.n - 2);
	uint64_t port;
	if (!config_listen_host_ok(host) || brackets != is_ipv6(host) ||
		!span_uint(digits, 65535, &port))
		return false;
	l->host = arena_text(a, host);
	l->port = (int)port;
	return true;
}

static bool read_path(struct arena *a, struct span at, struct config_listen *l)
{
	if (at.n == 0 || at.n > UNIX_MAX)
		return false;
	l->path = arena_text(a, at);
	return true;
}

bool config_listen_parse(
	struct arena *a, struct span uri, struct config_listen *l, const char **why)
{
	*l = (struct config_listen){.host = "", .path = "", .game = ""};
	struct span at = span_until(uri, '?');
	struct span query = span_of(uri.p + at.n, uri.n - at.n);
	struct span scheme = span_until(at, ':');
	span_take(&at, min_size(scheme.n + 1, at.n));
	bool local = span_ends(scheme, SPAN("+unix"));
	if (local)
		scheme.n -= strlen("+unix");

	*why = "the scheme is one of http, https, jsonl, jsonls, mudmode, each also with +unix";
	if (!find_scheme(scheme, l))
		return false;
	*why = "the only option is ?max=N, N from 1 to 1000000";
	if (query.n && !(span_take(&query, 1), read_max(query, l)))
		return false;
	*why = "a unix socket is SCHEME+unix:PATH, PATH from 1 to 107 bytes";
	if (local)
		return read_path(a, at, l);
	*why = "SCHEME://HOST:PORT, an IPv6 address in brackets, the port from 0 to 65535";
	if (!span_starts(at, SPAN("//")))
		return false;
	span_take(&at, 2);
	return read_host(a, at, l);
}

bool config_listen_is_local(const struct config_listen *l)
{
	struct in_addr v4;
	struct in6_addr v6;
	if (l->path[0])
		return true;
	if (inet_pton(AF_INET, l->host, &v4) == 1)
		return ntohl(v4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, l->host, &v6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&v6);
	return span_caseeq(span_str(l->host), SPAN("localhost"));
}
