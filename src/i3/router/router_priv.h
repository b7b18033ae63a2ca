// SPDX-License-Identifier: MIT
// What the files of the router share: its state, its bounds, and the rule that makes it simple.
//
// One packet at a time: a packet is routed to its end before the next one is looked at.  Peers in
// process answer from inside a delivery; what they send then waits in line, and so does their
// detaching.  So no list changes while it is walked, and a link that is cut is freed only when the
// line is empty.
//
//	         startup-req, found good      kept on the disk
//	FRESH ──────────────────► SAVING ──────────────► UP ── startup-req again ──► SAVING
//	  │                         ▲
//	  └──► PROBING ─────────────┘  the name's holder, at another address, is silent
//	any state ── cut, lost, detached ──► GONE: freed when the line is empty
#pragma once
#include "base/list.h"
#include "base/map.h"
#include "hub/limit.h"
#include "hub/network.h"
#include "i3/packet.h"
#include "i3/router/router.h"

enum {
	ROUTER_NAME_MAX = 64,    // bytes of a MUD's name
	ROUTER_ADDRESS_MAX = 48, // "x:x:x:x:x:x:255.255.255.255" and room
	ROUTER_CHANNEL_MAX = 80, // bytes of a channel's name

	ROUTER_MUDS_MAX = 2000,         // ten times the largest network there is; 8 MiB of records
	ROUTER_NAMES_PER_ADDRESS = 128, // nobody fills that table alone
	ROUTER_LINKS_PER_ADDRESS = 32,  // logged in; a hosting provider's worth
	ROUTER_FRESH_PER_ADDRESS = 32,  // not yet: all of those at once after our restart
	ROUTER_RECORD_MAX = 4096,       // bytes of one record as text: two fit in a mudlist packet
	ROUTER_RECORD_DEPTH_MAX = 16, // below the limit of every reader with the mudlist around it

	ROUTER_CHANNELS_ADDED_MAX = 256, // by MUDs, all together; the largest network has 169
	ROUTER_CHANNELS_MAX = 512,       // with those of the configuration
	ROUTER_CHANNELS_PER_MUD = 16,    // owned by one
	ROUTER_LISTENS_MAX = 256,        // channels one MUD listens to
	ROUTER_CHANNEL_NAMES_MAX = 128, // on its list; one reply with them fits ROUTER_SEND_OLD_MAX
	ROUTER_CHANNEL_UNUSED_MAX_S = 30 * 86400, // then it is deleted

	ROUTER_FILTER_MS = 300000,   // an owner's time for a line; it may be a person
	ROUTER_FILTER_MAX = 64,      // lines waiting on one channel; 180 bytes each
	ROUTER_FILTER_PER_MUD = 16,  // of one MUD on it, so that none shuts out the others
	ROUTER_FILTER_USER_MAX = 64, // bytes of a user's name there; what the weakest MUD can hold

	ROUTER_LOGIN_MS = 10000,      // from connecting to startup-req
	ROUTER_SAVING_MS = 30000,     // for a slow disk
	ROUTER_PROBE_MS = 30000,      // silence that proves the holder of a name dead
	ROUTER_LOGIN_FRAME = 8 << 10, // what a stranger can make us hold
	ROUTER_FRAME = 2 << 20,       // and a MUD
	ROUTER_FRAME_PACKETS = 64,    // old senders glue packets together, but not many
	ROUTER_SEND_MAX = 64 << 10,   // what every current implementation takes
	ROUTER_SEND_OLD_MAX = 10000,  // old MudOS drivers close the socket at one more
	ROUTER_LIST_BYTES = 8000,     // of one mudlist or chanlist-reply packet, without the header
	ROUTER_ERROR_BYTES = 8 << 10, // an error packet over it goes without the offending packet
	ROUTER_WAITING_MAX = 10000,   // packets in line, all from peers in process
	ROUTER_STRIKES_MAX = 3,       // packets under a wrong name, or before logging in
	ROUTER_UNREADABLE_MAX = 20,   // frames that are no LPC, in a row
	ROUTER_TTL_MAX = PACKET_TTL,  // more is a mistake

	ROUTER_DEBOUNCE_MS = 100, // changes of the lists are told together
	// A list of all channels to all MUDs may be 4 MiB: 20 at once, then one in 5 s.
	ROUTER_CHANNEL_LISTS_MAX = 20,
	ROUTER_CHANNEL_LISTS_PER_MINUTE = 12,
	ROUTER_MUD_LISTS_MAX = 60, // deltas: so many at once and a minute, whoever comes and goes
	ROUTER_GRACE_MS = 60000,   // between losing a link and telling the others
	ROUTER_RESTART_GRACE_MS = 300000,   // after our own restart: real MUDs need over 3 minutes
	ROUTER_DOWN_MAX_S = 7 * 86400,      // then a record is deleted
	ROUTER_TOMBSTONE_MAX_S = 30 * 86400 // and late clients are told so for this long
};

#define ROUTER_ID_MAX (INT64_MAX / 2) // of a list, in the store: there is always a next

// Elements of a mudlist record.  State and address are filled in when it is sent.
enum {
	RECORD_STATE,
	RECORD_ADDRESS,
	RECORD_PLAYER_PORT,
	RECORD_DRIVER = 7,
	RECORD_EMAIL = 10,
	RECORD_SERVICES,
	RECORD_OTHER,
	RECORD_SIZE,
	RECORD_SIZE_OLD = 11, // protocol 1 knows neither e-mail nor other data
};

enum router_mud_state {
	ROUTER_MUD_DELETED = -2, // a tombstone; on the wire 0 instead of a record
	ROUTER_MUD_UP = -1,
	ROUTER_MUD_DOWN = 0, // above: seconds it expected to be away
};

struct router_mud {
	char name[ROUTER_NAME_MAX + 1];
	char address[ROUTER_ADDRESS_MAX]; // "": in process
	// Where it last logged in here: nobody but a trusted peer makes another address its own.
	char home[ROUTER_ADDRESS_MAX]; // "": never did
	struct router_link *link;      // NULL: not connected
	struct router_link *suitor;    // waits for the link to prove dead
	int32_t password;
	int8_t protocol;
	bool old_layout;    // logged in with 18 elements, gets records of 11
	int64_t changed_id; // the mudlist's when it last changed; over mudlist_told_id: not told
	int64_t state;      // enum router_mud_state
	char router[ROUTER_NAME_MAX + 1]; // the peer it is logged in to; "": ours
	struct irn_peer *rival;           // says it has it as well; see irn_mud.c
	uint64_t probe_ms;                // when ours must have been heard then
	uint64_t since_s;
	uint64_t grace_until_ms; // UP without a link: then it is down
	uint64_t grace_ms;       // as its shutdown asked for; 0: the usual
	struct arena arena;      // of the record
	struct value record[RECORD_SIZE];
};

enum router_channel_type {       // the numbers are those of the protocol
	ROUTER_CHANNEL_OPEN,     // for all but the MUDs on its list
	ROUTER_CHANNEL_ADMITTED, // for those on its list only
	ROUTER_CHANNEL_FILTERED, // likewise, and what they say goes by way of its owner
};

struct router_names { // of MUDs, a set; case does not matter
	char (*at)[ROUTER_NAME_MAX + 1];
	size_t n;
};

struct router_channel {
	char name[ROUTER_CHANNEL_MAX + 1];
	char owner[ROUTER_NAME_MAX + 1];  // a MUD's name, or the router's
	char router[ROUTER_NAME_MAX + 1]; // the peer that has its owner; "": ours
	uint64_t claimed_ms;              // when that last said so
	enum router_channel_type type;
	bool added; // by a MUD: deleted when nobody uses it
	struct router_names names;
	uint64_t used_s, kept_s; // when it was heard or used last, and what the store has of that
	struct link listens;
	struct link filtering; // struct filtered, oldest first; see channel_filter.c
};

enum { // elements of packets about channels
	CHANNEL_NAME = PACKET_HEADER,
	CHANNEL_FLAG, // of channel-listen and channel-add
	CHANNEL_SIZE_FLAG,
	CHANNEL_ADD = CHANNEL_FLAG, // of channel-admin
	CHANNEL_TAKE,
	CHANNEL_SIZE_ADMIN,
	CHANNEL_LINE = CHANNEL_FLAG, // of chan-filter-req and -reply
};

struct router_listen { // one MUD on one channel
	struct link of_channel, of_link;
	struct router_channel *channel;
	struct router_link *who;
};

enum router_link_state { LINK_FRESH, LINK_PROBING, LINK_SAVING, LINK_UP, LINK_GONE };

struct router_link {
	struct link link; // router->links, or router->gone
	struct router *router;
	enum router_link_state state;
	struct conn *conn;        // one of these two, or none when it is gone
	struct router_peer *peer; // in process
	bool inside;              // in process, for good
	char address[ROUTER_ADDRESS_MAX];
	struct router_mud *mud; // from SAVING on
	struct link listens;
	unsigned listening;
	size_t send_max;
	int64_t mudlist_id, chanlist_id; // what it has
	unsigned strikes, unreadable;
	bool new_password;          // issued with the login under way
	bool silent;                // since it was probed
	uint64_t tokens, tokens_ms; // thousandths of a packet
	unsigned dropped;           // by the flood limit since it was last told so
	uint64_t flood_told_ms;
	uint64_t flooded;  // dropped by it since it logged in
	struct arena held; // PROBING: the startup-req
	struct value held_packet;
};

struct router {
	struct net *net;
	struct store *store;
	struct irn *irn; // other routers, see irn.h
	char name[ROUTER_NAME_MAX + 1];
	char host[ROUTER_ADDRESS_MAX];
	uint16_t port;
	uint32_t flood_per_second, flood_burst;
	struct link links;
	struct link gone;    // cut links, until the line is empty
	struct link waiting; // struct waiting, see router.c
	size_t waiting_n;
	bool busy;
	struct arena arena;         // of the packet being routed
	struct buf text, frame;     // and its text
	struct map muds;            // router_mud by folded name
	struct map channels;        // router_channel by name
	struct map gone_channels;   // removed and not yet told: name → the router itself
	struct limit channel_lists; // how often everybody is told all of them
	struct limit mud_lists;     // and what MUDs have changed
	struct map offenders;       // struct offender by address, see address.c
	struct map bans;            // see ban.c
	struct network network;     // what admin.c offers the operator
	int64_t mudlist_id, chanlist_id;
	int64_t mudlist_told_id;  // everybody who is connected has heard of what changed up to it
	int64_t mudlist_floor_id; // deletions up to it may be forgotten
	bool channels_told_late;
	uint64_t channels_loaded_ms;
	struct timer tell_timer, age_timer;
	uint64_t age_ms; // when age_timer looks next
	unsigned timers; // open ones; the memory goes with the last
};

// router.c: one packet at a time.
void router_begin(struct router *);
void router_end(struct router *);
void router_take(struct router_link *, const struct value *); // the input pipeline

// route.c: where packets of logged-in MUDs go.
void router_dispatch(struct router_link *, struct packet *);
bool router_has_hops(struct router_link *, const struct packet *); // false: dropped
// A copy of the elements with the header as the router vouches for it, in its arena.
struct value *router_readdress(struct router_link *, const struct packet *, struct span target);

// locate-reply as the protocol of this MUD has it; anything else as it is.
struct value router_fit_locate(struct router *, const struct packet *, const struct router_mud *);
bool router_route_passes(struct span type); // from MUD to MUD
// To all but one who serve it.  False: too large for some.
bool router_serve(struct router *, const struct router_link *but, const struct value *packet,
	const char *service);

// link.c
struct router_link *router_link_new(struct router *);
void router_link_free(struct router_link *);
void router_link_enter(struct router_link *, enum router_link_state);
void router_link_leave(struct router_link *); // its MUD is not connected any more
void router_link_cut(struct router_link *, enum conn_close, const char *why);
void router_link_gone(struct router_link *);                       // nothing to close any more
void router_link_dismiss(struct router_link *, const char *words); // not-allowed, and cut
bool router_link_is_in_process(const struct router_link *);
struct span router_link_name(const struct router_link *); // "" before login

// parcel.c: a packet on its way to one or many; written as text at most once.
struct router_parcel {
	struct router *router;
	const struct value *packet;
	struct blob *frame; // NULL until a socket is to have it
	size_t bytes;       // of its text
};
bool router_parcel_to(struct router_parcel *, struct router_link *); // false: too large for it
void router_parcel_fini(struct router_parcel *);
void router_send(struct router_link *, const char *type, const struct value *body, size_t n);
// To a user; false: too large for its MUD.
bool router_send_to(struct router_link *, struct span user, const char *type,
	const struct value *body, size_t n);
// about: the offending packet, not NULL; errors are not answered.
void router_error(
	struct router_link *, const char *code, const char *words, const struct packet *about);
void router_drop(struct router_link *, const char *why, const struct packet *); // counted, logged
// "127.0.0.1:4711" → "127.0.0.1", "[::1]:80" → "::1", "[::ffff:10.0.0.1]:9" → "10.0.0.1"
void router_address(const char *peer, char out[ROUTER_ADDRESS_MAX]);

// startup.c
struct router_startup {
	const struct packet *packet;
	struct span name;
	int protocol;
	bool old_layout;
	int64_t password, mudlist_id, chanlist_id;
	struct value record[RECORD_SIZE]; // loans from the packet
};
struct router_refusal {
	const char *code; // NULL: none
	const char *words;
};
struct router_refusal router_startup_read(
	struct router *, const struct packet *, struct router_startup *);
const char *router_startup_bad_name(struct span); // NULL: it can be a MUD's
// What nobody sees would make a second name look like the first.
bool router_name_has_unseen(struct span);
const char *router_startup_bad_record(struct router *, const struct value record[RECORD_SIZE]);

// login.c
void router_login(struct router_link *, const struct packet *); // type is startup-req-…
void router_login_again(struct router_link *suitor);            // the holder was heard, or is gone

// address.c
bool router_address_is_crowded(const struct router_link *); // by MUDs logged in
bool router_address_is_waiting(const struct router_link *); // with enough that are not
bool router_address_has_names(const struct router_link *);  // as many as it may
bool router_address_is_locked(struct router_link *);        // for wrong passwords
void router_address_guessed(struct router_link *);
void router_offenders_free(struct router *);

// ban.c: what returns text returns NULL when it is done, else why not.
const char *router_ban_add(struct router *, const struct network_ban *);
const char *router_ban_remove(struct router *, const struct network_ban *);
bool router_bans_list(struct router *, const struct network_page *,
	void (*row)(void *to, const struct network_ban *), void *to);
struct router_refusal router_ban_judge(struct router_link *, struct span name); // words: a loan
void router_ban_greet(struct router_link *); // a connection has just come
void router_bans_load(struct router *);
void router_bans_free(struct router *);

// mud.c: records.
struct router_key { // a name in lower case
	char at[ROUTER_NAME_MAX];
	struct span span;
};
struct span router_mud_key(struct router_key *, struct span name);
struct router_mud *router_mud_find(const struct router *, struct span name); // not tombstones
struct router_mud *router_mud_any(const struct router *, struct span name);  // tombstones too
struct router_mud *router_mud_new(struct router *, struct span name);        // NULL: too many
struct router_mud *router_mud_put(struct router *, struct span name);        // it is not there
bool router_mud_make_room(struct router *); // forgets a deletion everybody has heard of
bool router_mud_is(const struct router_mud *, struct span name);
bool router_mud_serves(const struct router_mud *, const char *service);
struct value router_mud_record(struct router *, const struct router_mud *, bool old_layout);
void router_mud_fill(struct router_mud *, const struct value record[RECORD_SIZE]);
void router_mud_changed(struct router *, struct router_mud *); // tell the others
void router_mud_down(struct router *, struct router_mud *, int64_t state);
void router_muds_age(struct router *); // graces, deletions; arms its timer
void router_muds_arm(struct router *, uint64_t at_ms);
void router_muds_free(struct router *);

// mud_keep.c: records in the store.
void router_mud_save(
	struct router *, const struct router_mud *, store_done *, struct router_link *owner);
void router_mud_unsave(struct router *, const struct router_mud *);
void router_muds_load(struct router *);

// lists.c: mudlist and chanlist-reply.
int64_t router_list_next_id(int64_t old);
void router_list_muds(struct router_link *);     // what changed since it was here last, or all
void router_list_channels(struct router_link *); // all of them
void router_lists_later(struct router *);        // something changed
void router_lists_tell(struct router *);         // what changed, to everybody
size_t router_text_bytes(struct router *, const struct value *);

// names.c
bool router_name_is_good(struct span);
bool router_kept_is_text(struct span); // a record of the store can be read at all
bool router_names_have(const struct router_names *, struct span);
void router_names_add(struct router_names *, struct span); // a good name
void router_names_take(struct router_names *, struct span);
void router_names_copy(struct router_names *to, const struct router_names *from);
void router_names_fini(struct router_names *);

// channel.c: the table; who owns what, and who may do what.
bool router_channel_name_is_good(struct span); // of one that is added here
struct router_channel *router_channel_find(const struct router *, struct span name);
// The one a packet is about; NULL and its sender has been told.
struct router_channel *router_channel_of(struct router_link *, const struct packet *);
bool router_channel_owns(const struct router_channel *, struct span mud);
bool router_channel_admits(const struct router_channel *, struct span mud); // to listen and speak
// Of type 0, used just now, neither kept nor told of yet.
struct router_channel *router_channel_put(struct router *, struct span name, struct span owner);
void router_channel_create(struct router *, struct router_channel *); // it was put
void router_channel_delete(struct router *, struct router_channel *);
void router_channel_retype(struct router *, struct router_channel *, enum router_channel_type);
void router_channel_used(struct router_channel *);
void router_channels_changed(struct router *);                           // tell the others
void router_channels_orphan(struct router *, const struct router_mud *); // it is deleted
void router_channels_age(struct router *); // arms the timer of the MUDs
void router_channels_free(struct router *);

// channel_keep.c: channels in the store.
void router_channel_keep(struct router *, struct router_channel *);
void router_channel_unkeep(struct router *, const struct router_channel *);
void router_channels_keep_id(struct router *);
void router_channels_load(struct router *, const char *const *first);

// channel_listen.c
void router_channel_listen(struct router_link *, struct packet *);
bool router_channel_hears(const struct router_link *, const struct router_channel *);
bool router_channel_join(struct router_link *, struct router_channel *, const struct packet *);
void router_channel_sift(struct router_channel *);  // who may not listen listens no more
void router_channel_empty(struct router_channel *); // nor does anybody
void router_channels_leave(struct router_link *);   // all it listens to
void router_channel_refuse(
	struct router_link *, const struct router_channel *, const struct packet *);

// channel_speak.c: lines, that is channel-m, channel-e and channel-t.
void router_channel_say(struct router_link *, struct packet *);
bool router_is_line(struct span type);
// NULL: it has the shape of a line, and its visible name that place.
const char *router_line_fault(const struct packet *, size_t *visname);
// A line of a MUD of ours, found good: to everybody.  False: too large for some.
bool router_channel_utter(struct router *, struct router_channel *, const struct value *line);
// To those who listen here.
bool router_channel_deliver(struct router *, struct router_channel *, const struct value *line);

// channel_filter.c: lines on their way by the owner.
// A line, as it is to be heard, to the owner; or why not.
struct router_refusal router_filter_ask(
	struct router *, struct router_channel *, const struct value *line);
void router_filter_reply(struct router_link *, struct packet *);
void router_filter_clear(struct router_channel *, uint64_t until_ms); // those due by then

// channel_admin.c: what owners do.
void router_channel_add(struct router_link *, struct packet *);
void router_channel_remove(struct router_link *, struct packet *);
void router_channel_admin(struct router_link *, struct packet *);
void router_channel_adminlist(struct router_link *, struct packet *);
