// SPDX-License-Identifier: MIT
// permessage-deflate (RFC 7692): what is agreed, and the zlib streams behind it.
//
// The shared streams below are scratch, reset before every message and made on first use: 40 KB
// for the inflater, 38 KB for a compressor.  They hold nothing from one call to the next, which is
// what makes them no state of anybody's and bearable outside of a struct.
#include "proto/ws_priv.h"
#include "proto/zstream.h"

enum {
	WINDOW_MAX = 15,
	// For a client with a window of its own that lets us choose: 4 KB of history each, not 32.
	WINDOW_OWN = 12,
	// A final block within a message is rare, and going on after it copies the window twice.
	FINAL_BLOCKS_MAX = 16,
};

static const char TAIL[4] = {0, 0, (char)0xff, (char)0xff}; // §7.2.1: neither sent nor received

z_stream *ws_inflater_new(int bits)
{
	return zstream_inflater(-bits);
}

void ws_inflater_free(z_stream *z)
{
	zstream_inflater_free(z);
}

static z_stream *shared_inflater(void)
{
	static z_stream *z;
	if (!z)
		z = ws_inflater_new(WINDOW_MAX);
	inflateReset(z);
	return z;
}

static z_stream *shared_deflater(int bits)
{
	static z_stream *streams[2]; // windows of 9 and 12 bits
	z_stream **z = &streams[bits == 12];
	if (!*z)
		*z = zstream_deflater(1, -bits, 5);
	deflateReset(*z);
	return *z;
}

struct inflation {
	z_stream *z;
	struct buf *out;
	size_t max;
	struct utf8 *text;
	int finals; // final blocks seen
	bool ended; // the last byte fed ended a final block
};

// §7.2.3.4 allows final blocks, which zlib takes for the end.  What follows may look back.
static void go_on(z_stream *z)
{
	Bytef window[1 << WINDOW_MAX];
	uInt n = 0;
	inflateGetDictionary(z, window, &n);
	inflateReset(z);
	if (n)
		inflateSetDictionary(z, window, n);
}

// → 0 when all of `in` was inflated.
static int feed(struct inflation *f, struct span in)
{
	z_stream *z = f->z;
	struct buf *out = f->out;
	z->next_in = (Bytef *)in.p;
	z->avail_in = (uInt)in.n;
	for (;;) {
		ensure(buf_reserve(out, 1));
		size_t had = out->n;
		z->next_out = (Bytef *)out->p + had;
		z->avail_out = (uInt)(out->cap - had);
		int result = inflate(z, Z_SYNC_FLUSH);
		out->n = out->cap - z->avail_out;
		if (out->n > f->max)
			return WS_CODE_TOO_BIG;
		if (f->text && utf8_feed(f->text, out->p + had, out->n - had) != out->n - had)
			return WS_CODE_BAD_TEXT;
		f->ended = result == Z_STREAM_END;
		if (f->ended && ++f->finals > FINAL_BLOCKS_MAX)
			return WS_CODE_POLICY;
		if (f->ended)
			go_on(z);
		else if (result != Z_OK && (result != Z_BUF_ERROR || z->avail_in))
			return WS_CODE_BAD_TEXT;
		if (!z->avail_in && (z->avail_out || f->ended))
			return 0;
	}
}

int ws_inflate(z_stream *own, struct span in, struct buf *out, size_t max, struct utf8 *text)
{
	enum { BLOCK_ENDED = 128 }; // in z_stream.data_type
	if (!in.n)
		return 0;
	struct inflation f = {.z = own ? own : shared_inflater(), .out = out, .max = max};
	f.text = text;
	out->max = max + 1; // the one byte that says it is too long
	buf_reserve(out, min_size(in.n * 2, max) + 1);
	int code = feed(&f, in);
	if (!code && !f.ended) {
		code = feed(&f, span_of(TAIL, sizeof TAIL));
		if (!code && !(f.z->data_type & BLOCK_ENDED))
			code = WS_CODE_BAD_TEXT; // it broke off within a block
	}
	return !code && text && text->need ? WS_CODE_BAD_TEXT : code;
}

void ws_put_deflated(struct buf *b, enum ws_kind kind, struct span payload, int bits)
{
	enum { FIN_RSV1 = 0xc0, HEADER = 10 };
	if (payload.n < WS_DEFLATE_MIN || payload.n > INT32_MAX) {
		ws_put_frame(b, kind, payload);
		return;
	}
	z_stream *z = shared_deflater(bits >= 12 ? 12 : 9);
	if (!buf_reserve(b, HEADER + payload.n))
		return;
	char *at = b->p + b->n;
	z->next_in = (Bytef *)payload.p;
	z->avail_in = (uInt)payload.n;
	z->next_out = (Bytef *)at + HEADER;
	z->avail_out = (uInt)payload.n;
	int result = deflate(z, Z_SYNC_FLUSH);
	if (result != Z_OK || z->avail_out == 0) { // it did not even fit the room of the plain one
		ws_put_frame(b, kind, payload);
		return;
	}
	size_t n = payload.n - z->avail_out - sizeof TAIL;
	ws_put_header(b, (uint8_t)(FIN_RSV1 | kind), n);
	memmove(b->p + b->n, at + HEADER, n);
	b->n += n;
}

// The next of a comma-separated list whose values may be quoted.
static struct span next_offer(struct span *offers)
{
	bool quoted = false;
	size_t n = 0;
	for (; n < offers->n && (quoted || offers->p[n] != ','); n++)
		if (quoted && offers->p[n] == '\\' && n + 1 < offers->n)
			n++;
		else if (offers->p[n] == '"')
			quoted = !quoted;
	struct span offer = span_take(offers, n);
	span_take(offers, min_size(offers->n, 1));
	return offer;
}

// A window size: 8 to 15, without leading zeros.  0 when it is not one.
static int window(struct span value)
{
	uint64_t bits;
	if (value.n > 2 || !span_uint(value, WINDOW_MAX, &bits) || value.p[0] == '0' || bits < 8)
		return 0;
	return (int)bits;
}

enum param { SERVER_FORGETS, CLIENT_FORGETS, SERVER_BITS, CLIENT_BITS, PARAM_COUNT };

struct offer {
	bool seen[PARAM_COUNT];
	int bits[PARAM_COUNT]; // 0: none given
};

static bool read_param(struct span text, struct offer *o)
{
	static const char *const names[PARAM_COUNT] = {"server_no_context_takeover",
		"client_no_context_takeover", "server_max_window_bits", "client_max_window_bits"};
	struct span name = span_until(text, '='), value = {0};
	bool valued = name.n < text.n;
	if (valued)
		value = span_trim(span_of(text.p + name.n + 1, text.n - name.n - 1));
	if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
		value = span_of(value.p + 1, value.n - 2);
	name = span_trim(name);
	size_t i = 0;
	while (i < PARAM_COUNT && !span_is(name, names[i]))
		i++;
	if (i == PARAM_COUNT || o->seen[i])
		return false;
	o->seen[i] = true;
	o->bits[i] = window(value);
	if (i == SERVER_FORGETS || i == CLIENT_FORGETS)
		return !valued;
	return o->bits[i] || (i == CLIENT_BITS && !valued);
}

static bool read_offer(struct span text, struct offer *o)
{
	struct span name = span_until(text, ';');
	if (!span_is(span_trim(name), "permessage-deflate"))
		return false;
	span_take(&text, name.n);
	while (text.n) {
		span_take(&text, 1);
		struct span param = span_until(text, ';');
		span_take(&text, param.n);
		if (!read_param(span_trim(param), o))
			return false;
	}
	return true;
}

bool ws_deflate_agree(struct span offers, bool takeover, struct ws_deflate *d)
{
	while (offers.n) {
		struct offer o = {0};
		// zlib cannot write a raw stream with a window of 8 bits.
		if (!read_offer(next_offer(&offers), &o) || o.bits[SERVER_BITS] == 8)
			continue;
		*d = (struct ws_deflate){.on = true, .server_bits = WINDOW_MAX};
		d->client_bits = WINDOW_MAX;
		d->client_takeover = takeover && !o.seen[CLIENT_FORGETS];
		if (o.seen[SERVER_BITS]) // ours is never more than 12, and saying so costs nothing
			d->server_bits =
				(uint8_t)(o.bits[SERVER_BITS] < 12 ? o.bits[SERVER_BITS] : 12);
		if (o.seen[CLIENT_BITS] && d->client_takeover && o.bits[CLIENT_BITS] != 8) {
			int bits = o.bits[CLIENT_BITS] ? o.bits[CLIENT_BITS] : WINDOW_MAX;
			d->client_bits = (uint8_t)(bits < WINDOW_OWN ? bits : WINDOW_OWN);
		}
		return true;
	}
	return false;
}

void ws_deflate_put(struct buf *b, const struct ws_deflate *d)
{
	buf_lit(b, "permessage-deflate; server_no_context_takeover");
	if (!d->client_takeover)
		buf_lit(b, "; client_no_context_takeover");
	if (d->server_bits < WINDOW_MAX) // an answer to server_max_window_bits
		buf_printf(b, "; server_max_window_bits=%d", d->server_bits);
	if (d->client_bits < WINDOW_MAX) // allowed only if offered
		buf_printf(b, "; client_max_window_bits=%d", d->client_bits);
}
