// SPDX-License-Identifier: MIT
// All ways through the expression are walked at once (Thompson 1968).  Of those that meet at a step
// only the one that began first goes on, for what follows is the same for all: so a match that ends
// somewhere is known with its first beginning, and all matches are found in one walk.
#include "base/mem.h"
#include "hub/pattern_priv.h"
#include <stdlib.h>

struct way {
	uint32_t step;
	size_t began;
};

struct ways { // those that began first in front
	struct way *at;
	size_t n;
};

struct pattern {
	size_t n;
	struct step *steps;
	uint64_t *seen; // by step: the moment it was last reached
	uint64_t moment;
	uint32_t *open; // steps still to be followed
	struct ways now, next;
};

struct walk {
	struct span text;
	size_t at;
	uint32_t before, after; // the characters around; 0 at the ends
	size_t matched;         // where the match that ends here began; SIZE_MAX: none does
};

// --- characters ---

bool pattern_is_word(uint32_t c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       c == '_' || c >= 0x80;
}

uint32_t pattern_take(struct span *text)
{
	unsigned char first = (unsigned char)span_take(text, 1).p[0];
	if (first < 0xc0)
		return first;
	unsigned more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
	uint32_t c = first & (0x3fu >> more);
	for (; more && text->n; more--)
		c = c << 6 | ((unsigned char)span_take(text, 1).p[0] & 0x3f);
	return c;
}

static bool takes(const struct step *s, uint32_t c)
{
	if (s->op == STEP_CHAR)
		return s->c == c;
	return c < 0x80 ? s->set[c / 64] >> c % 64 & 1 : s->beyond;
}

// --- walking ---

static bool is_at(const struct walk *w, enum place place)
{
	bool before = w->before && pattern_is_word(w->before);
	bool after = w->after && pattern_is_word(w->after);
	switch (place) {
	case PLACE_START: return w->at == 0;
	case PLACE_END: return w->at == w->text.n;
	case PLACE_EDGE: return before != after;
	case PLACE_NO_EDGE: return before == after;
	case PLACE_WORD_START: return !before && after;
	case PLACE_WORD_END: return before && !after;
	}
	return false;
}

static void reach(struct pattern *p, size_t *n, uint32_t step)
{
	if (p->seen[step] == p->moment)
		return;
	p->seen[step] = p->moment;
	p->open[(*n)++] = step;
}

// To all steps that can be reached from this one without taking a character.
static void follow(struct pattern *p, struct walk *w, uint32_t step, size_t began)
{
	size_t n = 0;
	reach(p, &n, step);
	while (n) {
		uint32_t i = p->open[--n];
		const struct step *s = &p->steps[i];
		uint32_t to = (uint32_t)((int32_t)i + s->to);
		switch (s->op) {
		case STEP_SET:
		case STEP_CHAR: p->next.at[p->next.n++] = (struct way){i, began}; break;
		case STEP_SPLIT:
			reach(p, &n, i + 1);
			reach(p, &n, to);
			break;
		case STEP_JUMP: reach(p, &n, to); break;
		case STEP_IS:
			if (is_at(w, s->place))
				reach(p, &n, i + 1);
			break;
		case STEP_MATCH: w->matched = began; break;
		}
	}
}

// From this place in the text to the next.
static void advance(struct pattern *p, struct walk *w, uint32_t taken)
{
	struct ways now = p->next;
	p->next = (struct ways){.at = p->now.at};
	p->now = now;
	p->moment++;
	w->matched = SIZE_MAX;
	for (size_t i = 0; i < now.n; i++)
		if (takes(&p->steps[now.at[i].step], taken))
			follow(p, w, now.at[i].step + 1, now.at[i].began);
	follow(p, w, 0, w->at);
}

static void note(struct buf *found, struct span text, size_t from, size_t to)
{
	struct span last;
	while (found->n) {
		memcpy(&last, found->p + found->n - sizeof last, sizeof last);
		size_t began = (size_t)(last.p - text.p);
		if (began + last.n < from)
			break;
		if (began < from)
			from = began;
		found->n -= sizeof last;
	}
	last = span_of(text.p + from, to - from);
	buf_put(found, &last, sizeof last);
}

bool pattern_find(struct pattern *p, struct span text, struct buf *found)
{
	struct span rest = text;
	struct walk w = {.text = text};
	bool any = false;
	p->next.n = 0;
	for (bool more = true; more && (found || !any); more = w.at < text.n) {
		uint32_t taken = w.before = w.after;
		w.at = text.n - rest.n;
		w.after = rest.n ? pattern_take(&rest) : 0;
		advance(p, &w, taken);
		if (w.matched >= w.at) // or SIZE_MAX
			continue;
		any = true;
		if (found)
			note(found, text, w.matched, w.at);
	}
	return any;
}

// --- life ---

static bool finds_nothing(struct pattern *p) // at some place
{
	bool empty = false;
	size_t n = 0;
	p->moment++;
	reach(p, &n, 0);
	while (n && !empty) {
		uint32_t i = p->open[--n];
		const struct step *s = &p->steps[i];
		empty = s->op == STEP_MATCH;
		if (s->op == STEP_SPLIT || s->op == STEP_IS)
			reach(p, &n, i + 1);
		if (s->op == STEP_SPLIT || s->op == STEP_JUMP)
			reach(p, &n, (uint32_t)((int32_t)i + s->to));
	}
	return empty;
}

static struct pattern *make(const struct steps *steps)
{
	struct pattern *p = mem_zalloc(sizeof *p);
	p->n = steps->n;
	p->steps = mem_array(p->n, sizeof *p->steps);
	memcpy(p->steps, steps->at, p->n * sizeof *p->steps);
	p->seen = mem_zalloc(p->n * sizeof *p->seen);
	p->open = mem_array(p->n, sizeof *p->open);
	p->now.at = mem_array(p->n, sizeof *p->now.at);
	p->next.at = mem_array(p->n, sizeof *p->next.at);
	return p;
}

struct pattern *pattern_new(struct span text, const char **why)
{
	struct steps *steps = mem_zalloc(sizeof *steps);
	*why = pattern_read(steps, text);
	struct pattern *p = *why ? NULL : make(steps);
	free(steps);
	if (!p || !finds_nothing(p))
		return p;
	pattern_free(p);
	*why = "it would find nothing everywhere";
	return NULL;
}

void pattern_free(struct pattern *p)
{
	if (!p)
		return;
	free(p->steps);
	free(p->seen);
	free(p->open);
	free(p->now.at);
	free(p->next.at);
	free(p);
}
