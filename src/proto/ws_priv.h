// SPDX-License-Identifier: MIT
// What the WebSocket files share: framing (ws.c), compression (ws_deflate.c), opening handshake
// (ws_handshake.c).
#pragma once
#include "base/utf8.h"
#include "proto/ws.h"
#include <zlib.h>

enum { WS_HEADER_MAX = 14 }; // bytes: 2, a length of 8, a mask of 4

void ws_put_header(struct buf *, uint8_t first, uint64_t payload_bytes);

// The first acceptable offer in the value of Sec-WebSocket-Extensions.  False: none.
bool ws_deflate_agree(struct span offers, bool takeover, struct ws_deflate *) must_check;
void ws_deflate_put(struct buf *, const struct ws_deflate *); // the value that answers it

// A client that keeps its window has an inflater of its own; all others share one.
z_stream *ws_inflater_new(int bits) must_check;
void ws_inflater_free(z_stream *); // NULL is fine

// Inflates one message.  own: NULL for the shared inflater.  text: checks UTF-8 too; may be NULL.
// → 0, or the ws_code to close with.  At most max + 1 bytes are ever written.
int ws_inflate(
	z_stream *own, struct span in, struct buf *out, size_t max, struct utf8 *text) must_check;
