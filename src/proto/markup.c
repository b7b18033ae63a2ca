// SPDX-License-Identifier: MIT
// Streams of games' text: escape sequences (ECMA-48 as terminals read it), controls, characters that
// are cut, MSP's triggers.  What remains is text, or a code of the stream's dialect.
#include "base/utf8.h"
#include "proto/markup_priv.h"

enum { TEXT, STRING }; // state

enum {                     // bytes
	CSI_MAX = 128,     // of a sequence; beyond that it is text again.  48;2;255;255;255 is 17
	DESIGNATE_MAX = 8, // of ESC and intermediates; real ones have one or two
};

void markup_text(struct markup *m, struct span s, struct rich *out)
{
	if (!s.n)
		return;
	rich_text(out, s);
	m->midline = s.p[s.n - 1] != '\n';
	m->heard = false;
}

// --- escape sequences ---

// CSI with `head` bytes before its parameters.
static size_t control_sequence(
	struct markup *m, struct span s, size_t head, bool whole, struct rich *out)
{
	size_t n = min_size(s.n, CSI_MAX), i = head;
	while (i < n && s.p[i] >= 0x30 && s.p[i] <= 0x3f)
		i++;
	struct span parameters = span_of(s.p + head, i - head);
	while (i < n && s.p[i] >= 0x20 && s.p[i] <= 0x2f)
		i++;
	if (i == n)
		return n == CSI_MAX || whole ? n : 0;
	if (s.p[i] < 0x40 || s.p[i] > 0x7e)
		return i;                      // no sequence: what broke it is looked at by itself
	bool plain = i == head + parameters.n; // no intermediates
	if (s.p[i] == 'm' && plain && dialect_kinds[m->dialect]->escapes) {
		markup_sgr(&m->style, parameters);
		rich_style(out, &m->style);
	}
	return i + 1;
}

static size_t begin_string(struct markup *m, size_t head)
{
	m->state = STRING;
	m->n = 0;
	return head;
}

static size_t escape(struct markup *m, struct span s, bool whole, struct rich *out)
{
	if (s.n < 2)
		return whole;
	char c = s.p[1];
	if (c == '[')
		return control_sequence(m, s, 2, whole, out);
	if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_')
		return begin_string(m, 2);
	if (c >= 0x30 && c <= 0x7e)
		return 2;
	size_t n = min_size(s.n, DESIGNATE_MAX), i = 1;
	while (i < n && s.p[i] >= 0x20 && s.p[i] <= 0x2f)
		i++;
	if (i == n)
		return n == DESIGNATE_MAX || whole ? n : 0;
	return s.p[i] >= 0x30 && s.p[i] <= 0x7e ? i + 1 : i;
}

// Ends at BEL; before a new line, an ESC (its ESC \ is a sequence as any) or what cancels; after
// its bound.
static size_t skip_string(struct markup *m, struct span s)
{
	size_t n = min_size(s.n, (size_t)MARKUP_STRING_MAX - m->n), i = 0;
	while (i < n && s.p[i] != '\a' && s.p[i] != '\n' && s.p[i] != '\x1b' && s.p[i] != '\x18' &&
		s.p[i] != '\x1a')
		i++;
	m->n = (uint16_t)(m->n + i);
	if (i < n || m->n == MARKUP_STRING_MAX) {
		m->state = TEXT;
		m->n = 0;
	}
	return i < n && s.p[i] == '\a' ? i + 1 : i;
}

// --- characters ---

static size_t control_character(
	struct markup *m, uint32_t code, struct span s, bool whole, struct rich *out)
{
	if (code == 0x9b)
		return control_sequence(m, s, 2, whole, out);
	bool string = code == 0x90 || code == 0x98 || code >= 0x9d;
	return string ? begin_string(m, 2) : 2;
}

static size_t character(struct markup *m, struct span s, bool whole, struct rich *out)
{
	size_t i = 0;
	uint32_t code = 0;
	int bytes = 1;
	while (i < s.n && (uint8_t)s.p[i] >= 0x80) {
		bytes = utf8_next(s.p + i, s.n - i, &code);
		if (bytes <= 0 || code < 0xa0)
			break;
		i += (size_t)bytes;
	}
	if (i) {
		markup_text(m, span_of(s.p, i), out);
		return i;
	}
	if (bytes > 0)
		return control_character(m, code, s, whole, out);
	if (!bytes && !whole)
		return 0;
	markup_text(m, SPAN("\xef\xbf\xbd"), out); // U+FFFD
	return 1;
}

static size_t common(struct span s, const char *word)
{
	size_t i = 0;
	while (i < s.n && word[i] && s.p[i] == word[i])
		i++;
	return i;
}

// !!SOUND(…) or !!MUSIC(…) at the beginning of a line.
static size_t sound(struct markup *m, struct span s, bool whole, struct rich *out)
{
	enum { TRIGGER = 8 };
	size_t n = min_size(s.n, MARKUP_PART_MAX);
	size_t i = max_size(common(s, "!!SOUND("), common(s, "!!MUSIC("));
	if (i == TRIGGER)
		while (i < n && s.p[i] >= ' ' && s.p[i] < 0x7f && s.p[i] != ')')
			i++;
	if (i == n && n < MARKUP_PART_MAX && !whole)
		return 0;
	if (i < TRIGGER || i == n || s.p[i] != ')') {
		markup_text(m, span_of(s.p, 1), out);
		return 1;
	}
	rich_mark(out, RICH_SOUND, span_of(s.p, i + 1), SPAN(""));
	m->heard = true;
	return i + 1;
}

static size_t control(struct markup *m, char c, struct rich *out)
{
	if (c == '\n' && m->heard)
		m->heard = false;
	else if (c == '\n')
		markup_text(m, SPAN("\n"), out);
	else if (c == '\a' && dialect_kinds[m->dialect]->escapes)
		rich_mark(out, RICH_BELL, SPAN(""), SPAN(""));
	return 1;
}

// The byte at the front is no plain text.  → bytes eaten; 0: more are needed.
static size_t special(struct markup *m, struct span s, bool whole, struct rich *out)
{
	char c = s.p[0];
	if (strchr(dialect_kinds[m->dialect]->leads, c) && c)
		return dialect_kinds[m->dialect]->code(m, s, whole, out);
	if (c == '\x1b')
		return escape(m, s, whole, out);
	if ((uint8_t)c >= 0x80)
		return character(m, s, whole, out);
	if (c == '!' && !m->midline)
		return sound(m, s, whole, out);
	if (c == '!')
		markup_text(m, span_of(&s.p[0], 1), out);
	else
		return control(m, c, out);
	return 1;
}

// --- the stream ---

// Bytes that are not copied as they are.
static void find_stops(const struct markup *m, bool stop[256])
{
	memset(stop, 1, ' ');
	memset(stop + ' ', 0, 0x7f - ' ');
	memset(stop + 0x7f, 1, 256 - 0x7f);
	stop['\t'] = false;
	stop['\n'] = stop['!'] = m->sounds;
	for (const char *lead = dialect_kinds[m->dialect]->leads; *lead; lead++)
		stop[(uint8_t)*lead] = true;
}

// → bytes read; the rest, less than MARKUP_PART_MAX, is not whole yet.
static size_t run(
	struct markup *m, const bool stop[256], struct span s, bool whole, struct rich *out)
{
	size_t i = 0;
	while (i < s.n) {
		if (m->state == STRING) {
			i += skip_string(m, span_of(s.p + i, s.n - i));
			continue;
		}
		size_t from = i;
		while (i < s.n && !stop[(uint8_t)s.p[i]])
			i++;
		markup_text(m, span_of(s.p + from, i - from), out);
		if (i == s.n)
			break;
		size_t eaten = special(m, span_of(s.p + i, s.n - i), whole, out);
		if (!eaten)
			break;
		i += eaten;
	}
	ensure(s.n - i < MARKUP_PART_MAX);
	return i;
}

static void keep(struct markup *m, struct span s)
{
	if (m->state == STRING) // n counts it; nothing is left over
		return;
	memcpy(m->part, s.p, s.n);
	m->n = (uint16_t)s.n;
}

// What waits, with what comes.
static void run_part(struct markup *m, const bool stop[256], struct span *s, struct rich *out)
{
	char both[MARKUP_PART_MAX];
	size_t old = m->n, more = min_size(sizeof both - old, s->n);
	memcpy(both, m->part, old);
	memcpy(both + old, s->p, more);
	m->n = 0;
	size_t used = run(m, stop, span_of(both, old + more), false, out);
	if (used >= old) {
		span_take(s, used - old);
	} else if (more == s->n) {
		span_take(s, more);
		keep(m, span_of(both + used, old + more - used));
	} else {
		keep(m, span_of(both + used, old - used));
	}
}

void markup_read(struct markup *m, struct span s, struct rich *out)
{
	bool stop[256];
	find_stops(m, stop);
	rich_style(out, &m->style);
	while (m->state == TEXT && m->n && s.n)
		run_part(m, stop, &s, out);
	if (!s.n)
		return;
	span_take(&s, run(m, stop, s, false, out));
	if (s.n)
		keep(m, s);
}

static void run_rest(struct markup *m, struct rich *out)
{
	bool stop[256];
	char part[MARKUP_PART_MAX];
	size_t n = m->n;
	find_stops(m, stop);
	memcpy(part, m->part, n);
	m->n = 0;
	size_t used = run(m, stop, span_of(part, n), true, out);
	ensure(used == n);
}

void markup_flush(struct markup *m, struct rich *out)
{
	bool is_code = m->state == TEXT && m->n && (uint8_t)m->part[0] < 0x80;
	rich_style(out, &m->style);
	if (is_code && m->part[0] != '\x1b')
		run_rest(m, out);
}

void markup_end(struct markup *m, struct rich *out)
{
	if (m->state == TEXT)
		run_rest(m, out);
	markup_link_end(m, out);
	markup_reset(m, out);
	*m = (struct markup){.dialect = m->dialect, .sounds = m->sounds};
}
