// SPDX-License-Identifier: MIT
// Markup: text of games in their dialects, read once into *rich text*, and written once for every
// *look*: what a client can show.  Nothing of a game's text reaches a client unread.
//
//	game's bytes ── markup_read (dialect) ──► struct rich ── render_x (look) ──► client's bytes
//
// The injection rules: of escape sequences only SGR (colours) survives, as styles; C0 but TAB and LF,
// DEL and C1 are taken out, an OSC, DCS, APC, PM or SOS with what is in it, up to a bound and the end
// of its line.  What players say stands in games' text: see text_clean() and markup_escape().
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
	RICH_CLEAR,    // clear the screen
	RICH_BELL,
	RICH_SOUND, // MSP: a whole !!SOUND(…) or !!MUSIC(…), not part of the text
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
};
void rich_clear(struct rich *); // keeps the memory
void rich_fini(struct rich *);
void rich_text(struct rich *, struct span utf8); // plain text of ours, appended
void rich_mark(struct rich *, const struct rich_mark *);

// --- reading ---

// One stream of a game's text: what it is in the middle of.  Zeroed but for the dialect it is at its
// beginning.
struct markup {
	uint8_t dialect;
	bool sounds;   // MSP is read; else it is text with its trigger broken
	uint8_t state; // markup.c's
	struct style style;
	uint16_t n;
	char part[192]; // of an escape sequence, a code or a character that is not whole yet
};
void markup_read(struct markup *, struct span utf8, struct rich *out); // appends
void markup_end(
	struct markup *, struct rich *out); // what was in part is text; style is default again

// What a player said, so that a game may put it into text of that dialect and nothing in it counts.
void markup_escape(enum dialect, struct span utf8, struct buf *out);
// What a player typed, for the game: no controls but TAB, no bidirectional overrides, no zero-width
// characters that hide (U+202A–E, U+2066–9, U+200B, U+200E–F, U+FEFF); valid UTF-8.
void text_clean(struct span utf8, struct buf *out);

// --- writing ---

enum look_colours { LOOK_NONE, LOOK_16, LOOK_256, LOOK_TRUE };
enum look_links { LOOK_PLAIN, LOOK_MXP, LOOK_MSLP, LOOK_OSC8 };

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

// Where the client's pen is, between two writes of one stream.
struct pen {
	struct style style;
	uint16_t column; // cells since the last newline
};

// Telnet text: CR LF, SGR with minimal differences, 255 doubled.  A write that begins and ends with
// the default style can be shared: then pass a zeroed pen and `reset`.
void render_telnet(
	const struct rich *, const struct look *, struct pen *, bool reset, struct buf *out);
void render_plain(const struct rich *, struct buf *out); // UTF-8, for logs and chats
void render_html(const struct rich *, struct buf *out);  // spans with classes, lines with LF
void render_spans(const struct rich *, struct buf *out); // JSON: an array with one entry a line
