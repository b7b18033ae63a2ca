// SPDX-License-Identifier: MIT
// Lines end in LF; a CR before it goes too.  Remembers how far it has looked, so that a line that
// drips in byte by byte is scanned once and not once per byte.
#include "proto/codecs.h"

struct line {
	size_t max;    // bytes, without the LF
	size_t looked; // bytes of the present input known to hold no LF
};

static void line_init(void *state, size_t max)
{
	struct line *l = state;
	*l = (struct line){.max = max};
}

static enum codec_got line_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct line *l = state;
	(void)reply;
	const char *lf =
		in->n > l->looked ? memchr(in->p + l->looked, '\n', in->n - l->looked) : NULL;
	size_t n = lf ? (size_t)(lf - in->p) : in->n;
	if (n > l->max) {
		*msg = (struct codec_msg){.why = "line too long", .too_big = true};
		return CODEC_BAD;
	}
	if (!lf) {
		l->looked = in->n;
		return CODEC_MORE;
	}
	l->looked = 0;
	struct span text = span_take(in, n);
	span_take(in, 1);
	if (text.n && text.p[text.n - 1] == '\r')
		text.n--;
	*msg = (struct codec_msg){.body = text};
	return CODEC_MSG;
}

static void line_put(void *state, struct buf *out, struct codec_msg msg)
{
	(void)state;
	buf_span(out, msg.body);
	buf_char(out, '\n');
}

const struct codec codec_line = {
	.name = "line",
	.state_bytes = sizeof(struct line),
	.init = line_init,
	.take = line_take,
	.put = line_put,
};
