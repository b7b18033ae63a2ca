// SPDX-License-Identifier: MIT
#include "ops/config_listen.h"
#include "ops/config_value.h"
#include "proto/http.h"
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
	{"telnet", LISTEN_TELNET, false},
	{"telnets", LISTEN_TELNET, true},
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

static bool read_max(struct span value, struct config_listen *l)
{
	uint64_t n;
	if (l->max || !span_uint(value, CONNS_MAX, &n) || n == 0)
		return false;
	l->max = (int)n;
	return true;
}

static bool read_proxy(struct span value, struct config_listen *l)
{
	static const char *const words[] = {
		[PROXY_V1] = "v1", [PROXY_V2] = "v2", [PROXY_ANY] = "any"};
	if (l->proxy != PROXY_NONE)
		return false;
	for (int i = PROXY_V1; i <= PROXY_ANY; i++)
		if (span_is(value, words[i]))
			l->proxy = (enum config_proxy)i;
	return l->proxy != PROXY_NONE;
}

// The name may be percent-encoded: a game may be called anything.
static bool read_game(struct arena *a, struct span query, struct config_listen *l)
{
	const struct http_request request = {.query = query};
	struct buf name = {0};
	bool good = !l->game[0] && http_query(&request, "game", &name) && name.n > 0 &&
		    config_value_clean(buf_bytes(&name));
	if (good)
		l->game = arena_text(a, buf_bytes(&name));
	buf_fini(&name);
	return good;
}

// One NAME=VALUE of the query, each at most once.
static bool read_option(
	struct arena *a, struct span option, struct config_listen *l, const char **why)
{
	struct span name = span_until(option, '=');
	struct span value = span_of(option.p + name.n, option.n - name.n);
	span_take(&value, min_size(1, value.n));
	bool telnet = l->kind == LISTEN_TELNET, proxy = span_is(name, "proxy");
	*why = "?max=N, connections at a time, is once and from 1 to 1000000";
	if (span_is(name, "max"))
		return read_max(value, l);
	*why = "?proxy= and ?game= are for telnet and telnets only";
	if (!telnet && (proxy || span_is(name, "game")))
		return false;
	*why = "?proxy= is once, and v1, v2 or any";
	if (proxy)
		return read_proxy(value, l);
	*why = "?game=NAME is once, and names an entry of games";
	if (span_is(name, "game"))
		return read_game(a, option, l);
	*why = telnet ? "the options are ?max=N, proxy=v1, v2 or any, and game=NAME, joined by &"
		      : "the only option is ?max=N, N from 1 to 1000000";
	return false;
}

static bool read_query(
	struct arena *a, struct span query, struct config_listen *l, const char **why)
{
	bool more = query.n > 0; // its question mark
	while (more) {
		span_take(&query, 1);
		struct span option = span_until(query, '&');
		if (!read_option(a, option, l, why))
			return false;
		span_take(&query, option.n);
		more = query.n > 0;
	}
	return true;
}

// "HOST:PORT" in its parts.
static bool cut_address(struct span at, struct span *host_out, uint64_t *port)
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
	*host_out = host;
	return config_listen_host_ok(host) && brackets == is_ipv6(host) &&
	       span_uint(digits, 65535, port);
}

static bool read_host(struct arena *a, struct span at, struct config_listen *l)
{
	struct span host;
	uint64_t port;
	if (!cut_address(at, &host, &port))
		return false;
	l->host = arena_text(a, host);
	l->port = (int)port;
	return true;
}

bool config_dial_ok(struct span address)
{
	struct span host;
	uint64_t port;
	if (span_starts(address, SPAN("unix:")))
		return address.n > strlen("unix:") && address.n - strlen("unix:") <= UNIX_MAX;
	return cut_address(address, &host, &port) && port > 0;
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

	*why = "the scheme is one of http, https, jsonl, jsonls, telnet, telnets, mudmode, each "
	       "also "
	       "with +unix";
	if (!find_scheme(scheme, l))
		return false;
	if (!read_query(a, query, l, why))
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
