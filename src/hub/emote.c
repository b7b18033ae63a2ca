// SPDX-License-Identifier: MIT
#include "hub/emote.h"
#include "base/utf8.h"

static const struct span *name_at(const struct emote_names *names, struct span text)
{
	if (text.n < 2 || text.p[0] != '$')
		return NULL;
	if (text.p[1] == 'N')
		return &names->by;
	return text.p[1] == 'O' && names->aimed ? &names->to : NULL;
}

static bool has_tokens(const struct emote_names *names, struct span text)
{
	for (; text.n > 1; span_take(&text, 1))
		if (name_at(names, text))
			return true;
	return false;
}

static void put_name(struct buf *out, struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] != '$')
			buf_char(out, name.p[i]);
}

struct span emote_fill(struct arena *arena, struct span text, const struct emote_names *names)
{
	struct buf out = {0};
	if (!has_tokens(names, text))
		return text;
	while (text.n && out.n <= EMOTE_FILLED_MAX) {
		const struct span *name = name_at(names, text);
		if (name)
			put_name(&out, *name);
		else
			buf_char(&out, text.p[0]);
		span_take(&text, name ? 2 : 1);
	}
	struct span filled = arena_span(arena, utf8_cut(buf_bytes(&out), EMOTE_FILLED_MAX));
	buf_fini(&out);
	return filled;
}
