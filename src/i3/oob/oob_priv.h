// SPDX-License-Identifier: MIT
// What the parts of src/i3/oob share.
//
//	oob ──┬── sessions (links that are open, or about to be)
//	      └── offices, one per identity ──┬── peers: MUDs something waits for ── items
//	                                      ├── mailbox
//	                                      └── newsgroups
//
// A service (mail, file, news) hears packets that come over sessions, grants wishes of our own
// sessions, and puts items into peers.  An item is sent when it is its turn and has one answer.
#pragma once
#include "base/log.h"
#include "i3/i3_priv.h"
#include "i3/oob/keys.h"
#include "i3/oob/oob.h"
#include "i3/oob/session.h"

enum {
	OOB_FRAME_STRANGER_MAX = 8 << 10, // before oob-begin is found good
	OOB_FRAME_MAX = 640 << 10,        // a file with every byte escaped, and its packet
	OOB_SESSIONS_MAX = 128,           // dialled and accepted: descriptors, and a frame each
	OOB_STRANGERS_MAX = 32,           // of them without an oob-begin yet; then the oldest goes
	OOB_ADDRESS_MAX = 8,              // accepted from one address: MUDs share machines
	OOB_PEERS_MAX = 256,              // per identity: as many as the networks have MUDs
	OOB_ITEMS_MAX = 200,              // per peer
	OOB_TICK_MS = 1000,
	OOB_BACKOFF_MS = 30000, // first pause after a link that failed
	OOB_BACKOFF_CAP_MS = 3600000,
	OOB_NAME_MAX = 64,
	OOB_STORED_S = 30, // a disk that needs longer is broken
};

struct oob {
	struct i3 *i3;
	struct link sessions, offices;
	unsigned n_sessions;
	uint64_t last_session;
	struct oob_keys keys;
	struct timer tick;
	struct arena arena; // of the packet at hand
	unsigned depth;
	char host[64];                                    // of the listener
	uint16_t port;                                    // 0: none
	size_t mail_out_bytes, mail_in_bytes, news_bytes; // of all identities
	struct log_pace pace;                             // of refused strangers
	bool stopped;
};

// What we hold for one identity.
struct oob_office {
	struct link in_oob;
	struct oob *oob;
	struct identity *identity;
	struct exchange exchange;
	struct map peers;     // MUD in lower case → struct oob_peer
	struct link postings; // struct oob_posting: mail on its way to the disk
	unsigned n_out;
	struct link inbox; // struct oob_inmail, oldest first; those on their way to the disk too
	unsigned n_in;
	size_t in_bytes;
	struct map groups; // name → struct oob_group
	struct link works; // struct oob_work: file work under way
	int64_t last_number;
	struct log_pace pace; // of what other MUDs make the log say
};

struct oob_peer {
	struct oob_office *office;
	char *mud;
	struct link items;
	unsigned n;
	struct oob_session *session; // dialled for it, or NULL
	struct backoff backoff;
	uint64_t due_ms;    // not before
	struct buf trouble; // why the last link failed
};

struct oob_item {
	struct link link; // in its peer
	struct oob_peer *peer;
	const struct oob_item_ops *ops;
	struct oob_session *session; // under way on it, or NULL
	uint64_t until_ms;           // wall clock: then it is given up
};

struct oob_item_ops {
	bool durable; // outlives a link that fails
	struct value (*packet)(struct oob_item *, struct arena *);
	// Is this the answer?  If so the item is gone.
	bool (*answered)(struct oob_item *, const struct value *packet);
	void (*failed)(struct oob_item *, struct span why); // for good; the item is gone
};

struct oob_packet_row {
	const char *type;
	unsigned elements; // fewer: bad-pkt
	void (*hear)(struct oob_session *, const struct value *packet);
};

struct oob_service {
	const char *advertise;                // key of the start-up packet's services
	size_t offered;                       // offset in struct config_identity of the switch
	const struct oob_packet_row *packets; // ends with a NULL type
	enum exchange_verb first, last;       // wishes it grants
	void (*wish)(struct oob_office *, const struct exchange_wish *, struct exchange_answer *);
	void (*load)(struct oob *);
	void (*fini)(struct oob_office *);
};

#define OOB(name) extern const struct oob_service oob_service_##name;
#include "tables/oob.tbl"
extern const struct oob_service *const oob_services[]; // NULL-terminated

// --- oob.c
void oob_begin(struct oob *); // around everything that uses the arena
void oob_end(struct oob *);
struct oob_office *oob_office_of(struct oob *, const struct identity *); // NULL: none
struct oob_office *oob_office_named(struct oob *, struct span identity);
bool oob_offers(const struct oob *, const struct identity *, const struct oob_service *);
const struct config *oob_config(const struct oob *);
struct i3_link *oob_link(const struct oob_office *);
int64_t oob_number(struct oob_office *); // of a mail or request: never the same again
bool oob_is_ours(const struct oob *, struct span mud);
// The wish's MUD, as its owner writes it.  NULL, and the answer says why.
const char *oob_target(
	struct oob_office *, struct span mud, const struct oob_service *, struct exchange_answer *);
void oob_refuse(struct exchange_answer *, const char *field, const char *words);
// What the hub's moderation says to something from the other side; texts may be masked.
bool oob_lets_in(const struct oob_session *, struct utterance *);
// An event, and the answer to who waits for this number.
void oob_tell(struct oob_office *, enum event, int64_t number, const struct value_list *params);

// --- begin.c
const char *oob_check(struct oob_session *, const struct oob_key *); // address; NULL: good

// --- peer.c
struct oob_peer *oob_peer_find(struct oob_office *, struct span mud); // NULL: nothing waits
// False: too many wait.
bool oob_peer_room(struct oob_office *, struct span mud);
void oob_peer_put(struct oob_office *, struct span mud, struct oob_item *);
void oob_peer_look(struct oob_peer *); // dials when there is something to say and a way
struct oob_item *oob_peer_next(struct oob_peer *);
void oob_peer_ended(struct oob_peer *, const char *why); // its session; NULL: well
void oob_peers_tick(struct oob_office *);
void oob_peers_free(struct oob_office *);
void oob_item_init(struct oob_item *, const struct oob_item_ops *, uint64_t until_ms);
void oob_item_drop(struct oob_item *); // out of its peer and its session
