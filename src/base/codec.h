// SPDX-License-Identifier: MIT
// Codec: a framing, the pure half of a wire.  It cuts a byte stream into messages and knows nothing
// of sockets, loops, clocks or the hub, so it can be fuzzed as it is.
//
// The contract, asserted by net/conn, by one generic test and by one fuzz target:
//	MSG and ATE eat at least one byte; MORE leaves the input untouched; honest input is never
//	BAD however it is cut; nothing is read past the end.
// One that `holds` may give out a message that was in its state without eating; then a byte stays in
// the input until its state holds nothing more, so that nobody takes it for done.
// A codec that must see bytes before a message is whole (WebSocket fragments, HTTP bodies) keeps
// them in its state and answers ATE.  One that can wait answers MORE and is shown the bytes again.
#pragma once
#include "base/buf.h"

enum codec_got {
	CODEC_MSG,  // *msg is one whole message; `in` moved past it
	CODEC_ATE,  // `in` moved on, into the state; call again
	CODEC_MORE, // not enough bytes yet; `in` untouched
	CODEC_BAD,  // the peer broke the protocol: flush `reply`, then close it
};

struct codec_msg {
	struct span body; // a loan: from the input or from the state, until the next take()
	int kind;         // the codec's own enum, e.g. text or binary; 0 when there is only one
	const char *why;  // CODEC_BAD only: words for the log and the peer
	bool too_big;     // CODEC_BAD only: it was a limit, not a rule, that was broken
};

struct codec {
	const char *name;
	size_t state_bytes; // zeroed by the owner, then init()
	bool holds;         // MSG may eat nothing, see above
	// max: bytes one message may have.  Input may be changed in place (unmasking).
	void (*init)(void *state, size_t max);
	void (*fini)(void *state);
	enum codec_got (*take)(
		void *state, struct span *in, struct codec_msg *msg, struct buf *reply);
	void (*put)(void *state, struct buf *out, struct codec_msg msg);
};
