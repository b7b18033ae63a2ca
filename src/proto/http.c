// SPDX-License-Identifier: MIT
// HTTP/1.1: the message syntax of RFC 9112, read the narrow way.  Lines end in CRLF and in nothing
// else, a header is never skipped, a length is said once: what two servers could read differently
// is refused (§11.2).
//
//	HEAD ──► BODY ──────────────────────────────────────────► HEAD     Content-Length
//	     └─► CHUNK_SIZE ─► CHUNK_DATA ─► CHUNK_END ─► CHUNK_SIZE       Transfer-Encoding
//	         └ size 0 ─► TRAILERS ──────────────────────────► HEAD
//	any ───► DEAD: refused; what still comes is eaten
#include "proto/http.h"

enum {
	CHUNK_LINE_MAX = 256, // bytes: a size and extensions, which nobody sends
	TRAILERS_MAX = 1024,  // bytes: read past, never used
	LENGTH_DIGITS_MAX = 16,
};

enum phase { HEAD, BODY, CHUNK_SIZE, CHUNK_DATA, CHUNK_END, TRAILERS, DEAD };

struct http {
	size_t max;       // bytes one body may have
	size_t looked;    // bytes of the present input scanned for the end of the head
	uint64_t left;    // bytes of the body or of the chunk still to come
	uint64_t room;    // bytes that further chunks may bring
	struct buf whole; // head and body of a message that does not come in one piece
	size_t trailers;  // bytes of them
	enum phase phase;
	bool blank; // the one empty line that may precede a request has been
	bool lent;  // `whole` was given out and ends with the next take()
};

struct fault {
	int status; // 0: none
	const char *why;
};

struct framing {
	uint64_t length; // of Content-Length
	bool chunked;
	bool expects; // Expect: 100-continue
};

static const struct fault fine;

static struct fault fault(int status, const char *why)
{
	return (struct fault){status, why};
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_token(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!is_alnum(s.p[i]) && !(s.p[i] && strchr("!#$%&'*+-.^_`|~", s.p[i])))
			return false;
	return s.n > 0;
}

static bool is_field_text(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (((uint8_t)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
			return false;
	return true;
}

static int hex(char c)
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
		if (c == '%' && (s.n - i < 3 || hex(s.p[i + 1]) < 0 || hex(s.p[i + 2]) < 0))
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
		while (++n < s.n && (hex(s.p[n]) >= 0 || s.p[n] == ':' || s.p[n] == '.'))
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

static struct fault read_target(struct http_request *r)
{
	struct span t = r->target, host;
	if (!is_target_text(t))
		return fault(400, "malformed request target");
	if (span_is(t, "*")) {
		r->path = t;
		return span_is(r->method, "OPTIONS") ? fine
						     : fault(400, "malformed request target");
	}
	if (t.p[0] != '/') {
		host = absolute(t, &t);
		if (!is_authority(host))
			return fault(400, "malformed request target");
	}
	r->path = span_until(t, '?');
	r->query = after(t, min_size(t.n, r->path.n + 1));
	if (!r->path.n)
		r->path = SPAN("/");
	return fine;
}

static struct fault read_request_line(struct span line, struct http_request *r)
{
	r->method = span_until(line, ' ');
	if (!is_token(r->method) || r->method.n == line.n)
		return fault(400, "malformed request line");
	line = after(line, r->method.n + 1);
	r->target = span_until(line, ' ');
	if (r->target.n == line.n)
		return fault(400, "malformed request line");
	struct span v = after(line, r->target.n + 1);
	if (v.n != 8 || !span_starts(v, SPAN("HTTP/")) || !is_digit(v.p[5]) || v.p[6] != '.' ||
		!is_digit(v.p[7]))
		return fault(400, "malformed HTTP version");
	if (v.p[5] != '1' || v.p[7] > '1')
		return fault(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
	r->minor = v.p[7] - '0';
	return read_target(r);
}

static bool read_field(struct span line, struct http_header *h)
{
	h->name = span_until(line, ':');
	if (!is_token(h->name) || h->name.n == line.n)
		return false;
	h->value = after(line, h->name.n + 1);
	if (!is_field_text(h->value))
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

static struct fault check_host(const struct http_request *r)
{
	size_t lines;
	struct span host = find(r, "Host", &lines), path;
	if (lines > 1 || (lines == 0 && r->minor >= 1))
		return fault(400, "exactly one Host header is needed");
	if (lines && !is_authority(host))
		return fault(400, "malformed Host header");
	if (r->target.p[0] == '/' || span_is(r->target, "*") || !lines)
		return fine;
	return span_caseeq(absolute(r->target, &path), host)
		       ? fine
		       : fault(400, "Host and request target disagree");
}

static struct fault read_framing(const struct http_request *r, struct framing *f)
{
	size_t lengths, codings, expects;
	struct span length = find(r, "Content-Length", &lengths);
	struct span coding = find(r, "Transfer-Encoding", &codings);
	struct span expect = find(r, "Expect", &expects);
	*f = (struct framing){0};
	if (lengths + codings > 1)
		return fault(400, "more than one body length");
	if (lengths && (length.n > LENGTH_DIGITS_MAX || !span_uint(length, UINT64_MAX, &f->length)))
		return fault(400, "malformed Content-Length");
	if (codings && r->minor < 1)
		return fault(400, "Transfer-Encoding needs HTTP/1.1");
	if (codings && !span_caseeq(coding, SPAN("chunked")))
		return fault(501, "the only transfer coding here is chunked");
	f->chunked = codings == 1;
	if (expects > 1 || (expects && !span_caseeq(expect, SPAN("100-continue"))))
		return fault(417, "the only expectation met here is 100-continue");
	f->expects = expects && r->minor >= 1;
	return fine;
}

// `head` ends with its empty line.
static struct fault read_head(struct span head, struct http_request *r, struct framing *framing)
{
	struct fault bad = fine;
	r->n = 0;
	r->path = r->query = r->body = (struct span){0};
	head.n -= 2;
	for (bool first = true; head.n; first = false) {
		struct span line = span_until(head, '\n');
		if (line.n == head.n || line.n == 0 || line.p[line.n - 1] != '\r')
			return fault(400, "lines end in CRLF");
		head = after(head, line.n + 1);
		line.n--;
		if (first)
			bad = read_request_line(line, r);
		else if (r->n == HTTP_HEADERS_MAX)
			bad = fault(431, "too many headers");
		else if (!read_field(line, &r->headers[r->n++]))
			bad = fault(400, "malformed header");
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
	struct framing framing;
	const char *end = message.n ? memmem(message.p, message.n, "\r\n\r\n", 4) : NULL;
	if (!end)
		return 400;
	size_t n = (size_t)(end - message.p) + 4;
	int status = read_head(span_of(message.p, n), r, &framing).status;
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
	if (s->n < 2 || hex(s->p[0]) < 0 || hex(s->p[1]) < 0)
		return -1;
	struct span digits = span_take(s, 2);
	return hex(digits.p[0]) << 4 | hex(digits.p[1]);
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

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{100, "Continue"}, {101, "Switching Protocols"}, {200, "OK"},
		{201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {206, "Partial Content"},
		{301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
		{304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
		{409, "Conflict"}, {410, "Gone"}, {411, "Length Required"},
		{413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
		{417, "Expectation Failed"}, {421, "Misdirected Request"},
		{422, "Unprocessable Content"}, {426, "Upgrade Required"},
		{429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"}};
	for (size_t i = 0; i < countof(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void http_put(struct buf *b, const struct http_response *r)
{
	bool bodiless = r->status < 200 || r->status == 204 || r->status == 304;
	buf_lit(b, "HTTP/1.1 ");
	buf_int(b, r->status);
	buf_char(b, ' ');
	buf_str(b, http_reason(r->status));
	buf_lit(b, "\r\n");
	if (r->type) {
		buf_lit(b, "Content-Type: ");
		buf_str(b, r->type);
		buf_lit(b, "\r\n");
	}
	if (!bodiless) {
		buf_lit(b, "Content-Length: ");
		buf_int(b, (int64_t)r->body.n);
		buf_lit(b, "\r\n");
	}
	if (r->extra)
		buf_str(b, r->extra);
	if (r->close)
		buf_lit(b, "Connection: close\r\n");
	buf_lit(b, "\r\n");
	if (!bodiless && !r->head_only)
		buf_span(b, r->body);
}

static void http_init(void *state, size_t max)
{
	struct http *h = state;
	ensure(max <= INT32_MAX);
	*h = (struct http){.max = max, .whole.max = HTTP_HEAD_MAX + max};
}

static void http_fini(void *state)
{
	struct http *h = state;
	buf_fini(&h->whole);
}

static enum codec_got refuse(
	struct http *h, struct codec_msg *msg, struct buf *reply, struct fault why)
{
	struct buf words = {0};
	buf_str(&words, why.why);
	buf_char(&words, '\n');
	http_put(reply, &(struct http_response){
				.status = why.status,
				.type = "text/plain; charset=utf-8",
				.body = buf_bytes(&words),
				.close = true,
			});
	buf_fini(&words);
	buf_fini(&h->whole);
	h->phase = DEAD;
	*msg = (struct codec_msg){.why = why.why,
		.too_big = why.status == 413 || why.status == 414 || why.status == 431};
	return CODEC_BAD;
}

// Looks at every byte once, however they drip in.  *n: length of the head, 0 when it is not whole.
static struct fault scan(struct http *h, struct span in, size_t *n)
{
	size_t end = min_size(in.n, HTTP_HEAD_MAX), i = h->looked;
	*n = 0;
	if (i == 0 && in.p[0] != '\r' && !is_token(span_of(in.p, 1)))
		return fault(400, "this is not HTTP");
	for (; i < end; i++) {
		uint8_t c = (uint8_t)in.p[i];
		bool cr_before = i && in.p[i - 1] == '\r';
		if (cr_before != (c == '\n'))
			return fault(400, "lines end in CRLF");
		if (c == '\n' && (i == 1 || (i >= 3 && in.p[i - 2] == '\n'))) {
			*n = i + 1;
			return fine;
		}
		if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
			return fault(400, "control character in the request head");
	}
	h->looked = end;
	if (end < HTTP_HEAD_MAX)
		return fine;
	return memchr(in.p, '\n', end) ? fault(431, "request head too long")
				       : fault(414, "request target too long");
}

static enum codec_got take_head(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	size_t n;
	struct fault bad = scan(h, *in, &n);
	if (bad.status)
		return refuse(h, msg, reply, bad);
	if (!n)
		return CODEC_MORE;
	h->looked = 0;
	if (n == 2) { // RFC 9112 §2.2: ignore at least one empty line before the request
		if (h->blank)
			return refuse(h, msg, reply, fault(400, "empty lines before the request"));
		h->blank = true;
		span_take(in, n);
		return CODEC_ATE;
	}
	struct http_request r;
	struct framing f;
	bad = read_head(span_of(in->p, n), &r, &f);
	if (!bad.status && f.length > h->max)
		bad = fault(413, "request body too long");
	if (bad.status)
		return refuse(h, msg, reply, bad);
	h->blank = false;
	if (!f.chunked && f.length <= in->n - n) {
		*msg = (struct codec_msg){.body = span_take(in, n + (size_t)f.length)};
		return CODEC_MSG;
	}
	if (f.expects && in->n == n)
		buf_lit(reply, "HTTP/1.1 100 Continue\r\n\r\n");
	buf_span(&h->whole, span_take(in, n));
	h->phase = f.chunked ? CHUNK_SIZE : BODY;
	h->left = f.length;
	h->room = h->max;
	h->trailers = 0;
	return CODEC_ATE;
}

static enum codec_got finish(struct http *h, struct codec_msg *msg)
{
	h->phase = HEAD;
	h->lent = true;
	*msg = (struct codec_msg){.body = buf_bytes(&h->whole)};
	return CODEC_MSG;
}

static enum codec_got take_body(struct http *h, struct span *in, struct codec_msg *msg)
{
	struct span piece = span_take(in, (size_t)(h->left < in->n ? h->left : in->n));
	buf_span(&h->whole, piece);
	h->left -= piece.n;
	if (h->left)
		return CODEC_ATE;
	if (h->phase == BODY)
		return finish(h, msg);
	h->phase = CHUNK_END;
	return CODEC_ATE;
}

// A whole line of at most max bytes, CRLF and all, off the front of `in`.  *line is without it.
static enum codec_got take_line(struct span *in, size_t max, struct span *line)
{
	size_t seen = min_size(in->n, max);
	const char *lf = memchr(in->p, '\n', seen);
	if (!lf)
		return seen == max ? CODEC_BAD : CODEC_MORE;
	size_t n = (size_t)(lf - in->p);
	if (n == 0 || lf[-1] != '\r')
		return CODEC_BAD;
	*line = span_of(in->p, n - 1);
	span_take(in, n + 1);
	return CODEC_ATE;
}

// chunk-size [ ";" extensions ]: RFC 9112 §7.1.  At most 16 digits, so 64 bits cannot overflow.
static bool read_chunk_size(struct span line, uint64_t *size)
{
	size_t i = 0;
	*size = 0;
	for (; i < line.n && hex(line.p[i]) >= 0; i++) {
		if (i == LENGTH_DIGITS_MAX)
			return false;
		*size = *size << 4 | (uint64_t)hex(line.p[i]);
	}
	return i && (i == line.n || (line.p[i] == ';' && is_field_text(after(line, i))));
}

static enum codec_got take_size(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct span line;
	enum codec_got got = take_line(in, CHUNK_LINE_MAX, &line);
	if (got == CODEC_MORE)
		return got;
	if (got == CODEC_BAD || !read_chunk_size(line, &h->left))
		return refuse(h, msg, reply, fault(400, "malformed chunk size"));
	if (h->left > h->room)
		return refuse(h, msg, reply, fault(413, "request body too long"));
	h->room -= h->left;
	h->phase = h->left ? CHUNK_DATA : TRAILERS;
	return CODEC_ATE;
}

static enum codec_got take_end(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	if (in->p[0] != '\r' || (in->n > 1 && in->p[1] != '\n'))
		return refuse(h, msg, reply, fault(400, "chunk longer than its size"));
	if (in->n == 1)
		return CODEC_MORE;
	span_take(in, 2);
	h->phase = CHUNK_SIZE;
	return CODEC_ATE;
}

static enum codec_got take_trailer(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct span line;
	struct http_header ignored;
	size_t had = in->n, room = TRAILERS_MAX - h->trailers;
	enum codec_got got = take_line(in, room, &line);
	if (got == CODEC_MORE)
		return got;
	if (got == CODEC_BAD && had >= room && !memchr(in->p, '\n', room))
		return refuse(h, msg, reply, fault(431, "trailers too long"));
	if (got == CODEC_BAD || (line.n && !read_field(line, &ignored)))
		return refuse(h, msg, reply, fault(400, "malformed trailer"));
	h->trailers += had - in->n;
	return line.n ? CODEC_ATE : finish(h, msg);
}

static enum codec_got http_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct http *h = state;
	if (h->lent) {
		buf_fini(&h->whole);
		h->lent = false;
	}
	if (!in->n)
		return CODEC_MORE;
	switch (h->phase) {
	case HEAD: return take_head(h, in, msg, reply);
	case BODY:
	case CHUNK_DATA: return take_body(h, in, msg);
	case CHUNK_SIZE: return take_size(h, in, msg, reply);
	case CHUNK_END: return take_end(h, in, msg, reply);
	case TRAILERS: return take_trailer(h, in, msg, reply);
	case DEAD: break;
	}
	span_take(in, in->n);
	return CODEC_ATE;
}

static void http_write(void *state, struct buf *out, struct codec_msg msg)
{
	(void)state;
	buf_span(out, msg.body);
}

const struct codec codec_http = {
	.name = "http",
	.state_bytes = sizeof(struct http),
	.init = http_init,
	.fini = http_fini,
	.take = http_take,
	.put = http_write,
};
