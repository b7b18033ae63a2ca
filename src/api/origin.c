// SPDX-License-Identifier: MIT
// Which pages may open a WebSocket here (RFC 6455 §10.2).  A browser names the page's origin
// (RFC 6454 §6.2) and no page can change what it says; programs name none and are let in, since
// they could say anything.  "self" compares with the Host header: same host, same port.  The scheme
// is left out of that one comparison, because TLS may end at a proxy in front of us.
#include "api/api.h"

struct origin {
	struct span scheme, host;
	uint64_t port;
};

static uint64_t default_port(struct span scheme)
{
	if (span_caseeq(scheme, SPAN("http")))
		return 80;
	return span_caseeq(scheme, SPAN("https")) ? 443 : 0;
}

// "host", "host:port", "[::1]:port" → host and port; no port: the scheme's.
static bool read_authority(struct span text, struct origin *out)
{
	struct span literal = span_until(text, ']');
	bool bracketed = text.n && text.p[0] == '[';
	if (bracketed && literal.n == text.n)
		return false;
	out->host = bracketed ? span_take(&text, literal.n + 1) : span_until(text, ':');
	if (!bracketed)
		span_take(&text, out->host.n);
	out->port = default_port(out->scheme);
	if (out->host.n == 0 || text.n == 0)
		return out->host.n > 0;
	return text.p[0] == ':' && span_uint(span_of(text.p + 1, text.n - 1), 65535, &out->port);
}

// "null", file: and whatever else has no authority is no origin anybody can allow.
static bool read_origin(struct span text, struct origin *out)
{
	out->scheme = span_until(text, ':');
	struct span rest = span_of(text.p + out->scheme.n, text.n - out->scheme.n);
	if (!span_starts(rest, SPAN("://")) || out->scheme.n == 0)
		return false;
	return read_authority(span_of(rest.p + 3, rest.n - 3), out);
}

static bool same_place(const struct origin *a, const struct origin *b)
{
	return span_caseeq(a->host, b->host) && a->port == b->port;
}

static bool is_self(const struct origin *page, struct span host)
{
	struct origin here = {.scheme = page->scheme};
	return default_port(page->scheme) && read_authority(host, &here) && same_place(page, &here);
}

static bool is_named(const struct origin *page, const char *name)
{
	struct origin named;
	return read_origin(span_str(name), &named) && span_caseeq(page->scheme, named.scheme) &&
	       same_place(page, &named);
}

bool origin_allowed(const struct config_texts *allowed, const struct http_request *r)
{
	struct origin page;
	struct span text = http_header(r, "Origin");
	bool any = false, good = text.n && read_origin(text, &page);
	for (size_t i = 0; i < allowed->n && !any; i++) {
		const char *name = allowed->at[i];
		if (!strcmp(name, "*"))
			any = true;
		else if (good && !strcmp(name, "self"))
			any = is_self(&page, http_header(r, "Host"));
		else if (good)
			any = is_named(&page, name);
	}
	return any || text.n == 0;
}
