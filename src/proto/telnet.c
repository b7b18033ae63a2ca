// SPDX-License-Identifier: MIT
// Telnet framing (RFC 854, 855) as a machine that eats every byte it is shown: nothing waits in the
// connection, so a peer that stops in the middle of a command costs nothing.
//
// Text is given out where it lies, with doubled IACs made one in place; only subnegotiations are
// gathered.  With MCCP3 what is given out comes from a buffer of inflated bytes, while one byte of the
// compressed ones is left in the input (base/codec.h: holds).
#include "proto/telnet.h"
#include "base/mem.h"
#include "proto/codecs.h"
#include "proto/zstream.h"
#include <stdlib.h>

enum { MCCP3 = 87, WINDOW_BITS = 15 };

enum state {
	IN_TEXT,
	AFTER_IAC,
	AFTER_VERB, // WILL, WONT, DO, DONT: the option comes
	IN_SUB,
	AFTER_SUB_IAC,
};

struct inflation {
	z_stream *z;
	struct buf
		out; // inflated, and not yet given out from `at`; allocated only while there is any
	size_t at;
	bool ahead; // the first byte of the input was inflated already
	bool ended; // the stream is over; what follows is plain
	bool bad;
};

struct telnet {
	struct buf sub; // the present subnegotiation, the option first
	struct inflation *inflation;
	size_t max;
	uint64_t came, made; // bytes of MCCP3 streams, since the beginning
	uint8_t state;
	uint8_t command[2]; // what was given out last, or is half read
	bool too_long;      // the present subnegotiation is; its option stands in command[1]
	bool lent;          // `sub` was given out and ends with the next take()
	bool expect_zlib;
};

static void telnet_init(void *state, size_t max)
{
	struct telnet *t = state;
	ensure(max && max < BUF_MAX_DEFAULT);
	*t = (struct telnet){.max = max};
}

static void inflation_free(struct telnet *t)
{
	if (!t->inflation)
		return;
	zstream_inflater_free(t->inflation->z);
	buf_fini(&t->inflation->out);
	free(t->inflation);
	t->inflation = NULL;
}

static void telnet_fini(void *state)
{
	struct telnet *t = state;
	buf_fini(&t->sub);
	inflation_free(t);
}

void telnet_expect_zlib(void *state, bool on)
{
	struct telnet *t = state;
	t->expect_zlib = on;
}

bool telnet_is_inflating(const void *state)
{
	const struct telnet *t = state;
	return t->inflation != NULL;
}

// --- cutting ---

static enum codec_got give(struct codec_msg *msg, enum telnet_kind kind, struct span body)
{
	*msg = (struct codec_msg){.kind = kind, .body = body};
	return CODEC_MSG;
}

// The end of a run of text, in which doubled IACs are made one.
static size_t run_of_text(const struct span *in, size_t *bytes)
{
	char *to = (char *)in->p; // the codec contract allows it
	const char *from = in->p, *end = in->p + in->n;
	while (from < end) {
		const char *iac = memchr(from, TELNET_IAC, (size_t)(end - from));
		size_t n = (size_t)((iac ? iac : end) - from);
		if (to != from)
			memmove(to, from, n);
		to += n;
		from += n;
		if (!iac || end - iac < 2 || (uint8_t)iac[1] != TELNET_IAC)
			break;
		*to++ = (char)TELNET_IAC;
		from += 2;
	}
	*bytes = (size_t)(to - in->p);
	return (size_t)(from - in->p);
}

static enum codec_got take_text(struct telnet *t, struct span *in, struct codec_msg *msg)
{
	size_t bytes = 0, eaten = run_of_text(in, &bytes);
	if (!eaten) {
		span_take(in, 1);
		t->state = AFTER_IAC;
		return CODEC_ATE;
	}
	struct span run = span_take(in, eaten);
	return give(msg, TELNET_IS_TEXT, span_of(run.p, bytes));
}

static enum codec_got take_command(struct telnet *t, struct span *in, struct codec_msg *msg)
{
	struct span byte = span_take(in, 1);
	uint8_t command = (uint8_t)*byte.p;
	t->state = IN_TEXT;
	t->command[0] = command;
	if (command == TELNET_IAC)
		return give(msg, TELNET_IS_TEXT, byte);
	if (command >= TELNET_WILL) {
		t->state = AFTER_VERB;
		return CODEC_ATE;
	}
	if (command == TELNET_SB) {
		t->state = IN_SUB;
		t->too_long = false;
		return CODEC_ATE;
	}
	return give(msg, TELNET_IS_COMMAND, span_of(t->command, 1));
}

static enum codec_got take_option(struct telnet *t, struct span *in, struct codec_msg *msg)
{
	t->command[1] = (uint8_t)*span_take(in, 1).p;
	t->state = IN_TEXT;
	return give(msg, TELNET_IS_ASK, span_of(t->command, 2));
}

static void sub_put(struct telnet *t, struct span bytes)
{
	if (!t->sub.n && !t->too_long && bytes.n)
		t->command[1] = (uint8_t)*bytes.p;
	if (t->too_long)
		return;
	if (bytes.n > t->max - t->sub.n) {
		t->too_long = true;
		buf_fini(&t->sub);
		return;
	}
	buf_span(&t->sub, bytes);
}

static enum codec_got take_sub(struct telnet *t, struct span *in)
{
	size_t n = span_until(*in, (char)TELNET_IAC).n;
	sub_put(t, span_take(in, n));
	if (in->n) {
		span_take(in, 1);
		t->state = AFTER_SUB_IAC;
	}
	return CODEC_ATE;
}

static void begin_inflating(struct telnet *t)
{
	t->inflation = mem_zalloc(sizeof *t->inflation);
	t->inflation->z = zstream_inflater(WINDOW_BITS);
}

static enum codec_got cut(struct telnet *t, struct codec_msg *msg)
{
	if (!t->sub.n && !t->too_long)
		return CODEC_ATE; // not even an option
	buf_fini(&t->sub);
	t->too_long = false;
	return give(msg, TELNET_IS_CUT, span_of(t->command + 1, 1));
}

static enum codec_got take_sub_iac(struct telnet *t, struct span *in, struct codec_msg *msg)
{
	uint8_t byte = (uint8_t)*in->p;
	if (byte == TELNET_IAC) {
		sub_put(t, span_take(in, 1));
		t->state = IN_SUB;
		return CODEC_ATE;
	}
	if (byte != TELNET_SE) { // it never ended; this is a command, whose turn comes next
		t->state = AFTER_IAC;
		return t->sub.n || t->too_long ? cut(t, msg) : take_command(t, in, msg);
	}
	span_take(in, 1);
	t->state = IN_TEXT;
	if (!t->sub.n || t->too_long)
		return cut(t, msg);
	t->lent = true;
	if (t->sub.n == 1 && (uint8_t)*t->sub.p == MCCP3 && t->expect_zlib && !t->inflation)
		begin_inflating(t);
	return give(msg, TELNET_IS_SUB, buf_bytes(&t->sub));
}

static enum codec_got take_plain(struct telnet *t, struct span *in, struct codec_msg *msg)
{
	switch ((enum state)t->state) {
	case IN_TEXT: return take_text(t, in, msg);
	case AFTER_IAC: return take_command(t, in, msg);
	case AFTER_VERB: return take_option(t, in, msg);
	case IN_SUB: return take_sub(t, in);
	case AFTER_SUB_IAC: return take_sub_iac(t, in, msg);
	}
	bug("state");
}

// --- MCCP3 ---

// Some of what was inflated.  MORE: there is nothing left of it.
static enum codec_got take_inflated(struct telnet *t, struct codec_msg *msg)
{
	struct inflation *f = t->inflation;
	enum codec_got got = CODEC_ATE;
	while (f->at < f->out.n && got == CODEC_ATE) {
		struct span rest = span_of(f->out.p + f->at, f->out.n - f->at);
		size_t had = rest.n;
		got = take_plain(t, &rest, msg);
		f->at += had - rest.n;
	}
	if (got == CODEC_MSG)
		return got;
	f->at = 0;
	buf_fini(&f->out);
	return CODEC_MORE;
}

// Looked at where every TELNET_INFLATE_BYTES end, so that it does not depend on how they came.
static bool is_bomb(const struct telnet *t)
{
	return t->made >= TELNET_RATIO_FROM && t->made % TELNET_INFLATE_BYTES == 0 &&
	       t->made / TELNET_RATIO_MAX > t->came;
}

// Inflates up to the next TELNET_INFLATE_BYTES and moves `in`.
static void inflate_some(struct telnet *t, struct span *in)
{
	struct inflation *f = t->inflation;
	z_stream *z = f->z;
	size_t room = TELNET_INFLATE_BYTES - t->made % TELNET_INFLATE_BYTES;
	ensure(buf_reserve(&f->out, room));
	z->next_in = (Bytef *)in->p + f->ahead;
	z->avail_in = (uInt)(in->n - f->ahead);
	z->next_out = (Bytef *)f->out.p;
	z->avail_out = (uInt)room;
	size_t had = z->avail_in;
	int result = inflate(z, Z_SYNC_FLUSH);
	size_t used = had - z->avail_in;
	f->out.n = room - z->avail_out;
	f->ended = result == Z_STREAM_END;
	f->bad = !f->ended && result != Z_OK && result != Z_BUF_ERROR;
	t->came += used;
	t->made += f->out.n;
	used += f->ahead;
	f->ahead = f->out.n > 0 || f->ended || f->bad;
	ensure(used);
	span_take(in, used - f->ahead);
}

static enum codec_got take_zlib(struct telnet *t, struct span *in, struct codec_msg *msg)
{
	struct inflation *f = t->inflation;
	enum codec_got got = take_inflated(t, msg);
	if (got == CODEC_MSG)
		return got;
	if (f->bad || is_bomb(t)) {
		*msg = (struct codec_msg){.why = f->bad ? "bad compressed data" : "bomb"};
		msg->too_big = !f->bad;
		return CODEC_BAD;
	}
	size_t had = in->n;
	if (f->ended) {
		span_take(in, f->ahead);
		inflation_free(t);
		return CODEC_ATE;
	}
	inflate_some(t, in);
	return in->n < had ? CODEC_ATE : take_zlib(t, in, msg);
}

static enum codec_got telnet_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct telnet *t = state;
	(void)reply;
	if (t->lent)
		buf_fini(&t->sub);
	t->lent = false;
	if (!in->n)
		return CODEC_MORE;
	return t->inflation ? take_zlib(t, in, msg) : take_plain(t, in, msg);
}

// --- writing ---

void telnet_put_text(struct buf *out, struct span text)
{
	while (text.n) {
		struct span run = span_until(text, (char)TELNET_IAC);
		run.n += run.n < text.n;
		buf_span(out, span_take(&text, run.n));
		if ((uint8_t)run.p[run.n - 1] == TELNET_IAC)
			buf_char(out, (char)TELNET_IAC);
	}
}

void telnet_put_command(struct buf *out, enum telnet_command command)
{
	const char bytes[] = {(char)TELNET_IAC, (char)command};
	buf_put(out, bytes, sizeof bytes);
}

void telnet_put_ask(struct buf *out, enum telnet_command verb, uint8_t option)
{
	telnet_put_command(out, verb);
	buf_char(out, (char)option);
}

void telnet_put_sub(struct buf *out, uint8_t option, struct span says)
{
	const char byte = (char)option;
	telnet_put_command(out, TELNET_SB);
	telnet_put_text(out, span_of(&byte, 1));
	telnet_put_text(out, says);
	telnet_put_command(out, TELNET_SE);
}

static void telnet_put(void *state, struct buf *out, struct codec_msg msg)
{
	(void)state;
	struct span body = msg.body;
	switch ((enum telnet_kind)msg.kind) {
	case TELNET_IS_TEXT: telnet_put_text(out, body); return;
	case TELNET_IS_COMMAND: telnet_put_command(out, (uint8_t)body.p[0]); return;
	case TELNET_IS_ASK: telnet_put_ask(out, (uint8_t)body.p[0], (uint8_t)body.p[1]); return;
	case TELNET_IS_SUB: telnet_put_sub(out, (uint8_t)*span_take(&body, 1).p, body); return;
	case TELNET_IS_CUT: break; // nobody says half of a thing
	}
}

const struct codec codec_telnet = {
	.name = "telnet",
	.state_bytes = sizeof(struct telnet),
	.holds = true,
	.init = telnet_init,
	.fini = telnet_fini,
	.take = telnet_take,
	.put = telnet_put,
};
