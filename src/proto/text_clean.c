// SPDX-License-Identifier: MIT
// What people type, without what would act on others' screens or hide from their eyes.
#include "base/utf8.h"
#include "proto/markup.h"

static bool is_hidden(uint32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200b ||
	       c == 0x200e || c == 0x200f || c == 0xfeff;
}

static bool is_control(uint32_t c)
{
	return (c < ' ' && c != '\t') || (c >= 0x7f && c < 0xa0) || c == 0x2028 || c == 0x2029;
}

void text_clean(struct span s, struct buf *out)
{
	size_t i = 0;
	while (i < s.n) {
		size_t from = i;
		while (i < s.n && s.p[i] >= ' ' && s.p[i] < 0x7f)
			i++;
		buf_put(out, s.p + from, i - from);
		if (i == s.n)
			break;
		uint32_t code;
		int bytes = utf8_next(s.p + i, s.n - i, &code);
		if (bytes <= 0)
			utf8_put(out, 0xfffd);
		else if (!is_control(code) && !is_hidden(code))
			buf_put(out, s.p + i, (size_t)bytes);
		i += bytes > 0 ? (size_t)bytes : 1;
	}
}
