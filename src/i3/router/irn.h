// SPDX-License-Identifier: MIT
// IRN: the network of routers, version 1, as Dead Souls speaks it.  Every router is linked to every
// other one and tells it about its own MUDs and channels; packets for MUDs elsewhere travel inside
// irn-data.  Nothing that came from a peer is ever passed to a peer, so nothing can go in circles.
//
// A peer is another router of the configuration.  It is UP while it has a link that is.
//
//	       its time comes               a link is UP
//	DOWN ────────────────► TRYING ────────────────────► UP
//	 ▲ ▲                     │                           │
//	 │ └── no link left ─────┘                           │
//	 └── no link left: tried again after a pause, its MUDs go down after a grace ──┘
//
// A link is a connection to it, dialled by us or by the peer.
//
//	          connected, irn-startup-req sent         first packet heard
//	DIALLING ─────────────────────────────► GREETING ────────────────────┐
//	                      accepted, with a good irn-startup-req ────────► UP ──► RETIRING
//	any state ── lost, deadline ──► gone                 there is a better one ──┘
//
// Success at the other end of a dialled link is silence in version 1.  We answer an irn-startup-req
// with ours, which others take for a second one; whoever gets it back knows that the peer does as
// we do, and then of two links the one stays that the router with the lesser name dialled.  With
// others both stay: what is sent goes to the newer one, and the unused one dies of silence.
#pragma once
#include "base/log.h"
#include "i3/router/router_priv.h"
#include "net/dial.h"
#include "tables/config.h"

enum {
	IRN_MUDS_MAX = 500,      // of one peer; the largest network there is has 200
	IRN_MUDS_ALL_MAX = 1500, // of all, so that the table always has room for our own
	IRN_CHANNELS_MAX = 256,  // of one peer; the largest network has 169
	IRN_CHANNELS_ALL_MAX = 512,
	IRN_DELTA_MAX = 4096, // entries of one list packet looked at

	IRN_TICK_MS = 1000,      // how exact everything below is
	IRN_DIAL_MS = 15000,     // to connect
	IRN_GREET_MS = 40000,    // to hear something; Dead Souls speaks every 10 s
	IRN_SILENCE_MS = 120000, // then an UP link is dead
	IRN_RETIRE_MS = 10000,   // what is on its way still counts
	IRN_PING_MS = 10000,
	IRN_PAUSE_MS = 1000, // between tries, doubling
	IRN_PAUSE_MAX_MS = 60000,
	IRN_STEADY_MS = 30000,   // UP for so long, a link counts as good: pauses start anew
	IRN_AWAY_MS = 60000,     // after irn-shutdown it is not dialled
	IRN_GRACE_MS = 15000,    // four tries, before its MUDs are shown as down
	IRN_RELEARN_MS = 300000, // to hear of all MUDs over a new link: one may come a second
	IRN_ASK_MS = 60000,      // between two irn-mudlist-req to the same peer
	IRN_ANSWER_MS = 10000,   // between two whole lists to the same link
	IRN_PROBE_MS = 30000,    // silence that proves a MUD dead which a peer says is there

	IRN_FRAME = 2 << 20,
	IRN_FRAME_PACKETS = 64,
	IRN_UNREADABLE_MAX = 20, // frames or packets that make no sense, in a row
	IRN_AHEAD_S = 3600,      // a peer's clock may be wrong by so much
};

enum irn_peer_state { IRN_PEER_DOWN, IRN_PEER_TRYING, IRN_PEER_UP };
enum irn_link_state { IRN_DIALLING, IRN_GREETING, IRN_UP, IRN_RETIRING };

struct irn_link {
	struct link in_peer;
	struct irn_peer *peer; // NULL: given up; freed when its connection says it is over
	struct conn *conn;     // NULL: not connected yet
	struct dial *dial;     // while the name is looked up
	enum irn_link_state state;
	bool dialled; // by us
	bool modern;  // the peer is no Dead Souls router
	unsigned unreadable;
	size_t send_max;
	uint64_t number; // grows with every link that came UP
	uint64_t deadline_ms, ping_ms;
	uint64_t muds_sent_ms, channels_sent_ms; // whole lists; 0: never
	bool owes_muds, owes_channels;
};

struct irn_peer {
	struct link in_irn;
	struct irn *irn;
	enum irn_peer_state state;
	char name[ROUTER_NAME_MAX + 1];
	char *host;
	uint16_t port;
	struct config_password ours, theirs;
	bool trusted; // is told the passwords of our MUDs, and believed in those of its own
	bool wanted;  // while the configuration is taken over
	bool same;    // it answers irn-startup-req with its own, as we do
	struct link links;
	struct backoff backoff;
	uint64_t dial_ms;  // DOWN: when to try again
	uint64_t up_ms;    // UP: since when
	uint64_t sweep_ms; // UP: when it has told of all its channels; 0: that is over
	uint64_t asked_ms; // irn-mudlist-req, 0: never
	struct log_pace pace;
	char why[96]; // DOWN: because of what
};

struct irn {
	struct router *router;
	struct link peers;
	struct map told; // channels of ours the peers know of: name → struct irn_told
	struct timer tick;
	uint64_t links;     // that ever came UP
	bool channels_late; // a list of one has changed: nobody but the peers is told
	bool rivals;        // some MUD has one
	bool stopping;
};

// --- what the rest of the router calls ---

struct irn *irn_new(struct router *);
void irn_load(struct irn *); // once the tables are there
void irn_configure(struct irn *, const struct config_router_peers *);
void irn_stop(struct irn *); // irn-shutdown to all
void irn_free(struct irn *);
void irn_tick(struct irn *);
void irn_tell(struct irn *); // what changed in the lists
void irn_channels_later(struct irn *);

// A link that is not logged in says irn-startup-req: it becomes a peer's, or is refused.
void irn_accept(struct router_link *, const struct packet *);
// A packet of one of our MUDs.  False: its target is no MUD of a peer that can be reached.
bool irn_forward(struct router_link *, const struct packet *);
// To every peer.  False: too large for some.
bool irn_broadcast(struct irn *, const struct value *packet);
// Where a MUD of ours may log in with its password: here, and at trusted peers.  → how many.
size_t irn_routers(struct irn *, struct value *list, size_t most);
// A line of one of our MUDs on a filtered channel of a peer.
struct router_refusal irn_filter_ask(
	struct irn *, const struct router_channel *, const struct value *line);
void irn_mud_arrived(struct router *, struct router_mud *); // logged in here: it is ours now

// --- irn_peer.c ---

struct irn_peer *irn_peer_find(const struct irn *, struct span name);
void irn_peer_enter(struct irn_peer *, enum irn_peer_state);
struct irn_link *irn_peer_way(const struct irn_peer *); // where packets go; NULL: not UP
void irn_peer_settle(struct irn_peer *);                // a link came UP: retires what is too many
void irn_peer_lost(struct irn_peer *, const char *why); // a link went
void irn_peer_tick(struct irn_peer *);
void irn_peer_ask_muds(struct irn_peer *); // once in a while

// --- irn_link.c ---

void irn_link_dial(struct irn_peer *);
struct irn_link *irn_link_take(struct irn_peer *, struct router_link *); // its connection
void irn_link_up(struct irn_link *);
void irn_link_enter(struct irn_link *, enum irn_link_state);
void irn_link_tick(struct irn_link *);
void irn_link_drop(struct irn_link *, enum conn_close, const char *why); // frees it, later
// False: too large.
bool irn_send(struct irn_link *, const char *type, const struct value *body, size_t n);
bool irn_send_data(struct irn_link *, const struct value *packet);
void irn_dropped(struct irn_link *, const char *why, struct span type); // counted, logged
const char *irn_link_address(const struct irn_link *, char out[ROUTER_ADDRESS_MAX]);

// --- irn_greet.c ---

void irn_greet(struct irn_link *);
bool irn_greet_is_good(const struct irn_peer *, const struct packet *);
void irn_greet_learn(struct irn_link *, const struct packet *);

// --- irn_take.c: packets of a peer, by type ---

void irn_take(struct irn_link *, const struct value *);

// --- irn_record.c ---

struct irn_claim { // what a peer says of a MUD
	struct irn_link *link;
	struct span name;
	struct value record[RECORD_SIZE];
	char address[ROUTER_ADDRESS_MAX];
	int64_t state, since_s;
	int64_t password; // 0: not told, or not to be believed
	int64_t protocol;
};

// c->link and c->name are given.  NULL, or why it is not believed.
const char *irn_claim_read(struct irn_claim *c, const struct value *record);
struct value irn_record_of(struct router *, const struct router_mud *, bool trusted);

// --- irn_mud.c ---

void irn_muds_send(struct irn_link *, bool changed_only);
void irn_muds_take(struct irn_link *, const struct packet *);
void irn_muds_grace(struct irn_peer *, uint64_t ms); // UP ones are down then
void irn_muds_down(struct irn_peer *);               // now
void irn_muds_forget(struct irn_peer *);
void irn_muds_tick(struct irn *); // names that two have
bool irn_mud_is_of(const struct router_mud *, const struct irn_peer *);

// --- irn_chan.c, and irn_chan_take.c what is about those of others ---

enum { // a channel's array
	IRN_TYPE,
	IRN_OWNER,
	IRN_LIST,
	IRN_SIZE,
};

bool irn_channel_is_of(const struct router_channel *, const struct irn_peer *);
struct value irn_channel_value(struct router *, const struct router_channel *);
void irn_channels_send(struct irn_link *);
void irn_channels_tell(struct irn *);
void irn_channels_take(struct irn_link *, const struct packet *);
void irn_channels_forget(struct irn_peer *, uint64_t before_ms); // not told of since
void irn_channels_load(struct irn *);
void irn_channels_follow(struct router *, const struct router_mud *); // the MUD's router changed
void irn_channels_free(struct irn *);

// --- irn_data.c ---

void irn_data_take(struct irn_link *, const struct packet *);
