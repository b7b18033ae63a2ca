// SPDX-License-Identifier: MIT
// Markup: text of games in their dialects, read once into *rich text*, and written once for every
// *look*: what a client can show.  Nothing of a game's text reaches a client unread.
//
//	game's bytes ── markup_read (dialect) ──► struct rich ── render_x (look) ──► client's bytes
//
// The injection rules: of escape sequences only SGR (colours) survives, as styles; C0 but TAB and LF,
// DEL and C1 are taken out (BEL is a mark), an OSC, DCS, APC, PM or SOS with what is in it, up to a
// bound and the end of its line.  What players say stands in games' text: see text_clean() and
// markup_escape().
#pragma once
#include "base/buf.h"
#include "proto/charset.h"

enum dialect {
#define DIALECT(id, word, help) DIALECT_##id,
#include "tables/dialects.tbl"
	DIALECT_COUNT
};
const char *dialect_word(enum dialect);
bool dialect_find(struct span word, enum dialect *out) must_check;

// --- rich text ---

enum colour_kind { COLOUR_DEFAULT, COLOUR_INDEX, COLOUR_RGB };

struct colour {
	uint8_t kind;    // enum colour_kind
	uint8_t r, g, b; // INDEX: r is 0..255, as in SGR 38;5
};

enum { // attributes of a style
	STYLE_BOLD = 1,
	STYLE_DIM = 2,
	STYLE_ITALIC = 4,
	STYLE_UNDERLINE = 8,
	STYLE_BLINK = 16,
	STYLE_INVERSE = 32,
	STYLE_CONCEAL = 64,
	STYLE_STRIKE = 128,
};

struct style {
	struct colour fg, bg;
	uint8_t attributes;
};

enum rich_kind {
	RICH_STYLE,    // from here on
	RICH_COMMAND,  // a link begins here: what it sends when clicked
	RICH_URL,      // a link begins here: http or https, checked
	RICH_LINK_END, // it ends here
	RICH_BELL,
	RICH_SOUND, // MSP: a whole !!SOUND(…) or !!MUSIC(…), not part of the text, nor its LF
};

struct rich_mark {
	uint32_t at; // byte of the text it stands before
	uint8_t kind;
	struct style style;    // RICH_STYLE
	uint32_t data, data_n; // COMMAND, URL, SOUND: bytes of rich->data
	uint32_t hint, hint_n; // a link's hint, or empty
};

// Owned by whoever made it; zeroed is empty.  Marks are in order of `at`.
struct rich {
	struct buf text; // valid UTF-8; lines end in LF; no other control but TAB
	struct buf data;
	struct rich_mark *marks;
	uint32_t n, cap;
	struct style style; // at its end
};
void rich_clear(struct rich *); // keeps the memory
void rich_fini(struct rich *);
void rich_text(struct rich *, struct span utf8); // plain text of ours, appended
// Appended, at the text's end.  What a mark does not need of the arguments stays empty.
void rich_style(struct rich *, const struct style *);
void rich_mark(struct rich *, enum rich_kind, struct span data, struct span hint);
// Data of a mark.
static inline struct span rich_data(const struct rich *r, const struct rich_mark *m)
{
	return span_of(r->data.n ? r->data.p + m->data : NULL, m->data_n);
}
static inline struct span rich_hint(const struct rich *r, const struct rich_mark *m)
{
	return span_of(r->data.n ? r->data.p + m->hint : NULL, m->hint_n);
}
static inline bool style_eq(const struct style *a, const struct style *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

// --- reading ---

enum {
	MARKUP_PART_MAX = 256,   // of a code that is kept until it is whole; links and sounds too
	MARKUP_STRING_MAX = 4096 // of an OSC and its like that is skipped; then text goes on
};

// One stream of a game's text: what it is in the middle of.  Zeroed but for the dialect it is at its
// beginning.  However a stream is cut, the same comes out.
struct markup {
	uint8_t dialect;
	bool sounds;   // MSP is read; else it is text with its trigger broken
	bool midline;  // no line begins here
	bool heard;    // a sound has just been read: its LF is not text
	bool link;     // one is open
	uint8_t state; // markup.c's
	uint16_t n;    // bytes in part; in a string: bytes of it
	struct style style;
	char part[MARKUP_PART_MAX]; // of a sequence, a code or a character that is not whole yet
};
void markup_read(struct markup *, struct span utf8, struct rich *out); // appends
// The game has said its prompt: what may be the beginning of a code is text.  The stream goes on.
void markup_flush(struct markup *, struct rich *out);
// What was in part is text, but for escape sequences; links end, style is default again.
void markup_end(struct markup *, struct rich *out);

// What a player said, so that a game may put it into text of that dialect and nothing in it counts:
// read, it is what text_clean() makes of it.
void markup_escape(enum dialect, struct span utf8, struct buf *out);
// What a player typed, for the game: no controls but TAB, no bidirectional overrides, no zero-width
// characters that hide (U+202A–E, U+2066–9, U+200B, U+200E–F, U+FEFF); valid UTF-8.
void text_clean(struct span utf8, struct buf *out);

// --- writing ---

enum look_colours { LOOK_NONE, LOOK_16, LOOK_256, LOOK_TRUE };
// MXP: & < > of the text are sent as entities, so the client has to be in open mode; then text can
// hold no tag, whatever the client's mode.  Send MXP_OPEN when MXP was agreed, and after each reset.
enum look_links { LOOK_PLAIN, LOOK_MXP, LOOK_MSLP, LOOK_OSC8 };
#define MXP_OPEN "\x1b[5z"

// All that decides which bytes a client is sent: clients that look alike share them.
struct look {
	uint8_t colours; // enum look_colours
	bool bright;     // has SGR 90–97 and 100–107; else bright is bold
	uint8_t charset; // enum charset
	uint8_t links;   // enum look_links
	bool reader;     // a screen reader: no colours, no rules of dashes, nothing that moves
	bool sounds;     // MSP was agreed
	uint16_t width;  // cells to wrap at; 0: lines are not wrapped
};
_Static_assert(sizeof(struct look) == 8, "compared as bytes: nothing stands between its members");
static inline bool look_eq(const struct look *a, const struct look *b)
{
	return memcmp(a, b, sizeof *a) == 0;
}

// Where the client's pen is, between two writes of one stream.
struct pen {
	struct style style; // as it was sent
	uint16_t column;    // cells since the last newline; 0: it is at a line's beginning
};

// Telnet text: CR LF, SGR with minimal differences, 255 doubled.  A write that begins and ends with
// the default style can be shared: then pass a zeroed pen and `reset`.  A link ends with its write.
void render_telnet(
	const struct rich *, const struct look *, struct pen *, bool reset, struct buf *out);
// UTF-8, for logs and chats: without zero-width characters that hide; a URL stands behind its text.
void render_plain(const struct rich *, struct buf *out);
// Lines with LF; spans and links end with their line.  Classes c0…c15 and b0…b15 are colours of text
// and background; bold, dim, italic, underline, blink, inverse, conceal, strike; a.link, button.cmd.
void render_html(const struct rich *, struct buf *out);
// JSON: an array with one entry a line, so that joined by LF they are the text.  An entry is a string,
// or an array of strings and {"t": text, "fg", "bg": 0…255 or "#rrggbb", "a": enum of a style's
// attributes, "l": {"cmd" or "url", "hint"}}.
void render_spans(const struct rich *, struct buf *out);
