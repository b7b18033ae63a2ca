// SPDX-License-Identifier: MIT
// What conn.c and net.c share and nobody else may see.
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

struct net {
	struct loop *loop;
	struct turn_end flush;
	struct link all;   // every conn, until it is freed
	struct link dirty; // with output to flush at the end of this turn
	struct link ready; // with input to take although the socket says nothing
	struct link ended; // whose face must still hear of the end, or which are to be buried
	struct buf reply;  // what a codec answers by itself, per take()
	uint64_t last_id;
	size_t n;
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
	struct buf in;   // only while a message is incomplete, or reading is paused
	struct outq out; // only while something is unsent
	const struct conn_limits *limits;
	uint64_t id;
	uint64_t heard_ms;
	uint64_t due_ms;   // deadline of the present state, CLOCK_NEVER when none
	uint64_t armed_ms; // when the timer will look again, CLOCK_NEVER when it is off
	uint64_t mark_ms;  // since when `mark` bytes wait to be written, CLOCK_NEVER when none do
	uint32_t mark;
	uint8_t events;  // what the poll handle watches now
	uint8_t handles; // libuv handles not yet closed
	enum conn_state state : 8;
	enum conn_close why : 8;     // once closing
	enum conn_close due_why : 8; // what passing due_ms means while OPEN
	bool paused;                 // by the face
	bool throttled;              // by unread output: between CONN_OUT_HIGH and CONN_OUT_LOW
	bool taking;                 // inside the take loop: codec states are retired, not freed
	bool told;                   // face->on_close has been called
	uv_poll_t poll;
	struct timer timer;
};

void conn_turn(struct conn *); // flush output, in whatever state
void conn_take(struct conn *); // go on with input that is already here
void conn_end(struct conn *);  // tell the face; bury when dead
