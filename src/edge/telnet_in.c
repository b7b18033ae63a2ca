// SPDX-License-Identifier: MIT
// What clients type: newlines of all kinds, and how fast lines may come.  Clients send CR LF and CR
// NUL (RFC 854), but also LF, CR and LF CR, and the second half may come in a later read.
//
// The rate is a token bucket that makes lines wait: what is not their turn stays in `rest`, or in the
// connection, which is not read meanwhile.  So nothing is lost, and the order stays.
#include "base/clock.h"
#include "base/mem.h"
#include "edge/telnet_priv.h"
#include <sodium.h>

enum { MS_US = 1000, S_US = 1000000, NUL = 0, TAB = 9, LF = 10, CR = 13, DEL = 127 };

// --- the rate ---

static uint64_t due_us(const struct telnet *t) // when the next line may come
{
	const struct config *c = t->all->config;
	uint64_t burst = S_US / (uint64_t)c->players.lines_per_second *
			 ((uint64_t)c->players.lines_burst - 1);
	return t->lines_due_us > burst ? t->lines_due_us - burst : 0;
}

static bool may_take(const struct telnet *t)
{
	return due_us(t) <= clock_ms() * MS_US;
}

// Only while something waits: else the next line will see.
uint64_t telnet_lines_wait_ms(const struct telnet *t)
{
	uint64_t due = due_us(t), now = clock_ms() * MS_US;
	if (!t->paused)
		return 0;
	return due > now ? (due - now) / MS_US + 1 : 1;
}

static void wait_turn(struct telnet *t)
{
	t->paused = true;
	conn_pause(t->conn);
	telnet_arm(t);
}

void telnet_spend(struct telnet *t)
{
	uint64_t now = clock_ms() * MS_US;
	if (t->lines_due_us < now)
		t->lines_due_us = now;
	t->lines_due_us += S_US / (uint64_t)t->all->config->players.lines_per_second;
	if (!may_take(t))
		wait_turn(t);
}

// --- lines ---

static void give_line(struct telnet *t, struct span line)
{
	const struct terminal_events *events = t->terminal.events;
	bool first = !t->seen_line;
	t->seen_line = true;
	if (first && telnet_is_stranger(t, line))
		return;
	telnet_settle(t);
	if (conn_is_open(t->conn))
		events->line(t->terminal.player, line);
}

static void wipe(struct buf *b)
{
	if (b->cap)
		sodium_memzero(b->p, b->cap);
}

static void end_line(struct telnet *t)
{
	bool cut = t->too_long, hidden = t->hidden;
	telnet_edit_end(t);
	struct buf line = t->line;
	t->line = (struct buf){.max = line.max};
	telnet_spend(t);
	give_line(t, buf_bytes(&line));
	if (cut)
		telnet_say(t, "That line was too long: only its beginning was heard.");
	if (hidden) {
		wipe(&line);
		wipe(&t->all->read);
		wipe(&t->all->clean);
	}
	buf_fini(&line);
}

static bool is_printable(uint8_t c)
{
	return (c >= ' ' && c != DEL) || c == TAB;
}

static size_t printable(struct span raw)
{
	size_t n = 0;
	while (n < raw.n && is_printable((uint8_t)raw.p[n]))
		n++;
	return n;
}

static void take_control(struct telnet *t, uint8_t c)
{
	uint8_t last = t->last;
	t->last = 0;
	if ((last == CR && (c == LF || c == NUL)) || (last == LF && c == CR))
		return; // the other half
	if (c != CR && c != LF) {
		telnet_edit_control(t, c);
		return;
	}
	t->last = c;
	end_line(t);
}

// → when all is taken, or its turn has not come.
static void feed(struct telnet *t, struct span *raw)
{
	while (raw->n && conn_is_open(t->conn) && may_take(t)) {
		size_t n = printable(*raw);
		if (n) {
			t->last = 0;
			telnet_edit_put(t, span_take(raw, n));
		} else {
			take_control(t, (uint8_t)*span_take(raw, 1).p);
		}
	}
}

void telnet_text(struct telnet *t, struct span raw)
{
	if (!t->seen_text && telnet_is_hello(t, raw))
		return;
	t->seen_text = true;
	ensure(!t->rest.n); // nothing is read while something waits
	feed(t, &raw);
	if (raw.n && conn_is_open(t->conn)) {
		buf_span(&t->rest, raw);
		wait_turn(t);
	}
}

void telnet_go_on(struct telnet *t)
{
	struct buf rest = t->rest;
	struct span raw = buf_bytes(&rest);
	t->rest = (struct buf){0};
	feed(t, &raw);
	if (raw.n && conn_is_open(t->conn))
		buf_span(&t->rest, raw);
	buf_fini(&rest);
	if (t->rest.n || !may_take(t))
		return;
	t->paused = false;
	conn_resume(t->conn);
}
