// SPDX-License-Identifier: MIT
// What the files of the telnet terminal share: telnet.c (its life), telnet_in.c (bytes to lines),
// telnet_edit.c (the line at hand), telnet_out.c (text to bytes), telnet_look.c (what is known of the
// client), telnet_stranger.c (who is no player), and one file an option in edge/telnet/.
#pragma once
#include "base/arena.h"
#include "base/log.h"
#include "edge/telnet.h"
#include "proto/telnet_q.h"
#include "tables/config.h"
#include <zlib.h>

enum telnet_about_what { ABOUT_CLIENT, ABOUT_VERSION, ABOUT_TYPE, ABOUT_COUNT };

// By whose word the client's character set is known; a later one outweighs those before.
enum telnet_charset_from { FROM_NOBODY, FROM_MTTS, FROM_MNES, FROM_CHARSET, FROM_COUNT };

// What is known of clients that tell something; others do not pay for it.
struct telnet_about {
	char *text[ABOUT_COUNT]; // NULL: unknown
	char *supports;          // of Core.Supports: a JSON array, or NULL
	uint64_t last_type;      // digest of the last answer to TTYPE
	uint32_t mtts;
	uint8_t asked; // times TTYPE was
	uint8_t charset[FROM_COUNT];
	uint8_t charsets; // bits of enum telnet_charset_from
};

struct telnets {
	struct shows *shows;
	struct tls *tls;
	const struct config *config; // a loan; replaced on reload
	struct link held;            // struct telnet: MCCP2 has bytes of this turn
	size_t n;
	struct log_pace pace; // of what strangers do
	// Scratch of the call at hand.
	struct buf wire, read, clean;
	struct arena arena;
	char deflated[16 << 10];
};

struct telnet {
	struct terminal terminal;
	struct telnets *all;
	struct conn *conn;
	struct link held;
	struct telnet_about *about;
	struct telnet_deflater *deflater; // MCCP2; NULL: plain
	struct buf line;                  // typed so far; UTF-8, clean
	struct buf rest;                  // came in, and waits until lines may go on
	struct telnet_q q;
	struct charset_in charset;
	struct pen pen;     // of the game's own stream
	struct look wanted; // by the player's word
	uint64_t opened_ms, probed_ms, told_ms;
	uint64_t mark_ms;      // when half a line is to be marked as a prompt
	uint64_t lines_due_us; // when all lines so far were due, at the rate
	uint32_t waits;        // bits of enum telnet_option: a subnegotiation is to come
	uint16_t width, height;
	uint8_t last_offer; // option << 1 | side
	uint8_t which;      // bits of enum look_which: of wanted
	uint8_t changed;    // bits of enum terminal_changed, not told yet
	uint8_t escape;     // of a sequence the client types, see telnet_edit.c
	uint8_t last;       // CR or LF: the end of a line, whose other half may follow
	bool settled;
	bool speaks;    // has sent a telnet command
	bool seen_text; // and something else
	bool seen_line; // and a whole line of that
	bool paused;    // nothing is read: its lines come too fast
	bool hello;     // began with the first byte of TLS
	bool hidden;    // what is typed is not shown
	bool echoes;    // the client asked us to show what it types
	bool mid_line;  // what we sent last did not end its line
	bool marked;    // has read a mark behind a prompt
	bool too_long;  // the line at hand is
};
_Static_assert(sizeof(struct telnet) <= 640, "an idle player costs this");

struct telnet_option_kind {                    // any may be NULL
	bool (*offers)(const struct telnet *); // NULL: if the table says so
	void (*on_us)(struct telnet *, bool on);
	void (*on_him)(struct telnet *, bool on);
	void (*on_sub)(struct telnet *, struct span says); // agreed on either side
};
#define TELNET_OPTION(id, number, us, him) extern const struct telnet_option_kind telnet_##id;
#include "tables/telnet.tbl"

static inline struct telnet *telnet_of(const struct terminal *t)
{
	return container_of(t, struct telnet, terminal);
}

// telnet.c
bool telnet_us(const struct telnet *, enum telnet_option);  // we may speak it
bool telnet_him(const struct telnet *, enum telnet_option); // the client may
void telnet_ask(struct telnet *, enum telnet_option, enum telnet_side, bool on);
void telnet_sub(struct telnet *, enum telnet_option, struct span says);
void telnet_wait(struct telnet *, enum telnet_option, bool); // until settled
void telnet_settle(struct telnet *);
void telnet_arm(struct telnet *); // something is due earlier than before

// telnet_in.c
void telnet_text(struct telnet *, struct span raw);
void telnet_go_on(struct telnet *); // with what waits, if it may
uint64_t telnet_lines_wait_ms(const struct telnet *);
void telnet_spend(struct telnet *); // what counts as a line, and cannot wait

// telnet_oob.c
void telnet_oob(struct terminal *, struct oob *);

// telnet_edit.c
bool telnet_edits(const struct telnet *);
void telnet_edit_put(struct telnet *, struct span raw);
void telnet_edit_control(struct telnet *, uint8_t c);
void telnet_edit_kill(struct telnet *);
bool telnet_edit_aside(struct telnet *); // makes room for what is shown now; → telnet_edit_again()
void telnet_edit_again(struct telnet *);
void telnet_edit_end(struct telnet *); // the line at hand is done

// telnet_out.c
void telnet_write(struct telnet *, struct span wire);
void telnet_wire(struct telnet *);       // all->wire, and clears it
void telnet_fresh_line(struct telnet *); // where the default style begins
void telnet_mark(struct telnet *);       // behind a prompt
void telnet_share(struct telnet *, struct blob *, uint32_t from, uint32_t to);
void telnet_say(struct telnet *, const char *words); // a line of the gate's own
void telnet_show(struct terminal *, struct showing *);
void telnet_reset(struct terminal *);

// telnet/mccp2.c
void telnet_deflate(struct telnet *, struct span);
void telnet_deflate_share(struct telnet *, struct blob *, uint32_t from, uint32_t to);
size_t telnet_deflate_waiting(const struct telnet *); // bytes
bool telnet_deflate_flush(struct telnets *);          // → whether another turn is needed
void telnet_deflate_end(struct telnet *);

// telnet/start_tls.c
void telnet_no_tls(struct telnet *); // it is too late for it

// telnet_look.c
struct telnet_about *telnet_about(struct telnet *); // made when there is none
void telnet_about_free(struct telnet *);
void telnet_know(struct telnet *, enum telnet_about_what, struct span);
void telnet_know_charset(struct telnet *, enum telnet_charset_from, struct span name);
void telnet_know_mtts(struct telnet *, uint32_t bits);
void telnet_look(struct telnet *); // anew
void telnet_facts(const struct terminal *, struct terminal_facts *);
void telnet_prefer(struct terminal *, const struct look *wanted, unsigned which);

// telnet_stranger.c: true: it was no player, and is done with.
bool telnet_is_hello(struct telnet *, struct span raw); // the first bytes
bool telnet_is_stranger(struct telnet *, struct span line);
