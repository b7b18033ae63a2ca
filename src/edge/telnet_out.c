// SPDX-License-Identifier: MIT
// What players read: shared where many read the same, with marks behind prompts.
//
// Once a client has seen GA or EOR it may hold back a line without an end until the next, so whatever
// is to be read now ends in a newline or in a mark, with nothing between.  A game that knows no marks
// has prompts all the same: behind the gate's own, which had one, theirs are marked when no more comes.
#include "base/clock.h"
#include "edge/telnet_priv.h"

enum { QUIET_MS = 250 }; // then half a line is a prompt; the rest of one follows sooner

void telnet_write(struct telnet *t, struct span wire)
{
	if (!wire.n || !conn_is_open(t->conn))
		return;
	if (t->deflater)
		telnet_deflate(t, wire);
	else
		conn_write(t->conn, wire);
}

void telnet_wire(struct telnet *t)
{
	telnet_write(t, buf_bytes(&t->all->wire));
	buf_clear(&t->all->wire);
}

void telnet_share(struct telnet *t, struct blob *b, uint32_t from, uint32_t to)
{
	if (from == to || !conn_is_open(t->conn))
		return;
	if (t->deflater)
		telnet_deflate_share(t, b, from, to);
	else
		conn_share(t->conn, b, from, to);
}

void telnet_mark(struct telnet *t)
{
	bool eor = telnet_us(t, TELNET_OPT_EOR), ga = t->speaks && !telnet_us(t, TELNET_OPT_SGA);
	const char mark[] = {(char)TELNET_IAC, (char)(eor ? TELNET_EOR : TELNET_GA)};
	t->mark_ms = CLOCK_NEVER;
	if (!eor && !ga)
		return;
	t->marked = true;
	telnet_write(t, span_of(mark, sizeof mark));
}

// What is shared begins and ends without a style.
static void lift_pen(struct telnet *t)
{
	if (!style_eq(&t->pen.style, &(struct style){0}))
		telnet_write(t, SPAN("\x1b[0m"));
	t->pen = (struct pen){0};
}

// What stands behind a prompt is not painted in its colours, nor is its newline.
void telnet_fresh_line(struct telnet *t)
{
	lift_pen(t);
	if (t->mid_line)
		telnet_write(t, SPAN("\r\n"));
	t->mid_line = false;
	t->mark_ms = CLOCK_NEVER;
}

void telnet_say(struct telnet *t, const char *words)
{
	bool typing = telnet_edit_aside(t);
	telnet_fresh_line(t);
	buf_str(&t->all->wire, words);
	buf_lit(&t->all->wire, "\r\n");
	telnet_wire(t);
	if (typing)
		telnet_edit_again(t);
}

// --- showing ---

static void show_shared(struct telnet *t, struct showing *s)
{
	lift_pen(t);
	const struct shown *shown = showing_for(s, &t->terminal.look);
	telnet_share(t, shown->blob, shown->from, shown->to);
}

static void show_text(struct telnet *t, struct showing *s)
{
	if (s->stream) {
		render_telnet(s->rich, &t->terminal.look, &t->pen, false, &t->all->wire);
		telnet_wire(t);
	} else {
		show_shared(t, s);
	}
	size_t n = s->rich->text.n;
	if (n)
		t->mid_line = s->rich->text.p[n - 1] != '\n';
}

// Half a line that a game left standing.
static void expect_mark(struct telnet *t)
{
	t->mark_ms = t->marked && t->mid_line ? clock_ms() + QUIET_MS : CLOCK_NEVER;
	if (t->mark_ms != CLOCK_NEVER)
		telnet_arm(t);
}

void telnet_show(struct terminal *term, struct showing *s)
{
	struct telnet *t = telnet_of(term);
	if (!conn_is_open(t->conn))
		return;
	bool typing = telnet_edit_aside(t);
	if (s->notice)
		telnet_fresh_line(t);
	show_text(t, s);
	if (s->notice)
		telnet_fresh_line(t);
	if (s->prompt)
		telnet_mark(t);
	else if (s->rich->text.n)
		expect_mark(t);
	if (typing)
		telnet_edit_again(t);
}

// Whatever the game left open at the client: a style, an MXP tag, and a mode in which it could open one.
void telnet_reset(struct terminal *term)
{
	struct telnet *t = telnet_of(term);
	lift_pen(t);
	if (telnet_us(t, TELNET_OPT_MXP) || telnet_him(t, TELNET_OPT_MXP))
		telnet_write(t, SPAN("\x1b[3z" MXP_OPEN));
}
