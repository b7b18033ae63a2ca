// SPDX-License-Identifier: MIT
#include "bridge/coalesce.h"

bool coalesce_init(struct coalesce *c, const struct coalesce_wish *wish)
{
	*c = (struct coalesce){.wish = *wish};
	return wish->messages <= COALESCE_MESSAGES_MAX && wish->interval_ms &&
	       wish->interval_ms <= COALESCE_INTERVAL_MAX_MS && wish->units >= COALESCE_UNITS_MIN &&
	       wish->units <= COALESCE_UNITS_MAX;
}

// --- when ---

uint64_t coalesce_due_ms(const struct coalesce *c)
{
	if (!c->wish.messages || c->n < c->wish.messages)
		return 0;
	return c->sent_ms[c->next] + c->wish.interval_ms; // the oldest of the ring
}

static uint32_t permits(const struct coalesce *c, uint64_t now_ms)
{
	uint32_t n = c->wish.messages - c->n;
	for (uint32_t i = 0; i < c->n; i++)
		n += now_ms - c->sent_ms[i] >= c->wish.interval_ms;
	return n;
}

static void note_sent(struct coalesce *c, uint64_t now_ms)
{
	c->sent_ms[c->next] = now_ms;
	c->next = (c->next + 1) % c->wish.messages;
	c->n += c->n < c->wish.messages;
}

// --- how long ---

// Every character is one unit, beyond the BMP, in four bytes, two.
static uint64_t units(struct span s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char byte = (unsigned char)s.p[i];
		n += (byte & 0xc0) != 0x80;
		n += byte >= 0xf0;
	}
	return n;
}

static bool is_break(char c)
{
	return c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

static uint64_t lines_in(struct span s) // or one more for each CR before an LF
{
	uint64_t n = 1;
	for (size_t i = 0; i < s.n; i++)
		n += is_break(s.p[i]);
	return n;
}

static bool is_same_author(const struct coalesce_line *a, const struct coalesce_line *b)
{
	return span_eq(a->author_id, b->author_id) && span_eq(a->author, b->author);
}

struct size {
	uint64_t plain, named;
	bool several;
};

static void add_size(struct size *s, const struct coalesce_line *line, bool first)
{
	uint64_t content = units(line->content) + !first;
	s->plain += content;
	s->named += content + lines_in(line->content) * (units(line->author) + 2);
}

static size_t count_fitting(const struct coalesce *c, const struct coalesce_line *at, size_t n)
{
	struct size size = {0};
	size_t i = 1;
	add_size(&size, &at[0], true);
	for (; i < n && i < COALESCE_LINES_MAX; i++) {
		if (!span_eq(at[i].type, at[0].type) || !span_eq(at[i].channel, at[0].channel))
			break;
		add_size(&size, &at[i], false);
		size.several |= !is_same_author(&at[i], &at[0]);
		if ((size.several ? size.named : size.plain) > c->wish.units)
			break;
	}
	return i;
}

size_t coalesce_take(struct coalesce *c, const struct coalesce_line *at, size_t n, uint64_t now_ms)
{
	if (!n || !c->wish.messages)
		return n > 0;
	uint32_t may = permits(c, now_ms);
	if (!may)
		return 0;
	note_sent(c, now_ms);
	return n <= may ? 1 : count_fitting(c, at, n);
}

// --- putting ---

// A name is one line, whatever its owner wrote into it.
static void put_name(struct buf *out, struct span name)
{
	for (size_t i = 0; i < name.n; i++) {
		unsigned char byte = (unsigned char)name.p[i];
		buf_char(out, byte < 0x20 || byte == 0x7f ? ' ' : name.p[i]);
	}
	buf_lit(out, ": ");
}

static void put_named(struct buf *out, const struct coalesce_line *line)
{
	struct span rest = line->content;
	put_name(out, line->author);
	while (rest.n) {
		char c = span_take(&rest, 1).p[0];
		if (!is_break(c)) {
			buf_char(out, c);
			continue;
		}
		if (c == '\r' && rest.n && rest.p[0] == '\n')
			span_take(&rest, 1);
		buf_char(out, '\n');
		put_name(out, line->author);
	}
}

bool coalesce_put(const struct coalesce_line *at, size_t n, struct buf *content)
{
	bool several = false;
	for (size_t i = 1; i < n; i++)
		several |= !is_same_author(&at[i], &at[0]);
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_char(content, '\n');
		if (several)
			put_named(content, &at[i]);
		else
			buf_span(content, at[i].content);
	}
	return several;
}
