// SPDX-License-Identifier: MIT
// Reading an expression.  What is read becomes a run of steps that ends where the next begins and
// whose jumps stay inside, so that a run can be moved and copied as it is.
#include "base/mem.h"
#include "hub/pattern_priv.h"
#include <ctype.h>
#include <stdlib.h>

struct reader {
	struct steps *out;
	struct span rest;
	const char *why;
};

static const char too_much[] = "it repeats too much";

static void read_any_of(struct reader *r);

static bool fail(struct reader *r, const char *why)
{
	if (!r->why)
		r->why = why;
	return false;
}

static char ahead(const struct reader *r)
{
	return r->rest.n ? r->rest.p[0] : '\0';
}

static bool take(struct reader *r, char c)
{
	if (ahead(r) != c || !r->rest.n)
		return false;
	span_take(&r->rest, 1);
	return true;
}

// --- steps ---

static struct step *put(struct reader *r, enum step_op op)
{
	struct steps *out = r->out;
	if (out->n >= PATTERN_STEPS_MAX - 1) {
		fail(r, too_much);
		return &out->at[PATTERN_STEPS_MAX - 1]; // kept for the match
	}
	out->at[out->n] = (struct step){.op = op};
	return &out->at[out->n++];
}

static void put_run(struct reader *r, const struct step *run, size_t n)
{
	for (size_t i = 0; i < n; i++)
		*put(r, STEP_JUMP) = run[i];
}

static void put_split(struct reader *r, enum step_op op, size_t forward, size_t back)
{
	put(r, op)->to = (int32_t)forward - (int32_t)back;
}

static void put_star(struct reader *r, const struct step *run, size_t n)
{
	put_split(r, STEP_SPLIT, n + 2, 0);
	put_run(r, run, n);
	put_split(r, STEP_JUMP, 0, n + 1);
}

static void add(struct step *s, unsigned char c)
{
	unsigned char low = (unsigned char)ascii_lower((char)c);
	s->set[low / 64] |= UINT64_C(1) << low % 64;
	if (low >= 'a' && low <= 'z')
		s->set[1] |= UINT64_C(1) << (low - 'a' + 'A') % 64;
}

static void negate(struct step *s)
{
	s->set[0] = ~s->set[0];
	s->set[1] = ~s->set[1];
	s->beyond = !s->beyond;
}

// --- brackets ---

static const struct {
	const char *name;
	int (*has)(int);
} classes[] = {{"alpha", isalpha}, {"digit", isdigit}, {"alnum", isalnum}, {"upper", isupper},
	{"lower", islower}, {"space", isspace}, {"blank", isblank}, {"punct", ispunct},
	{"print", isprint}, {"graph", isgraph}, {"cntrl", iscntrl}, {"xdigit", isxdigit}};

static bool add_class(struct reader *r, struct step *s, struct span name)
{
	for (size_t i = 0; i < countof(classes); i++) {
		if (!span_is(name, classes[i].name))
			continue;
		for (int c = 0; c < 0x80; c++)
			if (classes[i].has(c))
				add(s, (unsigned char)c);
		return true;
	}
	return fail(r, "there is no such class of characters");
}

// [:digit:]
static bool read_class(struct reader *r, struct step *s)
{
	struct span name = span_until(span_of(r->rest.p + 2, r->rest.n - 2), ':');
	if (name.n + 3 >= r->rest.n || r->rest.p[name.n + 3] != ']')
		return fail(r, "[: without :]");
	span_take(&r->rest, name.n + 4);
	return add_class(r, s, name);
}

static bool read_range(struct reader *r, struct step *s)
{
	unsigned char from = (unsigned char)span_take(&r->rest, 1).p[0], to = from;
	if (r->rest.n > 1 && r->rest.p[0] == '-' && r->rest.p[1] != ']') {
		to = (unsigned char)r->rest.p[1];
		span_take(&r->rest, 2);
	}
	if (from >= 0x80 || to >= 0x80)
		return fail(r, "a bracket holds ASCII characters only");
	if (from > to)
		return fail(r, "a range goes from the lower to the higher character");
	for (unsigned c = from; c <= to; c++)
		add(s, (unsigned char)c);
	return true;
}

static void read_bracket(struct reader *r)
{
	struct step s = {.op = STEP_SET};
	bool others = take(r, '^'), good = true;
	for (bool first = true; good && (first || ahead(r) != ']'); first = false) {
		bool named = r->rest.n > 1 && r->rest.p[0] == '[' && strchr(":.=", r->rest.p[1]);
		if (!r->rest.n)
			good = fail(r, "[ without ]");
		else if (named)
			good = r->rest.p[1] == ':' ? read_class(r, &s)
						   : fail(r, "there are no collating elements");
		else
			good = read_range(r, &s);
	}
	(void)take(r, ']');
	if (others)
		negate(&s);
	*put(r, STEP_SET) = s;
}

// --- atoms ---

static void put_char(struct reader *r, uint32_t c)
{
	struct step *s = put(r, c < 0x80 ? STEP_SET : STEP_CHAR);
	s->c = c;
	if (c < 0x80)
		add(s, (unsigned char)c);
}

static void put_word(struct reader *r, bool others)
{
	struct step *s = put(r, STEP_SET);
	s->beyond = true;
	for (unsigned c = 0; c < 0x80; c++)
		if (pattern_is_word(c))
			add(s, (unsigned char)c);
	if (others)
		negate(s);
}

static void put_space(struct reader *r, bool others)
{
	struct step *s = put(r, STEP_SET);
	for (const char *c = " \t\n\v\f\r"; *c; c++)
		add(s, (unsigned char)*c);
	if (others)
		negate(s);
}

static void put_is(struct reader *r, enum place place)
{
	put(r, STEP_IS)->place = place;
}

static void read_escape(struct reader *r)
{
	uint32_t c = r->rest.n ? pattern_take(&r->rest) : 0;
	switch (c) {
	case '\0': fail(r, "a \\ with nothing behind it"); break;
	case 'b': put_is(r, PLACE_EDGE); break;
	case 'B': put_is(r, PLACE_NO_EDGE); break;
	case '<': put_is(r, PLACE_WORD_START); break;
	case '>': put_is(r, PLACE_WORD_END); break;
	case '`': put_is(r, PLACE_START); break;
	case '\'': put_is(r, PLACE_END); break;
	case 'w':
	case 'W': put_word(r, c == 'W'); break;
	case 's':
	case 'S': put_space(r, c == 'S'); break;
	default:
		if (c >= '1' && c <= '9')
			fail(r, "there are no back references");
		else if (c < 0x80 && isalnum((int)c))
			fail(r, "of letters only b, B, w, W, s and S mean something behind a \\");
		put_char(r, c);
	}
}

static void read_atom(struct reader *r)
{
	uint32_t c = pattern_take(&r->rest);
	switch (c) {
	case '(':
		read_any_of(r);
		if (!take(r, ')'))
			fail(r, "( without )");
		break;
	case '[': read_bracket(r); break;
	case '.': negate(put(r, STEP_SET)); break;
	case '^': put_is(r, PLACE_START); break;
	case '$': put_is(r, PLACE_END); break;
	case '\\': read_escape(r); break;
	case '*':
	case '+':
	case '?':
	case '{': fail(r, "there is nothing to repeat"); break;
	default: put_char(r, c);
	}
}

// --- repetition ---

enum { ENDLESS = -1 };

static bool is_digit_ahead(const struct reader *r)
{
	return ahead(r) >= '0' && ahead(r) <= '9';
}

static int read_number(struct reader *r)
{
	int n = 0;
	while (is_digit_ahead(r) && n <= PATTERN_STEPS_MAX)
		n = 10 * n + span_take(&r->rest, 1).p[0] - '0';
	if (n > PATTERN_STEPS_MAX)
		fail(r, too_much);
	return n;
}

static void read_times(struct reader *r, int *least, int *most)
{
	bool any = is_digit_ahead(r);
	*most = *least = read_number(r);
	if (take(r, ',')) {
		*most = any && !is_digit_ahead(r) ? ENDLESS : 0;
		any |= is_digit_ahead(r);
		if (*most != ENDLESS)
			*most = read_number(r);
	}
	if (!any || !take(r, '}') || (*most != ENDLESS && *most < *least))
		fail(r, "braces hold how often: {2}, {2,} or {2,4}");
}

// The run of steps from `from` on is the one that is repeated.
static void repeat(struct reader *r, size_t from, int least, int most)
{
	size_t n = r->out->n - from;
	struct step *run = mem_alloc(n * sizeof *run + 1);
	memcpy(run, r->out->at + from, n * sizeof *run);
	r->out->n = from;
	for (int i = 0; i < least && !r->why; i++)
		put_run(r, run, n);
	if (most == ENDLESS)
		put_star(r, run, n);
	for (int i = least; i < most && !r->why; i++) {
		put_split(r, STEP_SPLIT, n + 1, 0);
		put_run(r, run, n);
	}
	free(run);
}

static void read_piece(struct reader *r)
{
	size_t from = r->out->n;
	read_atom(r);
	for (bool more = true; more && !r->why;) {
		int least = 0, most = 0;
		if (take(r, '*'))
			repeat(r, from, 0, ENDLESS);
		else if (take(r, '+'))
			repeat(r, from, 1, ENDLESS);
		else if (take(r, '?'))
			repeat(r, from, 0, 1);
		else if (take(r, '{')) {
			read_times(r, &least, &most);
			if (!r->why)
				repeat(r, from, least, most);
		} else
			more = false;
	}
}

static void read_sequence(struct reader *r)
{
	while (r->rest.n && ahead(r) != '|' && ahead(r) != ')' && !r->why)
		read_piece(r);
}

// One of them becomes: split to the others, itself, jump behind them.
static void read_any_of(struct reader *r)
{
	size_t from = r->out->n;
	read_sequence(r);
	while (!r->why && take(r, '|')) {
		size_t n = r->out->n - from;
		struct step *run = mem_alloc(n * sizeof *run + 1);
		memcpy(run, r->out->at + from, n * sizeof *run);
		r->out->n = from;
		put_split(r, STEP_SPLIT, n + 2, 0);
		put_run(r, run, n);
		free(run);
		size_t jump = r->out->n;
		put(r, STEP_JUMP);
		read_sequence(r);
		r->out->at[jump].to = (int32_t)(r->out->n - jump);
	}
}

const char *pattern_read(struct steps *out, struct span text)
{
	struct reader r = {.out = out, .rest = text};
	out->n = 0;
	read_any_of(&r);
	if (!r.why && r.rest.n)
		fail(&r, ") without (");
	out->at[out->n++] = (struct step){.op = STEP_MATCH};
	return r.why;
}
