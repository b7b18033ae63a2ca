// SPDX-License-Identifier: MIT
// MudMode, the framing of Intermud-3: four bytes of length, most significant first, then that many
// bytes of LPC text with a NUL at the end.  Senders differ in that end: NUL, CR, nothing, or several
// of them, all counted in the length; what is lent as the message is without them.  A frame of
// nothing but them is an empty message.
#include "proto/codecs.h"

enum { HEADER_BYTES = 4 };

struct mudmode {
	size_t max; // the largest length a frame may state
};

static void mudmode_init(void *state, size_t max)
{
	struct mudmode *m = state;
	*m = (struct mudmode){.max = max};
}

static size_t stated_length(const char *p)
{
	const uint8_t *b = (const uint8_t *)p;
	return (size_t)b[0] << 24 | (size_t)b[1] << 16 | (size_t)b[2] << 8 | b[3];
}

static struct span without_end(struct span frame)
{
	struct span text = span_until(frame, '\0');
	while (text.n && strchr("\r\n ", text.p[text.n - 1]))
		text.n--;
	return text;
}

// The length is judged as soon as it is there: whoever waits for 4 GiB waits for ever.
static enum codec_got mudmode_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	const struct mudmode *m = state;
	(void)reply;
	if (in->n < HEADER_BYTES)
		return CODEC_MORE;
	size_t length = stated_length(in->p);
	if (length == 0) {
		*msg = (struct codec_msg){.why = "frame of length 0"};
		return CODEC_BAD;
	}
	if (length > m->max) {
		*msg = (struct codec_msg){.why = "frame too long", .too_big = true};
		return CODEC_BAD;
	}
	if (in->n - HEADER_BYTES < length)
		return CODEC_MORE;
	span_take(in, HEADER_BYTES);
	*msg = (struct codec_msg){.body = without_end(span_take(in, length))};
	return CODEC_MSG;
}

static void mudmode_put(void *state, struct buf *out, struct codec_msg msg)
{
	(void)state;
	ensure(msg.body.n < UINT32_MAX);
	uint32_t length = (uint32_t)msg.body.n + 1;
	char header[HEADER_BYTES] = {
		(char)(length >> 24), (char)(length >> 16), (char)(length >> 8), (char)length};
	buf_put(out, header, sizeof header);
	buf_span(out, msg.body);
	buf_char(out, '\0');
}

const struct codec codec_mudmode = {
	.name = "mudmode",
	.state_bytes = sizeof(struct mudmode),
	.init = mudmode_init,
	.take = mudmode_take,
	.put = mudmode_put,
};
