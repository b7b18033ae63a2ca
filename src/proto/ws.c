// SPDX-License-Identifier: MIT
// WebSocket framing, the server's side (RFC 6455 §5).
//
// A whole message in one whole frame is unmasked where it lies and given out without a copy.
// Anything else is moved into one buffer as its bytes arrive, so that memory follows what came
// and never what was announced; the buffer is gone when the message is done.
#include "proto/ws_priv.h"

enum {
	FIN = 0x80,
	RSV1 = 0x40,
	RSV23 = 0x30,
	MASKED = 0x80,
	CONTROL_MAX = 125, // bytes: §5.5
	// Empty fragments cost no memory but are work without end; no client sends this many.
	FRAMES_MAX = 131072,
};

enum opcode { CONTINUATION, TEXT, BINARY, CLOSE = 8, PING, PONG };

struct ws {
	struct buf message; // gathered so far, or inflated; empty while idle
	z_stream *inflater; // own; only for a client that keeps its window, once it compressed
	size_t max;         // bytes of one message
	uint64_t left;      // payload bytes of the present frame still to come
	uint32_t frames;    // of the present message
	char mask[4];       // of the present frame, turned to the next byte
	struct utf8 text;   // of the present message
	struct ws_deflate deflate;
	uint8_t kind;    // opcode of the present message; 0 between messages
	bool fin;        // the present frame is the last of its message
	bool compressed; // the present message is
	bool lent;       // `message` was given out and ends with the next take()
	bool closed;     // what still comes is eaten
};
_Static_assert(sizeof(struct ws) <= 128, "an idle connection costs this");

struct header {
	enum opcode opcode;
	bool fin, rsv1;
	size_t bytes; // of the header
	uint64_t payload;
	char mask[4];
};

static void ws_init(void *state, size_t max)
{
	struct ws *w = state;
	ensure(max && max < INT32_MAX);
	*w = (struct ws){.max = max, .message.max = max};
}

static void ws_fini(void *state)
{
	struct ws *w = state;
	buf_fini(&w->message);
	ws_inflater_free(w->inflater);
	w->inflater = NULL;
}

void ws_configure(void *codec_state, const struct ws_deflate *d)
{
	struct ws *w = codec_state;
	w->deflate = *d;
}

void ws_set_max(void *codec_state, size_t max)
{
	struct ws *w = codec_state;
	ensure(max && max < INT32_MAX);
	w->max = w->message.max = max;
}

bool ws_deflate_agreed(const void *codec_state)
{
	const struct ws *w = codec_state;
	return w->deflate.on;
}

static void unmask(struct span s, const char mask[4])
{
	char *p = (char *)s.p; // the codec contract allows it
	uint64_t key, word;
	size_t i = 0;
	memcpy(&key, mask, 4);
	memcpy((char *)&key + 4, mask, 4);
	for (; s.n - i >= 8; i += 8) {
		memcpy(&word, p + i, 8);
		word ^= key;
		memcpy(p + i, &word, 8);
	}
	for (; i < s.n; i++)
		p[i] = (char)(p[i] ^ mask[i & 3]);
}

static enum codec_got refuse(
	struct ws *w, struct codec_msg *msg, struct buf *reply, enum ws_code code, const char *why)
{
	ws_fini(w);
	w->closed = true;
	ws_put_close(reply, code, why);
	*msg = (struct codec_msg){.why = why, .too_big = code == WS_CODE_TOO_BIG};
	return CODEC_BAD;
}

static uint64_t big_endian(const char *p, size_t n)
{
	uint64_t value = 0;
	for (size_t i = 0; i < n; i++)
		value = value << 8 | (uint8_t)p[i];
	return value;
}

// The first two bytes.  → what is wrong with them, or NULL.
static const char *read_first(const struct ws *w, struct span in, struct header *h)
{
	uint8_t first = (uint8_t)in.p[0], second = (uint8_t)in.p[1];
	h->opcode = first & 0x0f;
	h->fin = first & FIN;
	h->rsv1 = first & RSV1;
	h->payload = second & 0x7f;
	bool control = h->opcode & 8;
	if (!(second & MASKED))
		return "frame not masked";
	if (h->opcode > PONG || (h->opcode > BINARY && !control))
		return "unknown opcode";
	if ((first & RSV23) || (h->rsv1 && (!w->deflate.on || control || w->kind)))
		return "reserved bits set";
	if (control && (!h->fin || h->payload > CONTROL_MAX))
		return "control frame too long or fragmented";
	if (!control && h->opcode == CONTINUATION && !w->kind)
		return "nothing to continue";
	if (!control && h->opcode != CONTINUATION && w->kind)
		return "message within a message";
	return NULL;
}

// → MSG for a whole header (nothing is eaten), MORE, or BAD with *why.
static enum codec_got read_header(
	const struct ws *w, struct span in, struct header *h, const char **why)
{
	*h = (struct header){0};
	if (in.n < 2)
		return CODEC_MORE;
	*why = read_first(w, in, h);
	if (*why)
		return CODEC_BAD;
	size_t extended = h->payload == 127 ? 8 : h->payload == 126 ? 2 : 0;
	if (in.n < 2 + extended)
		return CODEC_MORE;
	if (extended) {
		h->payload = big_endian(in.p + 2, extended);
		*why = "length not in its shortest form, or over 63 bits";
		if (h->payload < (extended == 8 ? 65536 : 126) || h->payload >> 63)
			return CODEC_BAD;
	}
	h->bytes = 2 + extended + 4;
	if (in.n < h->bytes)
		return CODEC_MORE;
	memcpy(h->mask, in.p + 2 + extended, 4);
	return CODEC_MSG;
}

static bool is_close_code(unsigned code) // those that may be sent: §7.4
{
	return (code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1014) ||
	       (code >= 3000 && code <= 4999);
}

static enum codec_got take_close(
	struct ws *w, struct span payload, struct codec_msg *msg, struct buf *reply)
{
	unsigned code = WS_CODE_NORMAL;
	if (payload.n == 1)
		return refuse(w, msg, reply, WS_CODE_PROTOCOL, "close code cut short");
	if (payload.n) {
		struct span bytes = span_take(&payload, 2);
		code = (unsigned)big_endian(bytes.p, 2);
	}
	if (!is_close_code(code))
		return refuse(w, msg, reply, WS_CODE_PROTOCOL, "invalid close code");
	if (!utf8_valid(payload))
		return refuse(w, msg, reply, WS_CODE_BAD_TEXT, "close reason is not UTF-8");
	ws_fini(w);
	w->closed = true;
	ws_put_close(reply, code, "");
	*msg = (struct codec_msg){.body = payload, .kind = WS_CLOSE};
	return CODEC_MSG;
}

static enum codec_got take_control(struct ws *w, struct span *in, const struct header *h,
	struct codec_msg *msg, struct buf *reply)
{
	if (in->n - h->bytes < h->payload)
		return CODEC_MORE;
	span_take(in, h->bytes);
	struct span payload = span_take(in, (size_t)h->payload);
	unmask(payload, h->mask);
	if (h->opcode == CLOSE)
		return take_close(w, payload, msg, reply);
	if (h->opcode == PING) {
		ws_put_header(reply, FIN | PONG, payload.n);
		buf_span(reply, payload);
	}
	return CODEC_ATE;
}

static enum codec_got inflate_message(
	struct ws *w, struct span deflated, struct codec_msg *msg, struct buf *reply)
{
	struct buf out = {0};
	bool text = w->kind == TEXT;
	if (w->deflate.client_takeover && !w->inflater)
		w->inflater = ws_inflater_new(w->deflate.client_bits);
	int code = ws_inflate(w->inflater, deflated, &out, w->max, text ? &w->text : NULL);
	buf_fini(&w->message);
	w->message = out;
	switch (code) {
	case 0: return CODEC_MSG;
	case WS_CODE_TOO_BIG: return refuse(w, msg, reply, code, "message too big");
	case WS_CODE_POLICY: return refuse(w, msg, reply, code, "too many final blocks");
	default: return refuse(w, msg, reply, code, "bad compressed data or text");
	}
}

// The message is whole: in the state (`payload` NULL) or in the input.
static enum codec_got finish(
	struct ws *w, const struct span *payload, struct codec_msg *msg, struct buf *reply)
{
	struct span body = payload ? *payload : buf_bytes(&w->message);
	w->lent = !payload || w->compressed;
	if (w->compressed) {
		enum codec_got got = inflate_message(w, body, msg, reply);
		if (got == CODEC_BAD)
			return got;
		body = buf_bytes(&w->message);
	} else if (w->text.need) {
		return refuse(w, msg, reply, WS_CODE_BAD_TEXT, "text is not UTF-8");
	}
	*msg = (struct codec_msg){.body = body, .kind = w->kind};
	w->kind = 0;
	return CODEC_MSG;
}

// Bytes of the present frame, as many as there are.
static enum codec_got take_payload(
	struct ws *w, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	bool whole = w->fin && w->frames == 1 && !w->message.n && w->left <= in->n;
	struct span piece = span_take(in, (size_t)(w->left < in->n ? w->left : in->n));
	unmask(piece, w->mask);
	if (w->kind == TEXT && !w->compressed && utf8_feed(&w->text, piece.p, piece.n) != piece.n)
		return refuse(w, msg, reply, WS_CODE_BAD_TEXT, "text is not UTF-8");
	w->left -= piece.n;
	if (whole)
		return finish(w, &piece, msg, reply);
	buf_span(&w->message, piece);
	if (!w->left)
		return w->fin ? finish(w, NULL, msg, reply) : CODEC_ATE;
	char turned[4];
	for (size_t i = 0; i < 4; i++)
		turned[i] = w->mask[(i + piece.n) & 3];
	memcpy(w->mask, turned, 4);
	return CODEC_ATE;
}

static enum codec_got take_frame(
	struct ws *w, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct header h;
	const char *why = NULL;
	enum codec_got got = read_header(w, *in, &h, &why);
	if (got == CODEC_BAD)
		return refuse(w, msg, reply, WS_CODE_PROTOCOL, why);
	if (got == CODEC_MORE)
		return got;
	if (h.opcode >= CLOSE)
		return take_control(w, in, &h, msg, reply);
	if (h.payload > w->max - w->message.n)
		return refuse(w, msg, reply, WS_CODE_TOO_BIG, "message too big");
	if (w->kind && w->frames == FRAMES_MAX)
		return refuse(w, msg, reply, WS_CODE_TOO_BIG, "too many fragments");
	if (!w->kind) {
		w->kind = (uint8_t)h.opcode;
		w->compressed = h.rsv1;
		w->frames = 0;
		w->text = (struct utf8){0};
	}
	w->frames++;
	w->fin = h.fin;
	w->left = h.payload;
	memcpy(w->mask, h.mask, 4);
	span_take(in, h.bytes);
	return take_payload(w, in, msg, reply);
}

static enum codec_got ws_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct ws *w = state;
	if (w->lent) {
		buf_fini(&w->message);
		w->message.max = w->max;
		w->lent = false;
	}
	if (!in->n)
		return CODEC_MORE;
	if (w->closed) {
		span_take(in, in->n);
		return CODEC_ATE;
	}
	return w->left ? take_payload(w, in, msg, reply) : take_frame(w, in, msg, reply);
}

// What a client would send: masked, and a text unless msg.kind says otherwise.
static void ws_write(void *state, struct buf *out, struct codec_msg msg)
{
	static const char mask[4] = {0x37, (char)0xfa, 0x21, 0x3d};
	struct buf payload = {0};
	(void)state;
	if (msg.kind == WS_CLOSE)
		buf_lit(&payload, "\x03\xe8");
	buf_span(&payload, msg.body);
	unmask(buf_bytes(&payload), mask);
	size_t at = out->n + 1;
	ws_put_header(out, (uint8_t)(FIN | (msg.kind ? msg.kind : WS_TEXT)), payload.n);
	if (!out->failed)
		out->p[at] = (char)(out->p[at] | MASKED);
	buf_put(out, mask, sizeof mask);
	buf_span(out, buf_bytes(&payload));
	buf_fini(&payload);
}

const struct codec codec_ws = {
	.name = "ws",
	.state_bytes = sizeof(struct ws),
	.init = ws_init,
	.fini = ws_fini,
	.take = ws_take,
	.put = ws_write,
};

void ws_put_header(struct buf *b, uint8_t first, uint64_t n)
{
	char header[WS_HEADER_MAX] = {(char)first};
	size_t extended = n < 126 ? 0 : n < 65536 ? 2 : 8;
	header[1] = (char)(n < 126 ? n : n < 65536 ? 126 : 127);
	for (size_t i = 0; i < extended; i++)
		header[2 + i] = (char)(n >> 8 * (extended - 1 - i));
	buf_put(b, header, 2 + extended);
}

void ws_put_frame(struct buf *b, enum ws_kind kind, struct span payload)
{
	ws_put_header(b, (uint8_t)(FIN | kind), payload.n);
	buf_span(b, payload);
}

void ws_put_ping(struct buf *b)
{
	ws_put_header(b, FIN | PING, 0);
}

void ws_put_close(struct buf *b, enum ws_code code, const char *reason)
{
	struct span words = utf8_cut(span_str(reason), CONTROL_MAX - 2);
	const char bytes[2] = {(char)(code >> 8), (char)code};
	ws_put_header(b, FIN | CLOSE, 2 + words.n);
	buf_put(b, bytes, sizeof bytes);
	buf_span(b, words);
}
