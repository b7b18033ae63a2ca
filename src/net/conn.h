// SPDX-License-Identifier: MIT
// Conn: one peer, from accept or dial until its last byte is gone.  Owned by struct net.
// Knows bytes, deadlines and limits; what the bytes mean is its codec's business, and what to do
// about it its face's.
//
//	          connected            handshake done
//	DIALING ────────────► SECURING ───────────────► OPEN
//	   │                     │ ▲    (plain: at once)  │ │
//	   │                     │ └──────────────────────┘ │ conn_close()
//	   │                     │      conn_secure()       │
//	   └─────────────────────┴──────────┬───────────────┘
//	                                    ▼
//	                     FLUSHING: the last output goes out; input is thrown away
//	                                    ▼ all written
//	                     LINGERING: our side is shut; input is still thrown away until the peer's
//	                                    ▼ end, so that no reset overtakes our last words
//	                                  DEAD: freed at the end of the turn
//
// Every state but OPEN has a deadline of its own; OPEN has the one its face sets.
// Nothing is written in the middle of a turn: writing appends, the end of the turn flushes.
#pragma once
#include "base/blob.h"
#include "base/codec.h"
#include "net/close.h"
#include "net/loop.h"
#include <sys/socket.h>

struct conn;
struct net;
struct tls;

// What a part of the program does with its peers: one static const per part.
// All but on_msg may be NULL.  on_open calls conn_use().  on_close comes once, at a turn's end, to
// every conn that was opened, or dialled in vain; it is the last call, and the conn is freed some
// time after it.  An accepted one whose TLS handshake fails is never heard of.
struct face {
	const char *name;
	void (*on_open)(struct conn *);
	void (*on_secure)(struct conn *); // conn_secure() is done; calls conn_use()
	void (*on_msg)(struct conn *, struct codec_msg *); // msg dies when this returns
	void (*on_bad)(
		struct conn *, struct codec_msg *); // its last chance to say why; then closed
	void (*on_deadline)(struct conn *);         // NULL: conn_close() with the deadline's reason
	void (*on_drain)(struct conn *); // output fell from the high-water mark to the low
	void (*on_close)(struct conn *, enum conn_close why);
	struct span full; // what a peer is told, unencrypted listeners only, when there is no room
};

struct conn_limits {
	size_t out_max;      // bytes left once the kernel takes no more; above, it is SLOW
	uint32_t out_age_ms; // and how long the oldest of them may wait
};

enum {
	// unread output at which we stop reading from the same peer; out_max when that is less
	CONN_OUT_HIGH = 256 << 10,
	CONN_OUT_LOW = 64 << 10,    // and at which we go on
	CONN_OUT_MAX = 1 << 20,     // default of out_max
	CONN_OUT_AGE_MS = 30000,    // default of out_age_ms
	CONN_READ_BYTES = 64 << 10, // at most so much is read from one peer in one go
};

struct net *net_new(struct loop *) must_check;
void net_free(struct net *); // everything must be closed
struct loop *net_loop(struct net *);
bool net_done(const struct net *);                 // no conn left, and no name being looked up
size_t net_count(const struct net *);              // conns not yet freed
void net_close_all(struct net *, enum conn_close); // politely: what is queued still goes out
void net_flush(struct net *); // the turn-end hook does this; hub-side hooks run before it

struct conn_for { // whom a new conn is for
	const struct face *face;
	void *owner;                    // conn_owner() until the face sets another
	struct tls *tls;                // accepted ones only; NULL: plain
	void (*gone)(void *gone_owner); // the conn has been freed; may be NULL
	void *gone_owner;
	// Dialled ones only: the address to come from, NULL: the system's choice.  It must last until
	// the dial is answered.  One of loopback counts towards loopback only, any only towards its
	// own family.
	const struct sockaddr *from;
};
// The conn owns fd from now on.  NULL, a line in the log and fd closed, when the system will not
// watch it.
struct conn *conn_accept(struct net *, int fd, const struct conn_for *);
// Starts connecting, to TCP or a Unix socket; on_open or on_close(UNREACHABLE) follows, never from
// inside the call.
// NULL when no socket can be had.
struct conn *conn_dial(
	struct net *, const struct sockaddr *, const struct conn_for *, uint32_t timeout_ms);

void conn_use(struct conn *, const struct codec *, size_t max); // from the next byte on
void *conn_codec_state(struct conn *);
void conn_limit(struct conn *, const struct conn_limits *);          // loan: must outlive the conn
void conn_deadline(struct conn *, uint32_t ms, enum conn_close why); // 0 ms: none
// Nothing we sent was acknowledged for so long: the peer's machine or network is gone.
void conn_gone_after(struct conn *, uint32_t ms);
// A plain one that is OPEN: what is unsent still goes out plainly, then TLS begins, and on_secure
// follows; meanwhile it is not open.  Whatever came in plainly and was not taken is thrown away: it is
// not the word of the peer that TLS will tell of.
void conn_secure(struct conn *, struct tls *);
void conn_pause(struct conn *); // stop reading
void conn_resume(struct conn *);

void conn_write(struct conn *, struct span);                               // a copy
void conn_share(struct conn *, struct blob *, uint32_t from, uint32_t to); // a reference
// More unread output than CONN_OUT_HIGH: nothing is read from the peer until on_drain.
bool conn_is_full(const struct conn *);
size_t conn_unsent(const struct conn *);             // bytes queued and not yet taken by the kernel
void conn_close(struct conn *, enum conn_close why); // once; later calls are ignored

void conn_hurry(struct conn *, uint32_t ms); // after conn_close(): its last words may take so long

uint64_t conn_id(const struct conn *);
bool conn_is_open(const struct conn *);
const char *conn_peer(const struct conn *, char out[64]); // "127.0.0.1:4711", for logs
// The address in conn_peer()'s text, without brackets and port; IPv4 in IPv6 as IPv4.  Empty: none.
struct span conn_address(const char *peer);
bool conn_is_secure(const struct conn *);
bool conn_is_local(const struct conn *);     // the peer is on this machine: loopback or Unix
uint64_t conn_heard_ms(const struct conn *); // clock_ms() when bytes last came in

void *conn_owner(const struct conn *); // the face's object; NULL until set
void conn_own(struct conn *, void *owner);
void conn_face(struct conn *, const struct face *); // hand over to another face, after its on_open
bool conn_has_input(const struct conn *);           // part of a message has come
