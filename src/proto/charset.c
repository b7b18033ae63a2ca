// SPDX-License-Identifier: MIT
// Names of character sets (RFC 2066 and what clients say instead), and their bytes as UTF-8.
#include "base/utf8.h"
#include "proto/charset_priv.h"

enum { REPLACEMENT = 0xfffd };

static const char *const names[] = {
#define CHARSET(id, name) name,
#include "tables/charsets.tbl"
};

static const struct {
	const char *name; // letters and digits only, as same_name() compares
	uint8_t is;
} others[] = {
	{"ascii", CHARSET_ASCII},
	{"iso646us", CHARSET_ASCII},
	{"ansix341968", CHARSET_ASCII},
	{"latin1", CHARSET_LATIN1},
	{"l1", CHARSET_LATIN1},
	{"latin2", CHARSET_LATIN2},
	{"l2", CHARSET_LATIN2},
	{"latin9", CHARSET_LATIN9},
	{"latin0", CHARSET_LATIN9},
	{"l9", CHARSET_LATIN9},
	{"cp1252", CHARSET_CP1252},
	{"ansi", CHARSET_CP1252},
	{"cp437", CHARSET_CP437},
	{"437", CHARSET_CP437},
	{"koi8", CHARSET_KOI8R},
	{"cp1251", CHARSET_CP1251},
};

const char *charset_name(enum charset c)
{
	ensure(c < CHARSET_COUNT);
	return names[c];
}

static bool letter_or_digit(char c)
{
	return (c >= '0' && c <= '9') || (ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z');
}

// Clients differ in what stands between the words: utf8, UTF_8, iso8859-1.
static bool same_name(struct span a, const char *b)
{
	for (size_t i = 0; i < a.n; i++) {
		if (!letter_or_digit(a.p[i]))
			continue;
		while (*b && !letter_or_digit(*b))
			b++;
		if (!*b || ascii_lower(a.p[i]) != ascii_lower(*b++))
			return false;
	}
	while (*b && !letter_or_digit(*b))
		b++;
	return !*b;
}

bool charset_find(struct span name, enum charset *out)
{
	for (size_t i = 0; i < countof(names); i++)
		if (same_name(name, names[i])) {
			*out = (enum charset)i;
			return true;
		}
	for (size_t i = 0; i < countof(others); i++)
		if (same_name(name, others[i].name)) {
			*out = (enum charset)others[i].is;
			return true;
		}
	return false;
}

static uint32_t code_point(enum charset set, uint8_t c)
{
	if (c < 128)
		return c;
	if (set == CHARSET_UTF8 || set == CHARSET_ASCII)
		return REPLACEMENT;
	uint32_t code = charset_upper[set][c - 128];
	// Who says ISO 8859-1 and sends 80..9F means windows-1252: those are its quotes and dashes.
	if (!code && set == CHARSET_LATIN1)
		code = charset_upper[CHARSET_CP1252][c - 128];
	return code ? code : REPLACEMENT;
}

static void read_bytes(enum charset set, struct span in, struct buf *out)
{
	size_t i = 0;
	while (i < in.n) {
		size_t plain = utf8_ascii(in.p + i, in.n - i);
		buf_put(out, in.p + i, plain);
		for (i += plain; i < in.n && (uint8_t)in.p[i] >= 128; i++)
			utf8_put(out, code_point(set, (uint8_t)in.p[i]));
	}
}

// → bytes read; less than in.n when the rest is the beginning of a character.
static size_t read_utf8(const struct charset_in *c, struct span in, struct buf *out)
{
	size_t i = 0;
	while (i < in.n) {
		struct utf8 u = {0};
		size_t good = utf8_feed(&u, in.p + i, in.n - i);
		// Back to the beginning of the character that is broken or not whole.
		size_t whole = good;
		if (u.need)
			do
				whole--;
			while (((uint8_t)in.p[i + whole] & 0xc0) == 0x80);
		buf_put(out, in.p + i, whole);
		i += whole;
		bool cut = i - whole + good == in.n; // nothing wrong in it
		if (cut)
			return i;
		utf8_put(out, code_point(c->otherwise, (uint8_t)in.p[i++]));
	}
	return i;
}

void charset_read(struct charset_in *c, struct span in, struct buf *out)
{
	if (c->is != CHARSET_UTF8) {
		read_bytes((enum charset)(c->is == CHARSET_ASCII ? c->otherwise : c->is), in, out);
		return;
	}
	while (c->n && in.n) {
		c->part[c->n++] = (uint8_t)span_take(&in, 1).p[0];
		size_t used = read_utf8(c, span_of(c->part, c->n), out);
		c->n = (uint8_t)(c->n - used);
		memmove(c->part, c->part + used, c->n);
	}
	size_t used = read_utf8(c, in, out);
	for (; used < in.n; used++)
		c->part[c->n++] = (uint8_t)in.p[used];
}
