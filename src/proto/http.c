// SPDX-License-Identifier: MIT
// HTTP/1.1: the message syntax of RFC 9112, read the narrow way.  Lines end in CRLF and in nothing
// else, a header is never skipped, a length is said once: what two servers could read differently
// is refused (§11.2).
//
//	HEAD ──► BODY ──────────────────────────────────────────► HEAD     Content-Length
//	     └─► CHUNK_SIZE ─► CHUNK_DATA ─► CHUNK_END ─► CHUNK_SIZE       Transfer-Encoding
//	         └ size 0 ─► TRAILERS ──────────────────────────► HEAD
//	any ───► DEAD: refused; what still comes is eaten
#include "proto/http_priv.h"

enum {
	CHUNK_LINE_MAX = 256, // bytes: a size and extensions, which nobody sends
	TRAILERS_MAX = 1024,  // bytes: read past, never used
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
static const struct http_fault fine;

static struct span after(struct span s, size_t n)
{
	return span_of(s.p + n, s.n - n);
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
	struct http *h, struct codec_msg *msg, struct buf *reply, struct http_fault why)
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
static struct http_fault scan(struct http *h, struct span in, size_t *n)
{
	size_t end = min_size(in.n, HTTP_HEAD_MAX), i = h->looked;
	*n = 0;
	if (i == 0 && in.p[0] != '\r' && !http_is_token(span_of(in.p, 1)))
		return http_fault(400, "this is not HTTP");
	for (; i < end; i++) {
		uint8_t c = (uint8_t)in.p[i];
		bool cr_before = i && in.p[i - 1] == '\r';
		if (cr_before != (c == '\n'))
			return http_fault(400, "lines end in CRLF");
		if (c == '\n' && (i == 1 || (i >= 3 && in.p[i - 2] == '\n'))) {
			*n = i + 1;
			return fine;
		}
		if ((c < 0x20 && c != '\r' && c != '\n' && c != '\t') || c == 0x7f)
			return http_fault(400, "control character in the request head");
	}
	h->looked = end;
	if (end < HTTP_HEAD_MAX)
		return fine;
	return memchr(in.p, '\n', end) ? http_fault(431, "request head too long")
				       : http_fault(414, "request target too long");
}

static enum codec_got take_head(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	size_t n;
	struct http_fault bad = scan(h, *in, &n);
	if (bad.status)
		return refuse(h, msg, reply, bad);
	if (!n)
		return CODEC_MORE;
	h->looked = 0;
	if (n == 2) { // RFC 9112 §2.2: ignore at least one empty line before the request
		if (h->blank)
			return refuse(
				h, msg, reply, http_fault(400, "empty lines before the request"));
		h->blank = true;
		span_take(in, n);
		return CODEC_ATE;
	}
	struct http_request r;
	struct http_framing f;
	bad = http_read_head(span_of(in->p, n), &r, &f);
	if (!bad.status && f.length > h->max)
		bad = http_fault(413, "request body too long");
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
	for (; i < line.n && http_hex(line.p[i]) >= 0; i++) {
		if (i == HTTP_LENGTH_DIGITS_MAX)
			return false;
		*size = *size << 4 | (uint64_t)http_hex(line.p[i]);
	}
	return i && (i == line.n || (line.p[i] == ';' && http_is_field_text(after(line, i))));
}

static enum codec_got take_size(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct span line;
	enum codec_got got = take_line(in, CHUNK_LINE_MAX, &line);
	if (got == CODEC_MORE)
		return got;
	if (got == CODEC_BAD || !read_chunk_size(line, &h->left))
		return refuse(h, msg, reply, http_fault(400, "malformed chunk size"));
	if (h->left > h->room)
		return refuse(h, msg, reply, http_fault(413, "request body too long"));
	h->room -= h->left;
	h->phase = h->left ? CHUNK_DATA : TRAILERS;
	return CODEC_ATE;
}

static enum codec_got take_end(
	struct http *h, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	if (in->p[0] != '\r' || (in->n > 1 && in->p[1] != '\n'))
		return refuse(h, msg, reply, http_fault(400, "chunk longer than its size"));
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
		return refuse(h, msg, reply, http_fault(431, "trailers too long"));
	if (got == CODEC_BAD || (line.n && !http_read_field(line, &ignored)))
		return refuse(h, msg, reply, http_fault(400, "malformed trailer"));
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
