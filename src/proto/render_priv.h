// SPDX-License-Identifier: MIT
// What the files render*.c share: colours, and styles as a look can show them.
#pragma once
#include "proto/markup.h"

struct rgb {
	uint8_t r, g, b;
};
struct rgb colour_rgb(const struct colour *); // of INDEX and RGB, with xterm's palette
uint8_t colour_to_256(const struct colour *); // nearest of 16..255, which no user has changed
uint8_t colour_to_16(const struct colour *);

// What of a style the look can show, so that two that look alike are equal.
struct style style_for(const struct look *, const struct style *);
// SGR that makes one of the other; nothing when they are equal.
void style_put(
	const struct look *, const struct style *from, const struct style *to, struct buf *out);

static inline bool style_is_default(const struct style *s)
{
	return style_eq(s, &(struct style){0});
}

// The text, with the marks before each part of it.
struct rich_walk {
	const struct rich *rich;
	uint32_t mark; // the next
	size_t at;     // of the text
};
// Next is a mark → true; else *text is what stands before the next mark, empty at the end.
bool rich_next(struct rich_walk *, const struct rich_mark **mark, struct span *text);

// The same, of what the set has and nothing else; into an empty rich, for rich_fini().
void rich_fit(const struct rich *, uint8_t charset, struct rich *out);
// The same for ears: no styles, no lines that are only drawn.  midline: the first line goes on.
void rich_speak(const struct rich *, bool midline, struct rich *out);

// Whatever the look's character set and reader.
void render_terminal(
	const struct rich *, const struct look *, struct pen *, bool reset, struct buf *out);

// Does the look have such links?
bool render_link_has(const struct look *, const struct rich_mark *);
void render_link_begin(
	const struct look *, const struct rich *, const struct rich_mark *, struct buf *);
void render_link_end(const struct look *, const struct rich_mark *, struct buf *);

// Is the text of a link that ends here where it leads, or is there none?
bool render_link_says_where(const struct rich *, const struct rich_mark *, size_t end);

// Those of `which`, out of & < > " ', as entities.
void put_entities(struct span, const char *which, struct buf *out);
