// SPDX-License-Identifier: MIT
// LPC text, as MUD drivers save variables and as Intermud-3 carries packets.  Two peculiarities:
// inside a string a newline is byte 0D, and a backslash takes the next byte as it is (`\n` is the
// letter n).  Drivers leave out what they cannot write, so nothing between two commas is 0.
#include "proto/lpc.h"
#include "base/utf8.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>

enum {
	NUMBER_MAX = 400,   // bytes; the longest %f of a double has 317
	EXPONENT_MAX = 400, // beyond it every double is 0 or infinite
};

struct reader {
	const char *start, *p, *end;
	struct arena *arena;
	struct lpc_error *error;
	struct buf repaired; // scratch for one string
	size_t nodes;
	int depth;
};

static bool fail(struct reader *r, const char *why)
{
	*r->error = (struct lpc_error){.at = (size_t)(r->p - r->start), .why = why};
	return false;
}

static bool fail_limit(struct reader *r, const char *why)
{
	fail(r, why);
	r->error->limit = true;
	return false;
}

// NUL at the end of the text, because a NUL inside it is the end as well.
static char peek(const struct reader *r)
{
	return r->p < r->end ? *r->p : '\0';
}

static bool eat(struct reader *r, char c)
{
	if (peek(r) != c)
		return false;
	r->p++;
	return true;
}

static void skip_blanks(struct reader *r)
{
	while (peek(r) == ' ' || peek(r) == '\t' || peek(r) == '\r' || peek(r) == '\n')
		r->p++;
}

static size_t skip_digits(struct reader *r)
{
	const char *from = r->p;
	while (peek(r) >= '0' && peek(r) <= '9')
		r->p++;
	return (size_t)(r->p - from);
}

// Clamps instead of wrapping: a password that wraps locks its MUD out.
static int64_t to_int(struct span token)
{
	bool minus = token.p[0] == '-';
	int64_t n = 0; // counts below zero, where there is one number more
	for (size_t i = minus; i < token.n; i++)
		if (__builtin_mul_overflow(n, 10, &n) ||
			__builtin_sub_overflow(n, token.p[i] - '0', &n))
			return minus ? INT64_MIN : INT64_MAX;
	if (minus)
		return n;
	return n == INT64_MIN ? INT64_MAX : -n;
}

static double to_float(struct span token)
{
	char text[NUMBER_MAX + 1];
	ensure(token.n < sizeof text);
	memcpy(text, token.p, token.n);
	text[token.n] = '\0';
	double f = strtod(text, NULL);
	return isfinite(f) ? f : copysign(DBL_MAX, f);
}

static bool read_exponent(struct reader *r)
{
	if (!eat(r, '-'))
		eat(r, '+');
	const char *digits = r->p;
	size_t n = skip_digits(r);
	if (!n)
		return fail(r, "exponent without digits");
	if (to_int(span_of(digits, n)) > EXPONENT_MAX)
		return fail_limit(r, "exponent too large");
	return true;
}

static bool read_number(struct reader *r, struct value *out)
{
	const char *from = r->p;
	bool whole = true;
	eat(r, '-');
	if (!skip_digits(r))
		return fail(r, "not a value");
	if (eat(r, '.')) {
		whole = false;
		skip_digits(r);
	}
	if (eat(r, 'e') || eat(r, 'E')) {
		whole = false;
		if (!read_exponent(r))
			return false;
	}
	struct span token = span_of(from, (size_t)(r->p - from));
	if (token.n > NUMBER_MAX)
		return fail_limit(r, "number too long");
	*out = whole ? value_int(to_int(token)) : value_float(to_float(token));
	return true;
}

static struct span unescape(struct arena *a, struct span raw, size_t n)
{
	char *text = arena_alloc(a, n), *to = text;
	for (size_t i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\')
			*to++ = raw.p[++i];
		else
			*to++ = raw.p[i] == '\r' ? '\n' : raw.p[i];
	}
	ensure(to == text + n);
	return span_of(text, n);
}

static bool read_string(struct reader *r, struct value *out)
{
	const char *from = ++r->p;
	bool plain = true; // may be lent as it stands
	size_t n = 0;      // bytes without the escapes
	for (; peek(r) != '"'; r->p++, n++) {
		if (peek(r) == '\r')
			plain = false;
		if (eat(r, '\\'))
			plain = false;
		if (!peek(r))
			return fail(r, "string without an end");
	}
	struct span s = span_of(from, (size_t)(r->p - from));
	if (n > LPC_STRING_MAX)
		return fail_limit(r, "string too long");
	if (!plain)
		s = unescape(r->arena, s, n);
	if (!utf8_valid(s)) {
		buf_clear(&r->repaired);
		utf8_repair(&r->repaired, s);
		if (r->repaired.n > LPC_STRING_MAX)
			return fail_limit(r, "string too long as UTF-8");
		s = arena_span(r->arena, buf_bytes(&r->repaired));
	}
	r->p++;
	*out = value_span(s);
	return true;
}

static bool push(struct reader *r, struct value_list *list, struct value v)
{
	if (++r->nodes > LPC_NODES_MAX)
		return fail_limit(r, "too many elements");
	value_push(list, v);
	return true;
}

// The last comma may be missing.
static bool read_comma(struct reader *r, char close)
{
	skip_blanks(r);
	if (eat(r, ',') || peek(r) == close)
		return true;
	return fail(r, "no comma after an element");
}

static bool read_value(struct reader *r, struct value *out);

static bool read_array(struct reader *r, char close, struct value *out)
{
	struct value_list list = {.arena = r->arena};
	for (skip_blanks(r); !eat(r, close); skip_blanks(r)) {
		struct value v = value_int(0);
		if (peek(r) != ',' && !read_value(r, &v))
			return false;
		if (!push(r, &list, v) || !read_comma(r, close))
			return false;
	}
	*out = value_list_array(&list);
	return true;
}

static bool read_key(struct reader *r, struct value *key)
{
	*key = value_int(0);
	if (peek(r) != ':' && !read_value(r, key))
		return false;
	if (key->type == VALUE_ARRAY || key->type == VALUE_MAP)
		return fail(r, "a container as a mapping key");
	skip_blanks(r);
	if (!eat(r, ':'))
		return fail(r, "no colon after a mapping key");
	skip_blanks(r);
	return true;
}

static bool read_map(struct reader *r, struct value *out)
{
	struct value_list list = {.arena = r->arena};
	for (skip_blanks(r); !eat(r, ']'); skip_blanks(r)) {
		if (eat(r, ',')) // a pair with neither key nor value is none
			continue;
		struct value key, v = value_int(0);
		if (!read_key(r, &key))
			return false;
		if (peek(r) != ',' && peek(r) != ']' && !read_value(r, &v))
			return false;
		if (!push(r, &list, key) || !push(r, &list, v) || !read_comma(r, ']'))
			return false;
	}
	*out = value_list_map(&list);
	return true;
}

// A class (/…/) is a struct of the driver's: its members in order are an array to everybody else.
static bool read_container(struct reader *r, struct value *out)
{
	bool ok;
	r->p++;
	if (++r->depth > LPC_DEPTH_MAX)
		return fail_limit(r, "nested too deep");
	if (eat(r, '{'))
		ok = read_array(r, '}', out);
	else if (eat(r, '['))
		ok = read_map(r, out);
	else if (eat(r, '/'))
		ok = read_array(r, '/', out);
	else
		return fail(r, "neither array nor mapping");
	if (!ok)
		return false;
	r->depth--;
	return eat(r, ')') || fail(r, "no closing parenthesis");
}

// Recursion is bounded by LPC_DEPTH_MAX.
static bool read_value(struct reader *r, struct value *out)
{
	switch (peek(r)) {
	case '"': return read_string(r, out);
	case '(': return read_container(r, out);
	case '\0': return fail(r, "text without an end");
	default: return read_number(r, out);
	}
}

bool lpc_read(struct arena *arena, struct span *text, struct value *out, struct lpc_error *error)
{
	struct reader r = {.arena = arena, .error = error};
	if (text->n) { // arithmetic on the NULL of an empty span is undefined
		r.start = r.p = text->p;
		r.end = text->p + text->n;
	}
	skip_blanks(&r);
	if (span_starts(span_of(r.p, (size_t)(r.end - r.p)), SPAN("\xef\xbb\xbf"))) {
		r.p += 3; // a byte order mark, from an editor
		skip_blanks(&r);
	}
	bool ok = read_value(&r, out);
	buf_fini(&r.repaired);
	if (!ok)
		return false;
	skip_blanks(&r);
	span_take(text, peek(&r) ? (size_t)(r.p - r.start) : text->n);
	return true;
}

static void put_string(struct buf *b, struct span s)
{
	buf_char(b, '"');
	for (size_t i = 0; i < s.n; i++) {
		switch (s.p[i]) {
		case '\0': break;
		case '\n': buf_char(b, '\r'); break;
		case '\r': buf_lit(b, "\\\r"); break;
		case '"': buf_lit(b, "\\\""); break;
		case '\\': buf_lit(b, "\\\\"); break;
		default: buf_char(b, s.p[i]); break;
		}
	}
	buf_char(b, '"');
}

static void put_elements(struct buf *b, const struct value *array)
{
	for (size_t i = 0; i < array->n; i++) {
		lpc_put(b, &array->at[i]);
		buf_char(b, ',');
	}
}

static void put_pairs(struct buf *b, const struct value *map)
{
	for (size_t i = 0; i < map->n; i++) {
		lpc_put(b, &map->at[2 * i]);
		buf_char(b, ':');
		lpc_put(b, &map->at[2 * i + 1]);
		buf_char(b, ',');
	}
}

// Recursion is bounded by the depth limit of whichever notation made the tree.
void lpc_put(struct buf *b, const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL: buf_char(b, '0'); break;
	case VALUE_BOOL: buf_char(b, v->b ? '1' : '0'); break;
	case VALUE_INT: buf_int(b, v->i); break;
	case VALUE_FLOAT: buf_printf(b, "%f", isfinite(v->f) ? v->f : 0.0); break;
	case VALUE_STRING: put_string(b, value_text(v)); break;
	case VALUE_ARRAY:
		buf_lit(b, "({");
		put_elements(b, v);
		buf_lit(b, "})");
		break;
	case VALUE_MAP:
		buf_lit(b, "([");
		put_pairs(b, v);
		buf_lit(b, "])");
		break;
	}
}
