// SPDX-License-Identifier: MIT
#include "bridge/stream_record.h"

enum { VERSION = 1, SEQ_DIGITS = 16 };

static const char letters[] = {[STREAM_TO_BOTS] = 'b', [STREAM_TO_MODS] = 'm'};

// --- keys ---

void stream_record_name(struct buf *out, enum stream_towards towards, struct span channel)
{
	buf_char(out, letters[towards]);
	buf_span(out, channel);
}

void stream_record_entry_key(struct buf *out, struct span name, uint64_t seq)
{
	buf_span(out, name);
	if (seq < STREAM_RECORD_SEQ_END)
		buf_printf(out, "\n%0*llu", SEQ_DIGITS, (unsigned long long)seq);
	else
		buf_lit(out, "\n:"); // the character behind the digits
}

void stream_record_cursor_key(struct buf *out, struct span name, struct span consumer)
{
	buf_span(out, name);
	buf_char(out, '\n');
	buf_span(out, consumer);
}

struct store_range stream_record_range(struct buf *b, struct span name, uint64_t from, uint64_t to)
{
	buf_clear(b);
	stream_record_entry_key(b, name, from);
	size_t n = b->n;
	stream_record_entry_key(b, name, to);
	return (struct store_range){
		.table = STREAM_ENTRY_TABLE, .from = {b->p, n}, .to = {b->p + n, b->n - n}};
}

bool stream_record_is_name(struct span key)
{
	return key.n > 1 && key.n <= 1 + STREAM_CHANNEL_MAX_BYTES && !span_has_controls(key) &&
	       (key.p[0] == letters[STREAM_TO_BOTS] || key.p[0] == letters[STREAM_TO_MODS]);
}

bool stream_record_read_entry_key(struct span key, struct span *name, uint64_t *seq)
{
	*name = span_until(key, '\n');
	span_take(&key, name->n);
	if (key.n != 1 + SEQ_DIGITS)
		return false;
	span_take(&key, 1);
	return span_uint(key, STREAM_RECORD_SEQ_END - 1, seq) && *seq;
}

bool stream_record_read_cursor_key(struct span key, struct span *name, struct span *consumer)
{
	*name = span_until(key, '\n');
	span_take(&key, name->n);
	if (!key.n || !name->n)
		return false;
	span_take(&key, 1);
	*consumer = key;
	return key.n && key.n <= STREAM_CONSUMER_MAX_BYTES && !span_has_controls(key);
}

// --- values ---

static void put_number(struct buf *out, uint64_t n)
{
	buf_printf(out, " %llu", (unsigned long long)n);
}

void stream_record_put(struct buf *out, const struct stream_record *r)
{
	buf_int(out, VERSION);
	put_number(out, r->epoch);
	put_number(out, r->floor);
	put_number(out, r->floor_us);
	put_number(out, r->why);
}

void stream_record_put_cursor(struct buf *out, const struct stream_cursor_record *r)
{
	buf_int(out, VERSION);
	put_number(out, r->epoch);
	put_number(out, r->acked);
	put_number(out, r->seen_us);
	put_number(out, r->lost_us);
}

void stream_record_put_entry(struct buf *out, const struct stream_entry_record *r)
{
	buf_int(out, VERSION);
	put_number(out, r->epoch);
	put_number(out, r->received_us);
	put_number(out, r->id.n);
	buf_char(out, '\n');
	buf_span(out, r->id);
	buf_span(out, r->text);
}

// As many numbers as there is room for, behind the version and with a space between; fewer or more
// are false.
static bool read_numbers(struct span line, uint64_t *numbers, size_t n)
{
	uint64_t version;
	struct span word = span_until(line, ' ');
	span_take(&line, word.n);
	if (!span_uint(word, VERSION, &version) || version != VERSION)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!line.n)
			return false;
		span_take(&line, 1);
		word = span_until(line, ' ');
		span_take(&line, word.n);
		if (!span_uint(word, INT64_MAX, &numbers[i]))
			return false;
	}
	return !line.n;
}

bool stream_record_read(struct span value, struct stream_record *r)
{
	uint64_t n[4];
	if (!read_numbers(value, n, countof(n)) || n[3] >= STREAM_WHY_COUNT ||
		n[1] >= STREAM_RECORD_SEQ_END)
		return false;
	*r = (struct stream_record){n[0], n[1], n[2], (enum stream_why)n[3]};
	return true;
}

bool stream_record_read_cursor(struct span value, struct stream_cursor_record *r)
{
	uint64_t n[4];
	if (!read_numbers(value, n, countof(n)))
		return false;
	*r = (struct stream_cursor_record){n[0], n[1], n[2], n[3]};
	return true;
}

bool stream_record_read_entry(struct span value, struct stream_entry_record *r)
{
	uint64_t n[3];
	struct span line = span_until(value, '\n');
	span_take(&value, line.n);
	if (!value.n || !read_numbers(line, n, countof(n)))
		return false;
	span_take(&value, 1);
	if (n[2] > value.n)
		return false;
	*r = (struct stream_entry_record){.epoch = n[0], .received_us = n[1]};
	r->id = span_take(&value, (size_t)n[2]);
	r->text = value;
	return true;
}
