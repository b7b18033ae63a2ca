// SPDX-License-Identifier: MIT
// Expressions are compiled for bytes, not for a locale: a bracket can hold ASCII only, and what
// begins or ends inside a character takes all of it.
#include "hub/word.h"
#include "base/mem.h"
#include "base/utf8.h"
#include <regex.h>
#include <stdlib.h>

struct word {
	char *pattern;
	size_t n;
	bool regex;
	regex_t compiled;
	size_t seen; // bytes matched since it was compiled
};

// --- what an expression may be ---

static const char *skip_bracket(const char **at)
{
	const char *p = *at + 1;
	if (*p == '^')
		p++;
	if (*p == ']')
		p++;
	for (; *p && *p != ']'; p++) {
		if ((unsigned char)*p >= 0x80)
			return "a bracket holds ASCII characters only";
		const char *end =
			p[0] == '[' && p[1] && strchr(":.=", p[1]) ? strchr(p + 2, p[1]) : NULL;
		if (end && end[1] == ']')
			p = end + 1;
	}
	*at = *p ? p : p - 1;
	return NULL;
}

static void count_repeats(const char *p, uint64_t *times)
{
	char *end;
	unsigned long most = strtoul(p + 1, &end, 10);
	if (*end == ',' && end[1] != '}')
		most = strtoul(end + 1, &end, 10);
	if (most > WORD_EXPANDED_MAX)
		most = WORD_EXPANDED_MAX;
	if (most > 1 && *times <= WORD_EXPANDED_MAX)
		*times *= most;
}

// What the library would take, and take too long for.
static const char *too_costly(const char *pattern)
{
	const char *why = NULL;
	uint64_t times = 1;
	for (const char *p = pattern; *p && !why; p++) {
		if (*p == '\\' && p[1] >= '1' && p[1] <= '9')
			why = "there are no back references";
		else if (*p == '\\' && p[1])
			p++;
		else if (*p == '[')
			why = skip_bracket(&p);
		else if (*p == '{')
			count_repeats(p, &times);
	}
	if (!why && times * strlen(pattern) > WORD_EXPANDED_MAX)
		why = "it repeats too much";
	return why;
}

static int compile(struct word *w)
{
	w->seen = 0;
	return regcomp(&w->compiled, w->pattern, REG_EXTENDED | REG_ICASE);
}

static bool finds_nothing(const struct word *w)
{
	static const char *const samples[] = {"", "a b"};
	for (size_t i = 0; i < countof(samples); i++) {
		regmatch_t m;
		if (!regexec(&w->compiled, samples[i], 1, &m, 0) && m.rm_so == m.rm_eo)
			return true;
	}
	return false;
}

static bool compile_first(struct word *w, struct buf *why)
{
	char words[128];
	const char *costly = too_costly(w->pattern);
	if (costly) {
		buf_str(why, costly);
		return false;
	}
	int error = compile(w);
	if (error) {
		regerror(error, &w->compiled, words, sizeof words);
		buf_str(why, words);
		return false;
	}
	if (!finds_nothing(w))
		return true;
	regfree(&w->compiled);
	buf_str(why, "it would find nothing everywhere");
	return false;
}

// --- life ---

struct word *word_new(struct span pattern, bool regex, struct buf *why)
{
	if (!pattern.n || pattern.n > WORD_PATTERN_MAX || memchr(pattern.p, '\0', pattern.n) ||
		!utf8_valid(pattern)) {
		buf_printf(why, "a pattern has 1 to %d bytes of text", WORD_PATTERN_MAX);
		return NULL;
	}
	struct word *w = mem_zalloc(sizeof *w);
	w->pattern = span_dup(pattern);
	w->n = pattern.n;
	w->regex = regex;
	if (!regex || compile_first(w, why))
		return w;
	free(w->pattern);
	free(w);
	return NULL;
}

void word_free(struct word *w)
{
	if (!w)
		return;
	if (w->regex)
		regfree(&w->compiled);
	free(w->pattern);
	free(w);
}

// --- finding ---

static bool is_inside(char c) // a continuation byte: not the first of a character
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

static bool is_letter(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
	       (unsigned char)c >= 0x80;
}

// A word ends where a letter meets something else.
static bool is_whole(const struct word *w, struct span text, size_t at)
{
	size_t end = at + w->n;
	bool starts = at == 0 || !is_letter(w->pattern[0]) || !is_letter(text.p[at - 1]);
	return starts &&
	       (end == text.n || !is_letter(w->pattern[w->n - 1]) || !is_letter(text.p[end]));
}

static bool find_plain(const struct word *w, struct span text, size_t from, struct span *found)
{
	char first = ascii_lower(w->pattern[0]);
	for (size_t at = from; at + w->n <= text.n; at++) {
		struct span here = span_of(text.p + at, w->n);
		if (ascii_lower(*here.p) != first || !is_whole(w, text, at) ||
			!span_caseeq(here, span_of(w->pattern, w->n)))
			continue;
		*found = here;
		return true;
	}
	return false;
}

static void renew(struct word *w)
{
	if (w->seen < WORD_RENEW_BYTES)
		return;
	regfree(&w->compiled);
	ensure(compile(w) == 0); // it has been compiled before
}

static struct span whole_characters(struct span text, size_t from, size_t to)
{
	while (from > 0 && is_inside(text.p[from]))
		from--;
	while (to < text.n && is_inside(text.p[to]))
		to++;
	return span_of(text.p + from, to - from);
}

// A match across the end of a piece is not found: no honest line is as long as one.
static bool find_regex(struct word *w, struct span text, size_t from, struct span *found)
{
	while (from < text.n) {
		struct span piece = utf8_cut(span_of(text.p + from, text.n - from), WORD_TEXT_MAX);
		regmatch_t m = {.rm_so = 0, .rm_eo = (regoff_t)piece.n};
		renew(w);
		int flags = REG_STARTEND | (from ? REG_NOTBOL : 0) |
			    (from + piece.n < text.n ? REG_NOTEOL : 0);
		bool hit = regexec(&w->compiled, piece.p, 1, &m, flags) == 0;
		w->seen += hit ? (size_t)m.rm_eo : piece.n;
		if (hit && m.rm_eo > m.rm_so) {
			*found = whole_characters(
				text, from + (size_t)m.rm_so, from + (size_t)m.rm_eo);
			return true;
		}
		from += hit ? (size_t)m.rm_eo + 1 : piece.n;
		while (from < text.n && is_inside(text.p[from]))
			from++;
	}
	return false;
}

static bool find(struct word *w, struct span text, size_t from, struct span *found)
{
	return w->regex ? find_regex(w, text, from, found) : find_plain(w, text, from, found);
}

bool word_is_in(struct word *w, struct span text)
{
	struct span found;
	return find(w, text, 0, &found);
}

struct span word_mask(struct word *w, struct span text, struct arena *arena)
{
	struct span found;
	size_t from = 0;
	if (!find(w, text, 0, &found))
		return text;
	struct buf out = {0};
	do {
		size_t at = (size_t)(found.p - text.p);
		buf_put(&out, text.p + from, at - from);
		for (size_t n = utf8_count(found); n; n--)
			buf_char(&out, '*');
		from = at + found.n;
	} while (find(w, text, from, &found));
	buf_put(&out, text.p + from, text.n - from);
	struct span masked = arena_span(arena, buf_bytes(&out));
	buf_fini(&out);
	return masked;
}
