// SPDX-License-Identifier: MIT
#include "hub/channel_line.h"
#include "base/fields.h"
#include "base/utf8.h"

enum { VERSION = 1 };

void channel_line_put(struct buf *out, const struct channel_line *l)
{
	fields_begin(out, VERSION);
	fields_put_number(out, 'w', l->wall_us);
	if (l->emote)
		fields_put(out, 'e', SPAN(""));
	fields_put(out, 'm', l->from_mud);
	fields_put(out, 'u', l->from_user);
	fields_put(out, 'v', l->visname);
	fields_put(out, 't', l->message);
}

static bool set_text(struct span *to, struct span s)
{
	*to = s;
	return utf8_valid(s);
}

static bool set_field(struct channel_line *l, char tag, struct span s)
{
	switch (tag) {
	case 'w': return fields_number(s, &l->wall_us);
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
	char tag;
	struct span field;
	if (!fields_open(&in, VERSION))
		return false;
	while (fields_take(&in, &tag, &field))
		if (!set_field(l, tag, field))
			return false;
	return !in.n && l->wall_us && l->message.n;
}
