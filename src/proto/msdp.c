// SPDX-License-Identifier: MIT
// The six bytes: VAR name VAL value, TABLE_OPEN pairs TABLE_CLOSE, ARRAY_OPEN VALs ARRAY_CLOSE.
#include "proto/msdp.h"
#include "base/utf8.h"
#include "proto/json.h"

enum mark { VAR = 1, VAL, TABLE_OPEN, TABLE_CLOSE, ARRAY_OPEN, ARRAY_CLOSE };

struct reader {
	struct arena *arena;
	struct span in;
	unsigned depth;
	bool bad;
};

static bool at(const struct reader *r, enum mark mark)
{
	return r->in.n && (uint8_t)*r->in.p == mark;
}

static bool eat(struct reader *r, enum mark mark)
{
	bool there = at(r, mark);
	if (there)
		span_take(&r->in, 1);
	return there;
}

static struct value read_text(struct reader *r)
{
	size_t n = 0;
	while (n < r->in.n && ((uint8_t)r->in.p[n] > ARRAY_CLOSE || !r->in.p[n]))
		n++;
	struct span text = span_take(&r->in, n);
	if (!utf8_valid(text)) {
		struct buf valid = {0};
		utf8_repair(&valid, text);
		text = arena_span(r->arena, buf_bytes(&valid));
		buf_fini(&valid);
	}
	return value_span(text);
}

static struct value read_value(struct reader *r);

static struct value read_values(struct reader *r)
{
	struct value_list list = {.arena = r->arena};
	while (!r->bad && eat(r, VAL)) {
		struct value v = read_value(r);
		value_push(&list, v);
	}
	return value_list_array(&list);
}

static struct value read_pairs(struct reader *r)
{
	struct value_list list = {.arena = r->arena};
	while (!r->bad && eat(r, VAR)) {
		struct value name = read_text(r), values = read_values(r);
		value_push(&list, name);
		value_push(&list, values.n == 1 ? values.at[0] : values);
	}
	return value_list_map(&list);
}

static struct value read_value(struct reader *r)
{
	bool table = at(r, TABLE_OPEN), array = at(r, ARRAY_OPEN);
	if (!table && !array)
		return read_text(r);
	span_take(&r->in, 1);
	if (++r->depth > MSDP_DEPTH_MAX) {
		r->bad = true;
		return value_null();
	}
	struct value v = table ? read_pairs(r) : read_values(r);
	if (r->in.n && !eat(r, table ? TABLE_CLOSE : ARRAY_CLOSE))
		r->bad = true;
	r->depth--;
	return v;
}

// Several values of a variable are a level that the text did not show.
static unsigned depth_of(const struct value *v)
{
	unsigned most = 0;
	uint32_t n = v->type == VALUE_MAP ? 2 * v->n : v->type == VALUE_ARRAY ? v->n : 0;
	for (uint32_t i = 0; i < n; i++) {
		unsigned depth = depth_of(&v->at[i]);
		most = depth > most ? depth : most;
	}
	return most + (v->type == VALUE_MAP || v->type == VALUE_ARRAY);
}

bool msdp_read(struct arena *arena, struct span says, struct value *out)
{
	struct reader r = {.arena = arena, .in = says};
	*out = read_pairs(&r);
	return out->n && !r.bad && !r.in.n && depth_of(out) <= 1 + MSDP_DEPTH_MAX;
}

// --- writing ---

static void put_text(struct buf *b, struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if ((uint8_t)text.p[i] > ARRAY_CLOSE)
			buf_char(b, text.p[i]);
}

static void put_value(struct buf *b, const struct value *v)
{
	switch (v->type) {
	case VALUE_NULL: break;
	case VALUE_BOOL: buf_char(b, v->b ? '1' : '0'); break;
	case VALUE_INT:
	case VALUE_FLOAT: json_put(b, v); break;
	case VALUE_STRING: put_text(b, value_text(v)); break;
	case VALUE_ARRAY:
		buf_char(b, ARRAY_OPEN);
		for (uint32_t i = 0; i < v->n; i++) {
			buf_char(b, VAL);
			put_value(b, &v->at[i]);
		}
		buf_char(b, ARRAY_CLOSE);
		break;
	case VALUE_MAP:
		buf_char(b, TABLE_OPEN);
		msdp_put(b, v);
		buf_char(b, TABLE_CLOSE);
		break;
	}
}

void msdp_put(struct buf *b, const struct value *map)
{
	for (uint32_t i = 0; map->type == VALUE_MAP && i < map->n; i++) {
		buf_char(b, VAR);
		put_text(b, value_text(&map->at[2 * i]));
		buf_char(b, VAL);
		put_value(b, &map->at[2 * i + 1]);
	}
}
