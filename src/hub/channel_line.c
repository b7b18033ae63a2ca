// SPDX-License-Identifier: MIT
#include "hub/channel_line.h"
#include "base/utf8.h"

enum { VERSION = 1, LENGTH_BYTES = 4, TIME_BYTES = 8 };

static void put_number(struct buf *out, uint64_t n, unsigned bytes)
{
	while (bytes--)
		buf_char(out, (char)(n >> 8 * bytes));
}

static uint64_t number_of(struct span s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n = n << 8 | (unsigned char)s.p[i];
	return n;
}

static void put_field(struct buf *out, char tag, struct span s)
{
	buf_char(out, tag);
	put_number(out, s.n, LENGTH_BYTES);
	buf_span(out, s);
}

void channel_line_put(struct buf *out, const struct channel_line *l)
{
	buf_char(out, VERSION);
	buf_char(out, 'w');
	put_number(out, TIME_BYTES, LENGTH_BYTES);
	put_number(out, l->wall_us, TIME_BYTES);
	if (l->emote)
		put_field(out, 'e', SPAN(""));
	put_field(out, 'm', l->from_mud);
	put_field(out, 'u', l->from_user);
	put_field(out, 'v', l->visname);
	put_field(out, 't', l->message);
}

static bool set_text(struct span *to, struct span s)
{
	*to = s;
	return utf8_valid(s);
}

static bool set_field(struct channel_line *l, char tag, struct span s)
{
	switch (tag) {
	case 'w': l->wall_us = number_of(s); return s.n == TIME_BYTES;
	case 'e': l->emote = true; return true;
	case 'm': return set_text(&l->from_mud, s);
	case 'u': return set_text(&l->from_user, s);
	case 'v': return set_text(&l->visname, s);
	case 't': return set_text(&l->message, s);
	default: return true;
	}
}

bool channel_line_read(struct span in, struct channel_line *l)
{
	*l = (struct channel_line){0};
	if (!in.n || span_take(&in, 1).p[0] != VERSION)
		return false;
	while (in.n) {
		char tag = span_take(&in, 1).p[0];
		if (in.n < LENGTH_BYTES)
			return false;
		uint64_t n = number_of(span_take(&in, LENGTH_BYTES));
		if (in.n < n || !set_field(l, tag, span_take(&in, (size_t)n)))
			return false;
	}
	return l->wall_us && l->message.n;
}
