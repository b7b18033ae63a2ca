// SPDX-License-Identifier: MIT
// One box of AMP, and the types of Twisted's arguments: what Python's int() takes, True and False,
// ListOf and AmpList.
#include "proto/amp.h"

// --- reading ---

bool amp_item(struct span *list, struct span *out)
{
	if (list->n < 2)
		return false;
	size_t n = (size_t)(uint8_t)list->p[0] << 8 | (uint8_t)list->p[1];
	if (list->n - 2 < n)
		return false;
	span_take(list, 2);
	*out = span_take(list, n);
	return true;
}

bool amp_next(struct span *box, struct amp_pair *out)
{
	struct span at = *box;
	if (!amp_item(&at, &out->key) || !out->key.n || out->key.n > AMP_KEY_MAX)
		return false;
	if (!amp_item(&at, &out->value))
		return false;
	*box = at;
	return true;
}

bool amp_find(struct span box, const char *key, struct span *out)
{
	struct amp_pair pair;
	bool found = false;
	while (amp_next(&box, &pair)) {
		if (!span_is(pair.key, key))
			continue;
		*out = pair.value;
		found = true;
	}
	return found;
}

bool amp_box(struct span *list, struct span *out)
{
	struct span at = *list;
	struct amp_pair pair;
	while (amp_next(&at, &pair))
		;
	if (at.n < 2 || at.p[0] || at.p[1])
		return false;
	*out = span_take(list, list->n - at.n);
	span_take(list, 2);
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

// Python's white space, as far as it is ASCII.
static struct span without_space(struct span s)
{
	while (s.n && (s.p[0] == ' ' || (s.p[0] >= '\t' && s.p[0] <= '\r')))
		span_take(&s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || (s.p[s.n - 1] >= '\t' && s.p[s.n - 1] <= '\r')))
		s.n--;
	return s;
}

// Downwards, because the least number has no positive twin.
bool amp_int(struct span s, int64_t *out)
{
	int64_t number = 0;
	s = without_space(s);
	bool minus = s.n && s.p[0] == '-';
	if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
		span_take(&s, 1);
	if (!s.n || !is_digit(s.p[0]) || !is_digit(s.p[s.n - 1]))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] == '_' && s.p[i - 1] != '_')
			continue;
		if (!is_digit(s.p[i]) || __builtin_mul_overflow(number, 10, &number) ||
			__builtin_sub_overflow(number, s.p[i] - '0', &number))
			return false;
	}
	*out = number;
	return minus || !__builtin_sub_overflow(0, number, out);
}

bool amp_bool(struct span s, bool *out)
{
	*out = span_is(s, "True");
	return *out || span_is(s, "False");
}

// --- writing ---

static void put_length(char *at, size_t n)
{
	at[0] = (char)(n >> 8);
	at[1] = (char)n;
}

void amp_put_item(struct buf *b, struct span s)
{
	char length[2];
	if (s.n > AMP_VALUE_MAX) {
		b->failed = true;
		return;
	}
	put_length(length, s.n);
	buf_put(b, length, sizeof length);
	buf_span(b, s);
}

static void put_key(struct buf *b, const char *key)
{
	struct span s = span_str(key);
	ensure(s.n && s.n <= AMP_KEY_MAX);
	amp_put_item(b, s);
}

void amp_put(struct buf *b, const char *key, struct span value)
{
	put_key(b, key);
	amp_put_item(b, value);
}

size_t amp_open(struct buf *b, const char *key)
{
	if (key)
		put_key(b, key);
	buf_put(b, "\0", 2);
	return b->n;
}

void amp_close(struct buf *b, size_t opened)
{
	if (b->failed)
		return;
	ensure(opened >= 2 && opened <= b->n);
	if (b->n - opened > AMP_VALUE_MAX)
		b->failed = true;
	else
		put_length(b->p + opened - 2, b->n - opened);
}

void amp_put_int(struct buf *b, const char *key, int64_t number)
{
	size_t at = amp_open(b, key);
	buf_int(b, number);
	amp_close(b, at);
}

void amp_put_bool(struct buf *b, const char *key, bool yes)
{
	amp_put(b, key, yes ? SPAN("True") : SPAN("False"));
}

void amp_end(struct buf *b)
{
	buf_put(b, "\0", 2);
}
