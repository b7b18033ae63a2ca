// SPDX-License-Identifier: MIT
// What conn.c, conn_in.c, conn_out.c and net.c share and nobody else may see.
#pragma once
#include "net/conn.h"
#include "net/outq.h"
#include "net/stream.h"

enum conn_state {
	CONN_DIALING,
	CONN_SECURING,
	CONN_OPEN,
	CONN_FLUSHING,
	CONN_LINGERING,
	CONN_DEAD,
};

// How long the states that wait for the peer's kernel may last.
struct patience {
	uint32_t securing_ms, flushing_ms, lingering_ms;
};

struct net {
	struct loop *loop;
	struct turn_end flush;
	struct link all;   // every conn, until it is freed
	struct link dirty; // with output to flush at the end of this turn
	struct link ready; // with input to take although the socket says nothing
	struct link ended; // whose face must still hear of the end, or which are to be buried
	struct patience patience;
	struct buf reply;  // what a codec answers by itself, per take()
	uint32_t shakes;   // steps of TLS handshakes in this turn
	bool called_faces; // in this flush: they may have left work with those who ran before it
	uint64_t last_id;
	size_t n;
	size_t dials;  // names being looked up
	char *scratch; // one read buffer for all: CONN_KEEP_BYTES of leftovers + CONN_READ_BYTES
};

enum { CONN_KEEP_BYTES = 16 << 10 }; // leftovers up to this are moved in front of the next read

struct conn {
	struct link all, dirty, ready, ended;
	struct net *net;
	const struct face *face;
	void *owner;
	void (*gone)(void *gone_owner); // the listener counts its own down
	void *gone_owner;
	const struct stream *stream;
	struct stream_end end;
	const struct codec *codec;
	void *codec_state;
	void *taking;    // the codec state a message stands in while its face looks at it
	struct buf in;   // only while a message is incomplete, or reading is paused
	struct outq out; // only while something is unsent
	struct tls *tls; // with which to begin once all is written, while SECURING; else NULL
	const struct conn_limits *limits;
	const char *says; // what its codec had against it, static words; NULL: nothing
	uint64_t id;
	uint64_t heard_ms;
	uint64_t due_ms;   // deadline of the present state, CLOCK_NEVER when none
	uint64_t armed_ms; // when the timer will look again, CLOCK_NEVER when it is off
	uint64_t mark_ms;  // since when `mark` bytes wait to be written, CLOCK_NEVER when none do
	size_t mark;
	uint8_t events;  // what the poll handle watches now
	uint8_t handles; // libuv handles not yet closed
	enum conn_state state : 8;
	enum conn_close why : 8;     // once closing
	enum conn_close due_why : 8; // what passing due_ms means while OPEN
	bool paused;                 // by the face
	bool throttled;              // by unread output: between CONN_OUT_HIGH and CONN_OUT_LOW
	bool peer_ended;             // nothing more will come in
	bool owed;                   // the face must still hear of the end
	uv_poll_t poll;
	struct timer timer;
};

// conn.c
void conn_enter(struct conn *, enum conn_state, uint32_t ms); // 0 ms: no deadline
void conn_arm(struct conn *);                                 // after a deadline came nearer
void conn_watch(struct conn *); // after anything the poll handle's events depend on
void conn_dirty(struct conn *); // conn_turn() at the end of this turn
void conn_ready(struct conn *); // conn_take() at the end of this turn
void conn_end(struct conn *);   // tell the face; bury when dead

// conn_in.c
void conn_read(struct conn *);    // the socket has something
void conn_take(struct conn *);    // go on with input that is already here
void conn_discard(struct conn *); // while ending: read and throw away
bool conn_may_take(const struct conn *);
bool conn_has_more(const struct conn *); // input that no event will tell of
void conn_free_codec(const struct codec *, void *state);

// conn_out.c
void conn_turn(struct conn *); // flush output, in whatever state
