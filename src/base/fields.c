// SPDX-License-Identifier: MIT
#include "base/fields.h"

enum { LENGTH_BYTES = 4, NUMBER_BYTES = 8 };

static void put_number(struct buf *out, uint64_t n, unsigned bytes)
{
	while (bytes--)
		buf_char(out, (char)(n >> 8 * bytes));
}

static uint64_t number_of(struct span s)
{
	uint64_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n = n << 8 | (unsigned char)s.p[i];
	return n;
}

void fields_begin(struct buf *out, char version)
{
	buf_char(out, version);
}

void fields_put(struct buf *out, char tag, struct span s)
{
	buf_char(out, tag);
	put_number(out, s.n, LENGTH_BYTES);
	buf_span(out, s);
}

void fields_put_number(struct buf *out, char tag, uint64_t n)
{
	buf_char(out, tag);
	put_number(out, NUMBER_BYTES, LENGTH_BYTES);
	put_number(out, n, NUMBER_BYTES);
}

bool fields_open(struct span *record, char version)
{
	return record->n && span_take(record, 1).p[0] == version;
}

bool fields_take(struct span *record, char *tag, struct span *field)
{
	struct span rest = *record;
	if (rest.n < 1 + LENGTH_BYTES)
		return false;
	*tag = span_take(&rest, 1).p[0];
	uint64_t n = number_of(span_take(&rest, LENGTH_BYTES));
	if (rest.n < n)
		return false;
	*field = span_take(&rest, (size_t)n);
	*record = rest;
	return true;
}

bool fields_number(struct span field, uint64_t *n)
{
	*n = number_of(field);
	return field.n == NUMBER_BYTES;
}
