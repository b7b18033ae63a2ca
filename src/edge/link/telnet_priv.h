// SPDX-License-Identifier: MIT
// What the files of the telnet link share and nobody else may see.
//
//	telnet.c           what the edge asks of the link
//	telnet_reach.c     a game: who waits to be connected again, and when it is their turn
//	telnet_upstream.c  a player's connection to the game: its states
//	telnet_parting.c   why it may have ended
//	telnet_wire.c      what comes in on it, and what goes out, piece by piece
//	telnet_answers.c   options: what the game asks, and what is answered for the player
//	telnet_claims.c    what that is; telnet_environ.c: by NEW-ENVIRON
//	telnet_relay.c     GMCP, MSDP and MSSP
//	telnet_source.c    how the game is to learn the player's address
//	telnet_learn.c     how the player logs in; telnet_template.c: lines that do
//	telnet_again.c     doing it again
//
// Games' parsers lose what is split over two reads and type what they did not ask for, so nothing is
// sent unasked, each answer is one write with nothing else in it, and the next one follows when the
// kernel has taken it.
#pragma once
#include "edge/edge.h"
#include "edge/endpoint.h"
#include "net/dial.h"
#include "proto/telnet_q.h"
#include <netinet/in.h>
#include <sys/un.h>

enum {
	UPSTREAM_DIAL_MS = 10000,
	UPSTREAM_MOMENT_MS =
		500, // after EOF: so long the connections of a process that dies may take
	// A game says something at once.  One that does not may be dying, with a kernel that still
	// answers for it; after so long it is a quiet one.
	UPSTREAM_SILENT_MS = 3000,
	UPSTREAM_QUIT_MS =
		2000, // a game that ends the connection so soon after `quit` was asked to
	// A connection so short was not let in, if others are.  After so many in a row the game means it.
	UPSTREAM_SHORT_MS = 5000,
	UPSTREAM_SHORT_MAX = 5,
	UPSTREAM_WAITING_MAX = 64 << 10, // bytes toward a game that does not read: pages of a paste
	UPSTREAM_PIECE_MAX = 2048,       // lines are put together up to here; options never are
	UPSTREAM_ANSWER_MAX = 256, // bytes of an option's answer that old parsers have room for
	// A game that has copied itself over asks anew for what it has; one that asks back so soon only
	// answers our answer.
	UPSTREAM_ANEW_MS = 1000,
	UPSTREAM_MSSP_MAX = 8 << 10, // what a game says to crawlers
	REACH_KNOWN_MS = 60000,      // a name that was looked up is not looked up again for
};

// --- login again ---

enum { AGAIN_NAME_MAX = 64, AGAIN_PASSWORD_MAX = 256, AGAIN_TAIL_MAX = 1024 };

struct again_secret { // sodium_malloc: not swapped, wiped when freed
	char name[AGAIN_NAME_MAX + 1], password[AGAIN_PASSWORD_MAX + 1];
	bool has_name, has_password;
};

enum again_state {
	AGAIN_OFF,      // nothing is learned or done on this connection any more
	AGAIN_LEARNING, // what the player types is looked at
	AGAIN_WAITING,  // for the text that is to be answered
	AGAIN_SENT,     // all is said; for the game to refuse it, or not
};

struct again {
	struct again_secret *secret; // NULL: nothing learned
	uint8_t state;               // enum again_state
	bool answered;               // AGAIN_SENT: the game has said something since
	unsigned step;               // of the script: the next to answer, or armed
	bool patient;                // the last wait in this state has begun
	unsigned breaks;             // connections that ended in the middle
	bool armed;                  // AGAIN_LEARNING: what is typed next answers the step
	unsigned lines;              // typed on this connection
	struct timer timer;
	struct buf tail; // what the game said last, in lower case
	struct buf held; // lines the player typed meanwhile, each with LF
};

// --- one player's connection ---

enum upstream_state {
	UPSTREAM_IDLE, // not connected: waits in reach->line, or for the edge to ask
	UPSTREAM_DIALING,
	UPSTREAM_OPEN,
	UPSTREAM_ENDING, // the game has closed it after a word that may have meant that
	UPSTREAM_ASKING, // and nobody else is there to tell by: is the game alive?
};

struct reach;
struct upstream {
	struct link in_reach;
	struct link in_line;   // reach->line
	struct reach *reach;   // NULL: the player has left
	struct player *player; // likewise
	struct conn *conn;     // while it is open
	struct dial *dial;     // while its name is being looked up
	struct timer timer;    // a moment
	struct timer pace;     // the next piece
	uint8_t state;         // enum upstream_state
	uint8_t handles;       // timers not yet closed, and a dial not yet answered
	bool asked;            // the edge waits for player_joined()
	bool joined;
	bool alive; // the game has said something on this connection, or was just quiet
	bool other; // dialled a second time at once, for another address of the name
	union {
		struct sockaddr any;
		struct sockaddr_in in;
	} from;
	// What was agreed on this connection, and what the game has asked for at any time.
	struct telnet_q q;
	uint32_t wanted[2]; // bits of enum telnet_option, by side
	uint64_t asked_ms[TELNET_OPTIONS];
	uint8_t ttype;     // answers given
	uint64_t supports; // digest of what Core.Supports.Set said last
	bool hidden, was_hidden;
	struct charset_in charset;
	struct markup markup;
	struct buf early; // text that came before the player was joined
	bool early_prompt;
	// Towards the game.
	struct buf pieces; // each behind its length, four bytes
	uint32_t last;     // where the last of them begins
	bool last_is_text;
	// How it ends.
	uint64_t opened_ms, typed_ms; // the player's last line
	unsigned quitting;            // lines for which it may still be that quit
	uint64_t lost_ms;             // the end of the last connection
	bool was_short;               // that one
	unsigned shorts;              // short connections in a row
	struct again again;
};

// telnet_upstream.c
struct upstream *upstream_new(struct reach *, struct player *);
void upstream_join(struct upstream *);
void upstream_dial(struct upstream *);
void upstream_leave(struct upstream *); // freed when nothing refers to it any more
void upstream_close(struct upstream *); // by us: the game has broken a rule
bool upstream_typed(struct upstream *, struct span utf8); // false: too much is waiting
// The game shows that it is there.
void upstream_heard(struct upstream *);
extern const struct face face_upstream;

// telnet_parting.c
void parting_typed(struct upstream *, struct span line);
bool parting_is_quit(const struct upstream *, enum conn_close why); // perhaps
void parting_lost(struct upstream *);
bool parting_is_unwanted(struct upstream *); // let in and thrown out, time after time

// telnet_wire.c
void wire_begin(struct upstream *); // a new connection: nothing is known
void wire_end(struct upstream *);   // the connection is gone
void wire_msg(struct upstream *, const struct codec_msg *);
void wire_early(struct upstream *);                    // shows what came early
bool wire_line(struct upstream *, struct span utf8);   // false: too much is waiting
bool wire_piece(struct upstream *, struct span bytes); // one write of its own
void wire_give(struct upstream *, struct buf *); // the same, if there is something, and frees it
void wire_pace(struct upstream *);

// telnet_answers.c
void answers_begin(struct upstream *);
void answers_ask(struct upstream *, struct span body);
void answers_sub(struct upstream *, uint8_t number, struct span says);
void answers_changed(struct upstream *); // facts of the terminal
bool answers_is_on(const struct upstream *, enum telnet_option);

// telnet_claims.c
enum { CLAIMS_COUNT = 6 };
extern const char *const claims_names[CLAIMS_COUNT]; // variables of MNES
const struct look *claims_look(const struct upstream *);
uint32_t claims_mtts(const struct upstream *);
void claims_client(const struct upstream *, struct buf *out);
void claims_kind(const struct upstream *, struct buf *out); // of terminal
bool claims_variable(const struct upstream *, struct span name, struct buf *out);

// telnet_environ.c
void environ_send(struct upstream *, struct span asked);

// telnet_relay.c
void relay_begin(struct upstream *, enum telnet_option); // agreed now
void relay_changed(struct upstream *);                   // facts of the terminal
void relay_sub(struct upstream *, enum telnet_option, struct span says);
void relay_gmcp(struct upstream *, struct span package, struct span json); // to the game
void relay_oob(struct upstream *, struct span package, struct span json);

// telnet_source.c
void source_from(struct upstream *);                          // where to come from
void source_header(const struct upstream *, struct buf *out); // what to say first

// telnet_again.c
void again_init(struct upstream *);
void again_fini(struct upstream *);
void again_begin(struct upstream *, bool again); // the player is in, for the first time or again
void again_end(struct upstream *);               // the connection is gone
bool again_is_busy(const struct upstream *);     // lines of the player wait: again_keep()
bool again_keep(struct upstream *, struct span utf8);
void again_clear(struct upstream *);                   // what the game said was answered
void again_heard(struct upstream *, struct span text); // of the game, without markup
void again_step(struct upstream *);                    // does what that was waited for
void again_queue(struct upstream *); // judges what was typed while the game was away
// GMCP of either side.  True: it is not for the other.
bool again_takes(struct upstream *, struct span package, struct span json);

// telnet_learn.c
enum config_again learn_mode(const struct upstream *);
const struct config_steps *learn_script(const struct upstream *);
bool learn_can(const struct upstream *); // something to log in with was learned
bool learn_is_secret(const struct config_step *);
void learn_forget(struct upstream *);
void learn_prompts(struct upstream *); // which of the script's stands last in what the game said
void learn_typed(struct upstream *, struct span utf8);
void learn_oob(struct upstream *, struct span package, struct span json);

// telnet_template.c
// A line like "connect {name} {password}", understood and made.
bool template_read(const char *pattern, struct span line, struct again_secret *);
void template_write(const char *pattern, const struct again_secret *, struct buf *out);

// --- a game ---

struct reach {
	struct game *game;
	struct link all;   // struct upstream
	struct link line;  // those who wait to be connected
	struct timer turn; // of those
	bool away;         // the last try failed, or the last link broke: one tries for all
	struct upstream *trying;
	unsigned failures;
	unsigned attempt; // which address of the name
	bool keyed;
	uint8_t key[32]; // of telnet.address: loopback
	char known[64];  // the address behind the name, while known_ms is young
	char *known_for; // the name
	uint64_t known_ms;
};

struct reach_at { // where the game listens
	char host[ENDPOINT_BYTES];
	uint16_t port;
	bool is_name;
	union {
		struct sockaddr any;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
		struct sockaddr_un un;
	} at; // unless is_name
};

struct reach *reach_new(struct game *);
void reach_free(struct reach *);
const struct config_game *reach_config(const struct reach *);
bool reach_address(struct reach *, struct reach_at *out) must_check;
void reach_wait(struct reach *, struct upstream *);      // into the line
void reach_succeeded(struct reach *, struct upstream *); // the game is there
void reach_failed(struct reach *, struct upstream *);    // or not
void reach_forget(struct reach *, struct upstream *);    // it goes
// Who were in the game when that one's connection ended, and still are.
bool reach_has_others(const struct reach *, const struct upstream *);
bool reach_is_keyed(const struct reach *);
