// SPDX-License-Identifier: MIT
// The head of a request, RFC 9112 §2 to §6, read the narrow way: what two servers could read
// differently is refused (§11.2).  And what is looked up in it later.
#include "proto/http_priv.h"

static const struct http_fault fine;

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool http_is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !(s.p[i] && strchr("!#$%&'*+-.^_`|~", s.p[i])))
			return false;
	return s.n > 0;
}

bool http_is_field_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((uint8_t)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

int http_hex(char c)
{
	if (is_digit(c))
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct span after(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
}

// Visible ASCII but for what every client encodes.  Browsers do send |, ^, { and } as they are.
static bool is_target_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		uint8_t c = (uint8_t)s.p[i];
		if (c <= 0x20 || c >= 0x7f || strchr("\"#<>", c))
			return false;
		if (c == '%' &&
			(s.n - i < 3 || http_hex(s.p[i + 1]) < 0 || http_hex(s.p[i + 2]) < 0))
			return false;
	}
	return s.n > 0;
}

// A registered name, an IPv4 or a bracketed IPv6 address, and perhaps a port: RFC 3986 §3.2,
// without user information, escapes and sub-delimiters, which no host name has.
static bool is_authority(struct span s)
{
	size_t n = 0;
	if (s.n && s.p[0] == '[') {
		while (++n < s.n && (http_hex(s.p[n]) >= 0 || s.p[n] == ':' || s.p[n] == '.'))
			;
		if (n < 3 || n == s.n || s.p[n++] != ']')
			return false;
	} else {
		while (n < s.n && (is_alnum(s.p[n]) || (s.p[n] && strchr("-._~", s.p[n]))))
			n++;
	}
	if (n == 0 || n == s.n)
		return n > 0;
	uint64_t port;
	struct span digits = after(s, n + 1);
	return s.p[n] == ':' && (!digits.n || (digits.n <= 5 && span_uint(digits, 65535, &port)));
}

// → the authority of an absolute-form target, and *path; {0} when it is not one.
static struct span absolute(struct span target, struct span *path)
{
	static const char *const schemes[] = {"http://", "https://"};
	for (size_t i = 0; i < countof(schemes); i++) {
		size_t n = strlen(schemes[i]);
		if (target.n < n || !span_caseeq(span_of(target.p, n), span_str(schemes[i])))
			continue;
		struct span rest = after(target, n), host = rest;
		host.n = 0;
		while (host.n < rest.n && rest.p[host.n] != '/' && rest.p[host.n] != '?')
			host.n++;
		*path = after(rest, host.n);
		return host;
	}
	return (struct span){0};
}

static struct http_fault read_target(struct http_request *r)
{
	struct span t = r->target, host;
	if (!is_target_text(t))
		return http_fault(400, "malformed request target");
	if (span_is(t, "*")) {
		r->path = t;
		return span_is(r->method, "OPTIONS") ? fine
						     : http_fault(400, "malformed request target");
	}
	if (t.p[0] != '/') {
		host = absolute(t, &t);
		if (!is_authority(host))
			return http_fault(400, "malformed request target");
	}
	r->path = span_until(t, '?');
	r->query = after(t, min_size(t.n, r->path.n + 1));
	if (!r->path.n)
		r->path = SPAN("/");
	return fine;
}

static struct http_fault read_request_line(struct span line, struct http_request *r)
{
	r->method = span_until(line, ' ');
	if (!http_is_token(r->method) || r->method.n == line.n)
		return http_fault(400, "malformed request line");
	line = after(line, r->method.n + 1);
	r->target = span_until(line, ' ');
	if (r->target.n == line.n)
		return http_fault(400, "malformed request line");
	struct span v = after(line, r->target.n + 1);
	if (v.n != 8 || !span_starts(v, SPAN("HTTP/")) || !is_digit(v.p[5]) || v.p[6] != '.' ||
		!is_digit(v.p[7]))
		return http_fault(400, "malformed HTTP version");
	if (v.p[5] != '1' || v.p[7] > '1')
		return http_fault(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	r->minor = v.p[7] - '0';
	return read_target(r);
}

bool http_read_field(struct span line, struct http_header *h)
{
	h->name = span_until(line, ':');
	if (!http_is_token(h->name) || h->name.n == line.n)
		return false;
	h->value = after(line, h->name.n + 1);
	if (!http_is_field_text(h->value))
		return false;
	h->value = span_trim(h->value);
	return true;
}

// → the first header of that name and how many lines have it.
static struct span find(const struct http_request *r, const char *name, size_t *lines)
{
	struct span found = {0}, wanted = span_str(name);
	*lines = 0;
	for (size_t i = 0; i < r->n; i++)
		if (span_caseeq(r->headers[i].name, wanted) && (*lines)++ == 0)
			found = r->headers[i].value;
	return found;
}

static struct http_fault check_host(const struct http_request *r)
{
	size_t lines;
	struct span host = find(r, "Host", &lines), path;
	if (lines > 1 || (lines == 0 && r->minor >= 1))
		return http_fault(400, "exactly one Host header is needed");
	if (lines && !is_authority(host))
		return http_fault(400, "malformed Host header");
	if (r->target.p[0] == '/' || span_is(r->target, "*") || !lines)
		return fine;
	return span_caseeq(absolute(r->target, &path), host)
		       ? fine
		       : http_fault(400, "Host and request target disagree");
}

static struct http_fault read_framing(const struct http_request *r, struct http_framing *f)
{
	size_t lengths, codings, expects;
	struct span length = find(r, "Content-Length", &lengths);
	struct span coding = find(r, "Transfer-Encoding", &codings);
	struct span expect = find(r, "Expect", &expects);
	*f = (struct http_framing){0};
	if (lengths + codings > 1)
		return http_fault(400, "more than one body length");
	if (lengths &&
		(length.n > HTTP_LENGTH_DIGITS_MAX || !span_uint(length, UINT64_MAX, &f->length)))
		return http_fault(400, "malformed Content-Length");
	if (codings && r->minor < 1)
		return http_fault(400, "Transfer-Encoding needs HTTP/1.1");
	if (codings && !span_caseeq(coding, SPAN("chunked")))
		return http_fault(501, "the only transfer coding here is chunked");
	f->chunked = codings == 1;
	if (expects > 1 || (expects && !span_caseeq(expect, SPAN("100-continue"))))
		return http_fault(417, "the only expectation met here is 100-continue");
	f->expects = expects && r->minor >= 1;
	return fine;
}

// `head` ends with its empty line.
struct http_fault http_read_head(
	struct span head, struct http_request *r, struct http_framing *framing)
{
	struct http_fault bad = fine;
	r->n = 0;
	r->path = r->query = r->body = (struct span){0};
	head.n -= 2;
	for (bool first = true; head.n; first = false) {
		struct span line = span_until(head, '\n');
		if (line.n == head.n || line.n == 0 || line.p[line.n - 1] != '\r')
			return http_fault(400, "lines end in CRLF");
		head = after(head, line.n + 1);
		line.n--;
		if (first)
			bad = read_request_line(line, r);
		else if (r->n == HTTP_HEADERS_MAX)
			bad = http_fault(431, "too many headers");
		else if (!http_read_field(line, &r->headers[r->n++]))
			bad = http_fault(400, "malformed header");
		if (bad.status)
			return bad;
	}
	bad = check_host(r);
	if (!bad.status)
		bad = read_framing(r, framing);
	r->keep_alive = !http_lists(r, "Connection", "close") &&
			(r->minor >= 1 || http_lists(r, "Connection", "keep-alive"));
	return bad;
}

int http_read(struct span message, struct http_request *r)
{
	struct http_framing framing;
	const char *end = message.n ? memmem(message.p, message.n, "\r\n\r\n", 4) : NULL;
	if (!end)
		return 400;
	size_t n = (size_t)(end - message.p) + 4;
	int status = http_read_head(span_of(message.p, n), r, &framing).status;
	r->body = after(message, n);
	return status;
}

struct span http_header(const struct http_request *r, const char *name)
{
	size_t lines;
	return find(r, name, &lines);
}

bool http_element(struct span *list, struct span *element)
{
	while (list->n) {
		struct span item = span_until(*list, ',');
		span_take(list, min_size(list->n, item.n + 1));
		*element = span_trim(item);
		if (element->n)
			return true;
	}
	return false;
}

bool http_lists(const struct http_request *r, const char *name, const char *token)
{
	struct span wanted = span_str(name), element;
	for (size_t i = 0; i < r->n; i++) {
		if (!span_caseeq(r->headers[i].name, wanted))
			continue;
		struct span list = r->headers[i].value;
		while (http_element(&list, &element))
			if (span_caseeq(element, span_str(token)))
				return true;
	}
	return false;
}

// One byte of application/x-www-form-urlencoded text; -1 when it is malformed.
static int decode(struct span *s)
{
	char c = *span_take(s, 1).p;
	if (c == '+')
		return ' ';
	if (c != '%')
		return (uint8_t)c;
	if (s->n < 2 || http_hex(s->p[0]) < 0 || http_hex(s->p[1]) < 0)
		return -1;
	struct span digits = span_take(s, 2);
	return http_hex(digits.p[0]) << 4 | http_hex(digits.p[1]);
}

static bool decodes_to(struct span s, const char *text)
{
	while (s.n && *text)
		if (decode(&s) != (uint8_t)*text++)
			return false;
	return !s.n && !*text;
}

bool http_query(const struct http_request *r, const char *key, struct buf *into)
{
	for (struct span rest = r->query; rest.n;) {
		struct span pair = span_until(rest, '&'), name = span_until(pair, '=');
		span_take(&rest, min_size(rest.n, pair.n + 1));
		if (!decodes_to(name, key))
			continue;
		struct span value = after(pair, min_size(pair.n, name.n + 1));
		while (value.n) {
			int c = decode(&value);
			if (c < 0)
				return false;
			buf_char(into, (char)c);
		}
		return !into->failed;
	}
	return false;
}
