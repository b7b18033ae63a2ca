// SPDX-License-Identifier: MIT
#include "bridge/tap.h"
#include "base/clock.h"
#include "base/mem.h"

struct bridge_tap {
	struct coalesce pace;
	uint64_t due_ms; // 0: it waits for nothing
	bool is_new;     // so was its cursor, when its consumer came
	size_t n;        // bytes of the channel's id
	char channel[];
};

struct bridge_tap *bridge_tap_new(const struct coalesce_wish *w, struct span channel)
{
	struct bridge_tap *t = mem_zalloc(sizeof *t + channel.n);
	char *at = t->channel;
	t->n = channel.n;
	span_put(&at, channel);
	t->is_new = true;
	if (w->messages)
		ensure(coalesce_init(&t->pace, w)); // the handshake was checked
	return t;
}

void bridge_tap_opened(struct bridge_tap *t, bool is_new)
{
	t->is_new = is_new;
}

struct span bridge_tap_channel(const struct bridge_tap *t)
{
	return span_of(t->channel, t->n);
}

bool bridge_tap_is_new(const struct bridge_tap *t)
{
	return t->is_new;
}

uint64_t bridge_tap_due_ms(const struct bridge_tap *t)
{
	return t->due_ms;
}

// --- joining ---

// The lines that may become one with the first: from seq on, of one meta, and not more than could
// fit.  One that cannot be read goes alone.
static size_t collect(struct bridge_tap *t, const struct stream *s, uint64_t seq, struct arena *a,
	struct bridge_kept_line lines[COALESCE_LINES_MAX])
{
	struct stream_entry e;
	size_t n = 0, bytes = 0, most = (size_t)t->pace.wish.units * 4; // UTF-8's longest
	while (n < COALESCE_LINES_MAX && bytes <= most && stream_read(s, seq + n, &e)) {
		if (!bridge_read_line(a, e.text, &lines[n]) ||
			(n && !span_eq(lines[n].meta, lines[0].meta)))
			break;
		bytes += lines[n++].line.content.n;
	}
	return n;
}

static size_t permitted(struct bridge_tap *t, const struct bridge_kept_line *lines, size_t n)
{
	struct coalesce_line at[COALESCE_LINES_MAX] = {0};
	for (size_t i = 0; i < n; i++)
		at[i] = lines[i].line;
	return coalesce_take(&t->pace, at, n ? n : 1, clock_ms());
}

static bool take_paced(struct bridge_tap *t, struct cursor *c, const struct stream_entry *first,
	struct arena *a, struct buf *out)
{
	const struct stream *s = cursor_stream(c);
	struct bridge_kept_line lines[COALESCE_LINES_MAX];
	uint64_t now = clock_ms(), due = coalesce_due_ms(&t->pace);
	if (due > now) {
		t->due_ms = due;
		return false;
	}
	arena_clear(a);
	size_t n = permitted(t, lines, collect(t, s, first->seq, a, lines));
	ensure(n);
	struct bridge_place last = {first->seq + n - 1, stream_epoch(s)};
	if (n > 1)
		bridge_put_joined(out, lines, n, &last);
	else
		bridge_put_given(out, first->text, &last);
	cursor_given(c, last.seq);
	return true;
}

bool bridge_tap_take(struct bridge_tap *t, struct cursor *c, struct arena *a, struct buf *out)
{
	struct cursor_item it;
	const struct stream *s = cursor_stream(c);
	enum cursor_got got = cursor_next(c, &it);
	t->due_ms = 0;
	if (got == CURSOR_NOTHING)
		return false;
	if (got == CURSOR_GAP) {
		bridge_put_gap(out, bridge_tap_channel(t), stream_epoch(s), &it.gap);
		cursor_given(c, it.gap.to);
		return true;
	}
	if (t->pace.wish.messages)
		return take_paced(t, c, &it.entry, a, out);
	bridge_put_given(out, it.entry.text, &(struct bridge_place){it.entry.seq, stream_epoch(s)});
	cursor_given(c, it.entry.seq);
	return true;
}
