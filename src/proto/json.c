// SPDX-License-Identifier: MIT
// JSON's grammar (RFC 8259) in both directions.  Reading never allocates but from the arena: the
// children of open containers wait on one stack, and a container that closes takes its own off the
// top as one contiguous array.  The process stays in the C locale, so a decimal point is a dot.
#include "proto/json.h"
#include "base/utf8.h"
#include <endian.h>
#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { STACK_FIRST = 64 }; // values; most messages never grow it

struct reader {
	char *at, *end, *start;
	struct value_list stack; // children of all open containers, outermost first
	unsigned depth;
	unsigned nodes;
	struct json_error *error;
};

static bool fail(struct reader *r, const char *why)
{
	*r->error = (struct json_error){.at = (size_t)(r->at - r->start), .why = why};
	return false;
}

static bool over(struct reader *r, const char *why)
{
	fail(r, why);
	r->error->limit = true;
	return false;
}

// ---- strings

#define EACH_BYTE(c) (UINT64_C(0x0101010101010101) * (c))

// Past the bytes that stand for themselves: up to a quote, a backslash or a control character.
// A subtraction sets the high bit of the first byte it is looking for; borrows only go upwards, so
// whatever they spoil lies behind it.
static inline const char *skip_plain(const char *p, const char *end)
{
	for (uint64_t w, quote, slash, stop; end - p >= 8; p += 8) {
		memcpy(&w, p, 8);
		w = le64toh(w);
		quote = (w ^ EACH_BYTE('"')) - EACH_BYTE(1);
		slash = (w ^ EACH_BYTE('\\')) - EACH_BYTE(1);
		stop = ((w - EACH_BYTE(0x20)) | quote | slash) & ~w & EACH_BYTE(0x80);
		if (stop)
			return p + (__builtin_ctzll(stop) >> 3);
	}
	while (p < end && (uint8_t)*p >= 0x20 && *p != '"' && *p != '\\')
		p++;
	return p;
}

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

// The \uXXXX at r->at, or -1.
static int32_t take_utf16(struct reader *r)
{
	int32_t unit = 0;
	if (r->end - r->at < 6 || r->at[0] != '\\' || r->at[1] != 'u')
		return -1;
	for (int i = 2; i < 6; i++) {
		int digit = hex_digit(r->at[i]);
		if (digit < 0)
			return -1;
		unit = unit << 4 | digit;
	}
	r->at += 6;
	return unit;
}

static bool unescape_utf16(struct reader *r, char **to)
{
	char *start = r->at;
	int32_t c = take_utf16(r), low;
	if (c < 0)
		return fail(r, "\\u needs four hexadecimal digits");
	if (c >= 0xd800 && c <= 0xdfff) {
		low = c < 0xdc00 ? take_utf16(r) : -1;
		if (low < 0xdc00 || low > 0xdfff) {
			r->at = start;
			return fail(r, "lone surrogate");
		}
		c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
	}
	struct buf room = {.p = *to, .cap = 4, .max = 4}; // the escape was longer than that
	utf8_put(&room, (uint32_t)c);
	*to += room.n;
	return true;
}

static bool unescape(struct reader *r, char **to)
{
	char c;
	if (r->end - r->at < 2)
		return fail(r, "string without an end");
	switch (r->at[1]) {
	case '"':
	case '\\':
	case '/': c = r->at[1]; break;
	case 'b': c = '\b'; break;
	case 'f': c = '\f'; break;
	case 'n': c = '\n'; break;
	case 'r': c = '\r'; break;
	case 't': c = '\t'; break;
	case 'u': return unescape_utf16(r, to);
	default: return fail(r, "unknown escape");
	}
	*(*to)++ = c;
	r->at += 2;
	return true;
}

// The rest of a string from its first byte that is not plain.
static bool read_escaped(struct reader *r, const char *string, struct value *out)
{
	for (char *to = r->at;;) {
		if (r->at == r->end)
			return fail(r, "string without an end");
		if (*r->at == '"') {
			*out = value_span(span_of(string, (size_t)(to - string)));
			r->at++;
			return true;
		}
		if (*r->at != '\\')
			return fail(r, "control character in a string");
		if (!unescape(r, &to))
			return false;
		size_t plain = (size_t)(skip_plain(r->at, r->end) - r->at);
		memmove(to, r->at, plain);
		to += plain;
		r->at += plain;
	}
}

static inline bool read_string(struct reader *r, struct value *out)
{
	const char *string = ++r->at;
	r->at += skip_plain(string, r->end) - string;
	if (r->at == r->end || *r->at != '"')
		return read_escaped(r, string, out);
	*out = value_span(span_of(string, (size_t)(r->at - string)));
	r->at++;
	return true;
}

// ---- numbers

struct number {
	uint64_t digits; // all of them, as one integer, while exact
	int count;       // of digits, leading zeros aside; saturates past what a token may have
	int scale;       // times ten to this
	bool negative, whole;
};

static bool take_digits(struct reader *r, struct number *n)
{
	char *start = r->at;
	for (; r->at < r->end && *r->at >= '0' && *r->at <= '9'; r->at++) {
		n->digits = n->digits * 10 + (uint64_t)(*r->at - '0');
		n->count += n->count < JSON_NUMBER_MAX && (n->count || *r->at != '0');
	}
	return r->at > start || fail(r, "expected a digit");
}

static bool take_exponent(struct reader *r, struct number *n)
{
	struct number power = {0};
	r->at++;
	if (r->at < r->end && (*r->at == '+' || *r->at == '-'))
		power.negative = *r->at++ == '-';
	if (!take_digits(r, &power))
		return false;
	if (power.count > 3 || power.digits > JSON_NUMBER_MAX)
		return over(r, "exponent too large");
	n->scale += power.negative ? -(int)power.digits : (int)power.digits;
	return true;
}

static bool slow_double(struct reader *r, const char *start, double *out)
{
	char text[JSON_NUMBER_MAX + 1];
	size_t n = (size_t)(r->at - start);
	memcpy(text, start, n);
	text[n] = '\0';
	*out = strtod(text, NULL);
	return isfinite(*out) || over(r, "number too large");
}

static bool to_double(struct reader *r, const char *start, const struct number *n, double *out)
{
	static const double tens[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11,
		1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	// Both operands exact, so one operation rounds once and right (Clinger 1990).
	bool exact = FLT_EVAL_METHOD == 0 && n->count <= 19 && n->digits <= UINT64_C(1) << 53 &&
		     abs(n->scale) < (int)countof(tens);
	if (!exact)
		return slow_double(r, start, out);
	double d = (double)n->digits;
	d = n->scale < 0 ? d / tens[-n->scale] : d * tens[n->scale];
	*out = n->negative ? -d : d;
	return true;
}

static bool read_number(struct reader *r, struct value *out)
{
	char *start = r->at;
	struct number n = {.negative = *start == '-', .whole = true};
	r->at += n.negative;
	if (r->at < r->end && *r->at == '0')
		r->at++; // nothing may follow a leading zero; a digit that does fails outside
	else if (!take_digits(r, &n))
		return false;
	if (r->at < r->end && *r->at == '.') {
		char *point = r->at++;
		n.whole = false;
		if (!take_digits(r, &n))
			return false;
		n.scale = (int)min_size((size_t)(r->at - point - 1), JSON_NUMBER_MAX) * -1;
	}
	if (r->at < r->end && (*r->at == 'e' || *r->at == 'E')) {
		n.whole = false;
		if (!take_exponent(r, &n))
			return false;
	}
	if (r->at - start > JSON_NUMBER_MAX)
		return over(r, "number too long");
	if (n.whole && n.count <= 19 && n.digits <= (uint64_t)INT64_MAX + n.negative) {
		*out = value_int((int64_t)(n.negative ? 0 - n.digits : n.digits));
		return true;
	}
	*out = value_float(0);
	return to_double(r, start, &n, &out->f);
}

// ---- containers

static inline void skip_blanks(struct reader *r)
{
	while (r->at < r->end &&
		(*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
		r->at++;
}

static inline bool eat(struct reader *r, char c)
{
	skip_blanks(r);
	if (r->at == r->end || *r->at != c)
		return false;
	r->at++;
	return true;
}

static inline bool push(struct reader *r, struct value v)
{
	if (++r->nodes > JSON_NODES_MAX)
		return over(r, "too many values");
	if (r->stack.n < r->stack.cap)
		r->stack.at[r->stack.n++] = v;
	else
		value_push(&r->stack, v);
	return true;
}

static bool open_container(struct reader *r)
{
	if (++r->depth > JSON_DEPTH_MAX)
		return over(r, "nested too deeply");
	r->at++;
	return true;
}

// Takes everything above base off the stack.
static const struct value *close_container(struct reader *r, size_t base)
{
	size_t n = r->stack.n - base;
	r->depth--;
	r->stack.n = base;
	return n ? arena_copy(r->stack.arena, r->stack.at + base, n * sizeof(struct value)) : NULL;
}

static bool read_value(struct reader *r, struct value *out);

static bool read_array(struct reader *r, struct value *out)
{
	size_t base = r->stack.n, n;
	struct value item;
	if (!open_container(r))
		return false;
	if (!eat(r, ']')) {
		do {
			if (!read_value(r, &item) || !push(r, item))
				return false;
		} while (eat(r, ','));
		if (!eat(r, ']'))
			return fail(r, "expected , or ]");
	}
	n = r->stack.n - base;
	*out = value_array(close_container(r, base), n);
	return true;
}

static bool read_pair(struct reader *r)
{
	struct value key, item;
	skip_blanks(r);
	if (r->at == r->end || *r->at != '"')
		return fail(r, "expected a key in quotes");
	if (!read_string(r, &key) || !push(r, key))
		return false;
	if (!eat(r, ':'))
		return fail(r, "expected :");
	return read_value(r, &item) && push(r, item);
}

static bool read_map(struct reader *r, struct value *out)
{
	size_t base = r->stack.n, n;
	if (!open_container(r))
		return false;
	if (!eat(r, '}')) {
		do {
			if (!read_pair(r))
				return false;
		} while (eat(r, ','));
		if (!eat(r, '}'))
			return fail(r, "expected , or }");
	}
	n = r->stack.n - base;
	*out = value_map(close_container(r, base), n / 2);
	return true;
}

static bool read_word(struct reader *r, struct span word, struct value v, struct value *out)
{
	if (!span_starts(span_of(r->at, (size_t)(r->end - r->at)), word))
		return fail(r, "expected a value");
	r->at += word.n;
	*out = v;
	return true;
}

// Recursion ends at JSON_DEPTH_MAX.
static bool read_value(struct reader *r, struct value *out)
{
	skip_blanks(r);
	if (r->at == r->end)
		return fail(r, "text ends early");
	switch (*r->at) {
	case '"': return read_string(r, out);
	case '{': return read_map(r, out);
	case '[': return read_array(r, out);
	case 't': return read_word(r, SPAN("true"), value_bool(true), out);
	case 'f': return read_word(r, SPAN("false"), value_bool(false), out);
	case 'n': return read_word(r, SPAN("null"), value_null(), out);
	case '-':
	case '0' ... '9': return read_number(r, out);
	default: return fail(r, "expected a value");
	}
}

bool json_read(struct arena *a, char *text, size_t n, struct value *out, struct json_error *error)
{
	struct reader r = {.at = text, .end = text + n, .start = text, .nodes = 1, .error = error};
	struct utf8 utf8 = {0};
	if (n > UINT32_MAX)
		return over(&r, "text too long");
	size_t good = utf8_feed(&utf8, text, n);
	if (good < n || utf8.need) {
		r.at += good;
		return fail(&r, "not UTF-8");
	}
	r.stack = (struct value_list){.arena = a, .cap = STACK_FIRST};
	r.stack.at = arena_alloc(a, STACK_FIRST * sizeof(struct value));
	if (!read_value(&r, out))
		return false;
	skip_blanks(&r);
	return r.at == r.end || fail(&r, "something follows the value");
}

bool json_read_copy(struct arena *a, struct span text, struct value *out)
{
	struct json_error error;
	return json_read(a, arena_copy(a, text.p, text.n), text.n, out, &error);
}

// ---- writing

static void put_escape(struct buf *out, uint8_t c)
{
	static const char hex[] = "0123456789abcdef";
	static const char shorts[0x20] = {
		['\b'] = 'b', ['\t'] = 't', ['\n'] = 'n', ['\f'] = 'f', ['\r'] = 'r'};
	char escape[6] = {'\\', 'u', '0', '0', hex[c >> 4], hex[c & 15]};
	if (c < sizeof shorts && !shorts[c]) {
		buf_put(out, escape, sizeof escape);
		return;
	}
	escape[1] = c < sizeof shorts ? shorts[c] : (char)c;
	buf_put(out, escape, 2);
}

void json_put_text(struct buf *out, struct span text)
{
	const char *p = text.p, *end = text.n ? p + text.n : p;
	if (!buf_reserve(out, text.n + 2))
		return;
	buf_char(out, '"');
	while (p < end) {
		const char *stop = skip_plain(p, end);
		buf_put(out, p, (size_t)(stop - p));
		p = stop;
		if (p < end)
			put_escape(out, (uint8_t)*p++);
	}
	buf_char(out, '"');
}

// The fewest digits that read back as the same double, and never the looks of an integer.
static void put_float(struct buf *out, double d)
{
	char text[32];
	if (!isfinite(d)) {
		buf_lit(out, "null");
		return;
	}
	for (int digits = DBL_DIG; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(text, sizeof text, "%.*g", digits, d);
		if (strtod(text, NULL) == d)
			break;
	}
	buf_str(out, text);
	if (!strpbrk(text, ".e"))
		buf_lit(out, ".0");
}

static void put_key(struct buf *out, const struct value *key)
{
	struct buf text = {.max = out->max};
	if (key->type == VALUE_STRING) {
		json_put_text(out, value_text(key));
		return;
	}
	json_put(&text, key);
	json_put_text(out, buf_bytes(&text));
	out->failed |= text.failed;
	buf_fini(&text);
}

static void put_items(struct buf *out, const struct value *v)
{
	buf_char(out, '[');
	for (uint32_t i = 0; i < v->n; i++) {
		if (i)
			buf_char(out, ',');
		json_put(out, &v->at[i]);
	}
	buf_char(out, ']');
}

static void put_pairs(struct buf *out, const struct value *v)
{
	buf_char(out, '{');
	for (size_t i = 0; i < v->n; i++) {
		if (i)
			buf_char(out, ',');
		put_key(out, &v->at[2 * i]);
		buf_char(out, ':');
		json_put(out, &v->at[2 * i + 1]);
	}
	buf_char(out, '}');
}

// Recursion is bounded by the depth limit of whichever notation made the tree.
void json_put(struct buf *out, const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL: buf_lit(out, "null"); break;
	case VALUE_BOOL:
		if (v->b)
			buf_lit(out, "true");
		else
			buf_lit(out, "false");
		break;
	case VALUE_INT: buf_int(out, v->i); break;
	case VALUE_FLOAT: put_float(out, v->f); break;
	case VALUE_STRING: json_put_text(out, value_text(v)); break;
	case VALUE_ARRAY: put_items(out, v); break;
	case VALUE_MAP: put_pairs(out, v); break;
	}
}
