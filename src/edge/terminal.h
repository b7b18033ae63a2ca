// SPDX-License-Identifier: MIT
// Terminal: what a player sits at, as the rest of the edge sees it.  A kind of terminal turns a
// connection's bytes into lines and facts, and rich text into what its client can show.  It is owned
// by its kind, which tells its player by way of `events`.
//
//	conn ⇄ terminal (telnet: edge/telnet.h) ⇄ player ⇄ game ⇄ game_link
#pragma once
#include "base/blob.h"
#include "net/close.h"
#include "proto/markup.h"

struct player;
struct terminal;

enum { // bytes; what clients tell about themselves is cut to these
	TERMINAL_NAME_MAX = 64,
	TERMINAL_LINE_MAX =
		4096, // of a line that a player types; the rest of it is thrown away and told
};

enum terminal_changed { // bits
	TERMINAL_SIZE = 1,
	TERMINAL_CLIENT = 2, // name, type, version, MTTS
	TERMINAL_LOOK = 4,   // colours, charset, screen reader
};

// What is known of a client.  Texts are loans of the terminal, UTF-8 without controls.
struct terminal_facts {
	const char *transport; // "telnet", "telnets"
	struct span client, version, type;
	struct span supports;   // GMCP modules of Core.Supports: a JSON array, or empty
	uint16_t width, height; // 0: unknown
	uint32_t mtts;          // bits of the Mud Terminal Type Standard
	bool gmcp, msdp, eor, mccp, secure;
};

// What is shown to one or many: rendered once for each look it meets (edge/showing.h).
struct showing;

// An out-of-band message to one or many: made once, for the first who can read it, and shared.
struct oob {
	struct span package, json; // loans
	struct blob *made; // the terminal's bytes; NULL: not made, or there is nothing to say
	bool tried;
};
static inline void oob_fini(struct oob *m)
{
	blob_unref(m->made);
}

struct terminal_kind {
	const char *name;
	void (*show)(struct terminal *, struct showing *);
	// What is typed from now on is not to be shown (a password).
	void (*hide)(struct terminal *, bool);
	// One GMCP message; json may be empty.  Clients without it are sent nothing.
	void (*oob)(struct terminal *, struct oob *);
	void (*facts)(const struct terminal *, struct terminal_facts *);
	// The game is gone or back: half-open escape modes, MXP and hiding are put right.
	void (*reset)(struct terminal *);
	// So much is unread that more had better wait for events->drained.
	bool (*is_full)(const struct terminal *);
	void (*close)(struct terminal *, enum conn_close why); // events->gone follows
	// Looks as the player wants it, whatever was negotiated: see edge/words.
	void (*prefer)(struct terminal *, const struct look *wanted, unsigned which);
};
enum look_which { LOOK_COLOURS = 1, LOOK_CHARSET = 2, LOOK_READER = 4, LOOK_WIDTH = 8 };

// None may be NULL.
struct terminal_events {
	// Negotiation has come to an end, or has taken 2 s, or a line has come: once, before all lines.
	void (*settled)(struct player *);
	void (*line)(struct player *, struct span utf8); // clean (text_clean), without its end
	void (*changed)(struct player *, unsigned what);
	void (*oob)(
		struct player *, struct span package, struct span json); // json is one JSON text
	void (*mssp)(struct player *, struct buf *pairs); // name NUL value NUL …, of edge/mssp.h
	void (*drained)(struct player *);                 // it was full, and is not any more
	void (*gone)(struct player *, enum conn_close why); // the last
};

struct terminal {
	const struct terminal_kind *kind;
	const struct terminal_events *events;
	struct player *player;
	struct look look; // as it is now
};
