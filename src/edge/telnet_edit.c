// SPDX-License-Identifier: MIT
// The line at hand.  Clients that send it as a whole need none of this but its bound.  Those that
// send each character (SGA was agreed: plain telnet, PuTTY) have it edited here, and, when they left
// the echo to us, shown.
#include "base/clock.h"
#include "base/utf8.h"
#include "edge/telnet_priv.h"
#include "proto/cells.h"

enum {
	BS = 8,
	TAB = 9,
	CTRL_R = 18, // shows the line again
	CTRL_U = 21, // takes it back
	CTRL_W = 23, // takes its last word back
	ESC = 27,
	DEL = 127,
};

enum { ESCAPE_NONE, ESCAPE_BEGUN, ESCAPE_PARAMETERS }; // telnet->escape: arrow keys and the like

bool telnet_edits(const struct telnet *t)
{
	return t->echoes || telnet_us(t, TELNET_OPT_SGA);
}

static bool shows(const struct telnet *t)
{
	return t->echoes && !t->hidden && telnet_us(t, TELNET_OPT_ECHO);
}

// --- echo ---

static void echo(struct telnet *t, struct span utf8)
{
	struct buf *read = &t->all->read;
	if (!shows(t) || !utf8.n)
		return;
	buf_clear(read);
	charset_write((enum charset)t->terminal.look.charset, utf8, read);
	telnet_put_text(&t->all->wire, buf_bytes(read));
	telnet_wire(t);
}

static size_t cells_of(struct span utf8)
{
	size_t sum = 0;
	while (utf8.n) {
		size_t cells = 0;
		span_take(&utf8, cells_next(utf8, &cells));
		sum += cells;
	}
	return sum;
}

// The end of the line is taken back, from byte `to` on.
static void take_back(struct telnet *t, size_t to)
{
	size_t cells = cells_of(span_of(t->line.p + to, t->line.n - to));
	t->line.n = to;
	if (!shows(t))
		return;
	for (size_t i = 0; i < cells; i++)
		buf_lit(&t->all->wire, "\b \b");
	telnet_wire(t);
}

// Where the last character begins, with the marks over it.
static size_t last_character(struct span line)
{
	size_t cells = 0, n = line.n;
	while (n && !cells) {
		do
			n--;
		while (n && (line.p[n] & 0xc0) == 0x80);
		cells_next(span_of(line.p + n, line.n - n), &cells);
	}
	return n;
}

static size_t last_word(struct span line)
{
	size_t n = line.n;
	while (n && line.p[n - 1] == ' ')
		n--;
	while (n && line.p[n - 1] != ' ')
		n--;
	return n;
}

// --- what comes in ---

static struct span without_escapes(struct telnet *t, struct span raw)
{
	while (raw.n && t->escape) {
		uint8_t c = (uint8_t)*span_take(&raw, 1).p;
		if (t->escape == ESCAPE_BEGUN)
			t->escape = c == '[' || c == 'O' ? ESCAPE_PARAMETERS : ESCAPE_NONE;
		else if (c >= '@' && c <= '~')
			t->escape = ESCAPE_NONE;
	}
	return raw;
}

static void append(struct telnet *t, struct span utf8)
{
	struct buf *clean = &t->all->clean;
	buf_clear(clean);
	text_clean(utf8, clean);
	if (telnet_edits(t))
		for (size_t i = 0; i < clean->n; i++)
			if (clean->p[i] == TAB)
				clean->p[i] = ' '; // which can be taken back
	struct span piece = utf8_cut(buf_bytes(clean), TERMINAL_LINE_MAX - t->line.n);
	t->too_long |= piece.n < clean->n;
	size_t at = t->line.n;
	buf_span(&t->line, piece);
	echo(t, span_of(t->line.p + at, piece.n));
}

void telnet_edit_put(struct telnet *t, struct span raw)
{
	struct buf *read = &t->all->read;
	raw = without_escapes(t, raw);
	if (!raw.n || t->too_long)
		return;
	buf_clear(read);
	charset_read(&t->charset, raw, read);
	append(t, buf_bytes(read));
}

void telnet_edit_kill(struct telnet *t)
{
	take_back(t, 0);
	t->too_long = false;
}

void telnet_edit_control(struct telnet *t, uint8_t c)
{
	struct span line = buf_bytes(&t->line);
	if (c == ESC && telnet_edits(t))
		t->escape = ESCAPE_BEGUN;
	if (c == BS || c == DEL)
		take_back(t, last_character(line));
	else if (c == CTRL_U)
		telnet_edit_kill(t);
	else if (c == CTRL_W)
		take_back(t, last_word(line));
	else if (c == CTRL_R && telnet_edit_aside(t))
		telnet_edit_again(t);
}

// --- text that comes while somebody types ---

bool telnet_edit_aside(struct telnet *t)
{
	if (!t->line.n || !shows(t))
		return false;
	t->mid_line = true;
	telnet_fresh_line(t);
	return true;
}

void telnet_edit_again(struct telnet *t)
{
	echo(t, buf_bytes(&t->line));
	t->mid_line = true;
}

// A character that is not whole is as good as it gets.
static void end_character(struct telnet *t)
{
	struct buf *read = &t->all->read;
	if (!t->charset.n)
		return;
	buf_clear(read);
	charset_read(&t->charset, SPAN("\n"), read);
	append(t, buf_bytes(read));
}

// Who types sees the cursor on the next line: by its own doing, or, where it shows nothing, by ours.
void telnet_edit_end(struct telnet *t)
{
	end_character(t);
	if (t->hidden || shows(t)) {
		t->mid_line = true;
		telnet_fresh_line(t);
	}
	t->mid_line = t->too_long = false;
	t->mark_ms = CLOCK_NEVER;
	t->escape = ESCAPE_NONE;
	t->pen.column = 0;
}
