// SPDX-License-Identifier: MIT
// AMP's framing.  A key's length is at most 255, so its first byte is 0: anything else is a peer that
// speaks something different, such as HTTP.  Remembers how far it has looked, so that a box that drips
// in byte by byte is walked once and not once per byte.
#include "proto/amp.h"
#include "proto/codecs.h"

struct amp {
	size_t max;     // bytes of a box without its end
	size_t looked;  // bytes of the present box that are whole lengths and texts
	unsigned pairs; // so many texts, keys and values
};

static void amp_init(void *state, size_t max)
{
	struct amp *a = state;
	*a = (struct amp){.max = max};
}

static enum codec_got bad(struct codec_msg *msg, const char *why, bool too_big)
{
	*msg = (struct codec_msg){.why = why, .too_big = too_big};
	return CODEC_BAD;
}

static bool is_key(const struct amp *a)
{
	return a->pairs % 2 == 0;
}

static enum codec_got whole(struct amp *a, struct span *in, struct codec_msg *msg)
{
	*msg = (struct codec_msg){.body = span_take(in, a->looked)};
	span_take(in, 2);
	a->looked = 0;
	a->pairs = 0;
	return CODEC_MSG;
}

// One text after the other; the length is judged as soon as it is there.
static enum codec_got amp_take(
	void *state, struct span *in, struct codec_msg *msg, struct buf *reply)
{
	struct amp *a = state;
	(void)reply;
	for (;;) {
		const uint8_t *at = (const uint8_t *)in->p + a->looked;
		size_t left = in->n - a->looked;
		if (left && is_key(a) && at[0])
			return bad(msg, "not AMP", false);
		if (left < 2)
			return CODEC_MORE;
		size_t n = (size_t)at[0] << 8 | at[1];
		if (is_key(a) && !n)
			return whole(a, in, msg);
		if (a->looked + 2 + n > a->max)
			return bad(msg, "box too big", true);
		if (is_key(a) && a->pairs / 2 >= AMP_PAIRS_MAX)
			return bad(msg, "too many keys", true);
		if (left - 2 < n)
			return CODEC_MORE;
		a->looked += 2 + n;
		a->pairs++;
	}
}

static void amp_put_box(void *state, struct buf *out, struct codec_msg msg)
{
	(void)state;
	buf_span(out, msg.body);
	buf_put(out, "\0", 2);
}

const struct codec codec_amp = {
	.name = "amp",
	.state_bytes = sizeof(struct amp),
	.init = amp_init,
	.take = amp_take,
	.put = amp_put_box,
};
