// SPDX-License-Identifier: MIT
// Lines that log in: "connect {name} {password}", "{password}".  One is read as games read it: words
// in any case, the first of them shortened to no less than two letters, a name of several words in
// quotes.
#include "edge/link/telnet_priv.h"
#include <sodium.h>

struct hole {
	struct span mark;
	size_t at, max;
	size_t flag;
};

static const struct hole holes[] = {
	{SPAN("{name}"), offsetof(struct again_secret, name), AGAIN_NAME_MAX,
		offsetof(struct again_secret, has_name)},
	{SPAN("{password}"), offsetof(struct again_secret, password), AGAIN_PASSWORD_MAX,
		offsetof(struct again_secret, has_password)},
};

static const struct hole *hole_at(struct span pattern)
{
	for (size_t i = 0; i < countof(holes); i++)
		if (span_starts(pattern, holes[i].mark))
			return &holes[i];
	return NULL;
}

static bool fill(struct again_secret *s, const struct hole *h, struct span value)
{
	char *to = (char *)s + h->at;
	if (!value.n || value.n > h->max || span_has_controls(value))
		return false;
	memcpy(to, value.p, value.n);
	to[value.n] = '\0';
	*((bool *)s + h->flag) = true;
	return true;
}

static void skip_spaces(struct span *line)
{
	while (line->n && line->p[0] == ' ')
		span_take(line, 1);
}

// The last one of a pattern is all that is left: passwords may have spaces in them.
static struct span take_value(struct span pattern, struct span *line)
{
	struct span value;
	if (!pattern.n)
		return span_take(line, line->n);
	if (line->n && line->p[0] == '"') {
		span_take(line, 1);
		value = span_until(*line, '"');
		span_take(line, min_size(value.n + 1, line->n));
		return value;
	}
	value = span_until(*line, pattern.p[0]);
	span_take(line, value.n);
	return value;
}

// "co Bob secret" for "connect {name} {password}".
static bool take_first_word(struct span *pattern, struct span *line)
{
	enum { LETTERS_MIN = 2 };
	struct span word = span_until(*pattern, ' '), typed = span_until(*line, ' ');
	if (hole_at(word) || typed.n < min_size(LETTERS_MIN, word.n) || typed.n > word.n ||
		!span_caseeq(typed, span_of(word.p, typed.n)))
		return false;
	span_take(pattern, word.n);
	span_take(line, typed.n);
	return true;
}

static bool take_literal(struct span *pattern, struct span *line)
{
	char want = span_take(pattern, 1).p[0];
	if (!line->n || ascii_lower(line->p[0]) != ascii_lower(want))
		return false;
	span_take(line, 1);
	if (want == ' ')
		skip_spaces(line);
	return true;
}

static bool match(struct span pattern, struct span line, struct again_secret *s)
{
	if (!hole_at(pattern) && !take_first_word(&pattern, &line))
		return false;
	while (pattern.n) {
		const struct hole *h = hole_at(pattern);
		if (h)
			span_take(&pattern, h->mark.n);
		if (h ? !fill(s, h, take_value(pattern, &line)) : !take_literal(&pattern, &line))
			return false;
	}
	return !line.n;
}

bool template_read(const char *pattern, struct span line, struct again_secret *out)
{
	struct again_secret s = *out;
	bool matches = match(span_trim(span_str(pattern)), span_trim(line), &s);
	if (matches)
		*out = s;
	sodium_memzero(&s, sizeof s);
	return matches;
}

void template_write(const char *pattern, const struct again_secret *s, struct buf *out)
{
	struct span rest = span_str(pattern);
	while (rest.n) {
		const struct hole *h = hole_at(rest);
		if (!h) {
			buf_char(out, span_take(&rest, 1).p[0]);
			continue;
		}
		span_take(&rest, h->mark.n);
		struct span value = span_str((const char *)s + h->at);
		bool quoted = rest.n && memchr(value.p, ' ', value.n);
		if (quoted)
			buf_char(out, '"');
		buf_span(out, value);
		if (quoted)
			buf_char(out, '"');
	}
}
