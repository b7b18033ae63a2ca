// SPDX-License-Identifier: MIT
// What the files markup*.c share: a dialect is what its codes begin with, and what they mean.
#pragma once
#include "proto/markup.h"

enum { DIALECT_LEADS = 3 };

struct dialect_kind {
	const char *word;
	char leads[DIALECT_LEADS + 1]; // bytes that codes begin with
	bool escapes;                  // SGR is a style
	// The code at the front of s, which begins with a lead.  → bytes eaten, at least 1; 0: it may
	// go on behind s, never when `whole` or when s has MARKUP_PART_MAX bytes.  Depends on nothing
	// but the bytes it looks at: streams are cut anywhere.
	size_t (*code)(struct markup *, struct span s, bool whole, struct rich *out);
	// A player's clean text, so that no code is in it.
	void (*escape)(struct span clean, struct buf *out);
};

#define DIALECT(id, word, help) extern const struct dialect_kind dialect_##word;
#include "tables/dialects.tbl"
extern const struct dialect_kind *const dialect_kinds[DIALECT_COUNT];

// An SGR without a meaning: takes its place between two characters and is not seen.
#define MARKUP_NOTHING "\x1b[10m"

void markup_text(struct markup *, struct span, struct rich *out); // no controls but TAB and LF
void markup_reset(struct markup *, struct rich *out);             // to the default style
void markup_fg(struct markup *, uint8_t index, struct rich *out);
void markup_bg(struct markup *, uint8_t index, struct rich *out);
void markup_attribute(struct markup *, unsigned bit, struct rich *out);
// 0 to 7 of k (or x), r, g, y, b, m, c, w in either case; -1: none of them.
int markup_letter(char c);
// COMMAND or URL; the raw data is cleaned.  A URL that is none, or empty data, makes no link.
void markup_link(struct markup *, enum rich_kind, struct span raw, struct rich *out);
void markup_link_end(struct markup *, struct rich *out);
// The parameters of a CSI … m.
void markup_sgr(struct style *, struct span parameters);
// A lead twice is itself.
void markup_escape_doubling(const char *leads, struct span clean, struct buf *out);
// 6 levels of red, green and blue as in SGR 38;5.
static inline uint8_t markup_cube(unsigned r, unsigned g, unsigned b)
{
	return (uint8_t)(16 + 36 * r + 6 * g + b);
}
