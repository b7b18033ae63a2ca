// SPDX-License-Identifier: MIT
#include "hub/word.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "hub/pattern.h"
#include <stdlib.h>

struct word {
	char *text;
	size_t n;
	struct pattern *pattern; // NULL: the text is the word itself
};

// --- life ---

struct word *word_new(struct span pattern, bool regex, struct buf *why)
{
	if (!pattern.n || pattern.n > WORD_PATTERN_MAX || memchr(pattern.p, '\0', pattern.n) ||
		!utf8_valid(pattern)) {
		buf_printf(why, "a pattern has 1 to %d bytes of text", WORD_PATTERN_MAX);
		return NULL;
	}
	const char *no = NULL;
	struct pattern *compiled = regex ? pattern_new(pattern, &no) : NULL;
	if (no) {
		buf_str(why, no);
		return NULL;
	}
	struct word *w = mem_alloc(sizeof *w);
	*w = (struct word){.text = span_dup(pattern), .n = pattern.n, .pattern = compiled};
	return w;
}

void word_free(struct word *w)
{
	if (!w)
		return;
	pattern_free(w->pattern);
	free(w->text);
	free(w);
}

// --- finding ---

static bool is_letter(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z') ||
	       (unsigned char)c >= 0x80;
}

// A word ends where a letter meets something else.
static bool is_whole(const struct word *w, struct span text, size_t at)
{
	size_t end = at + w->n;
	bool starts = at == 0 || !is_letter(w->text[0]) || !is_letter(text.p[at - 1]);
	return starts &&
	       (end == text.n || !is_letter(w->text[w->n - 1]) || !is_letter(text.p[end]));
}

static bool find_plain(const struct word *w, struct span text, size_t from, struct span *found)
{
	char first = ascii_lower(w->text[0]);
	for (size_t at = from; at + w->n <= text.n; at++) {
		struct span here = span_of(text.p + at, w->n);
		if (ascii_lower(*here.p) != first || !is_whole(w, text, at) ||
			!span_caseeq(here, span_of(w->text, w->n)))
			continue;
		*found = here;
		return true;
	}
	return false;
}

// All of it, from left to right; with found NULL whether there is any.
static bool find(struct word *w, struct span text, struct buf *found)
{
	struct span here;
	bool any = false;
	if (w->pattern)
		return pattern_find(w->pattern, text, found);
	for (size_t from = 0; (found || !any) && find_plain(w, text, from, &here);
		from = (size_t)(here.p - text.p) + here.n) {
		any = true;
		if (found)
			buf_put(found, &here, sizeof here);
	}
	return any;
}

bool word_is_in(struct word *w, struct span text)
{
	return find(w, text, NULL);
}

static void put_masked(struct buf *out, struct span text, const struct buf *found)
{
	size_t from = 0;
	for (size_t i = 0; i < found->n; i += sizeof(struct span)) {
		struct span one;
		memcpy(&one, found->p + i, sizeof one);
		size_t at = (size_t)(one.p - text.p);
		buf_put(out, text.p + from, at - from);
		for (size_t n = utf8_count(one); n; n--)
			buf_char(out, '*');
		from = at + one.n;
	}
	buf_put(out, text.p + from, text.n - from);
}

struct span word_mask(struct word *w, struct span text, struct arena *arena)
{
	struct buf found = {0}, out = {0};
	struct span masked = text;
	if (find(w, text, &found)) {
		put_masked(&out, text, &found);
		masked = arena_span(arena, buf_bytes(&out));
	}
	buf_fini(&found);
	buf_fini(&out);
	return masked;
}
