// SPDX-License-Identifier: MIT
// WebSocket, the server's side (RFC 6455), with permessage-deflate (RFC 7692).
// codec_ws gathers fragments into one buffer that grows with the bytes received, checks UTF-8 as
// they arrive, answers pings and closes by itself into `reply`, and stops inflating at the message
// limit.  Compressed output has no history (no context takeover), so one compressed frame
// serves every receiver whatever it negotiated.
#pragma once
#include "proto/http.h"

enum ws_kind { WS_TEXT = 1, WS_BINARY = 2, WS_CLOSE = 8 }; // codec_msg.kind
// After MSG of WS_CLOSE or BAD the closing frame is in `reply`: flush it and close the connection.

enum ws_code { // RFC 6455 §7.4.1
	WS_CODE_NORMAL = 1000,
	WS_CODE_GOING_AWAY = 1001,
	WS_CODE_PROTOCOL = 1002,
	WS_CODE_UNSUPPORTED = 1003,
	WS_CODE_BAD_TEXT = 1007,
	WS_CODE_POLICY = 1008,
	WS_CODE_TOO_BIG = 1009,
	WS_CODE_TRY_LATER = 1013,
	WS_CODE_REPLACED = 4001, // ours (§7.4.2): another connection has taken the session over
};

struct ws_deflate { // what was agreed; all zero: no compression
	bool on;
	bool client_takeover; // the client keeps its window: costs us an inflater per connection
	uint8_t server_bits;  // 9..15: largest window we may use
	uint8_t client_bits;  // 9..15: window the client may use
};

struct ws_policy {
	bool deflate;                 // accept permessage-deflate
	bool takeover;                // let a client that asks keep its window
	const char *const *protocols; // subprotocols we speak, best first, NULL-terminated; or NULL
};

struct ws_upgrade {
	char accept[29]; // Sec-WebSocket-Accept
	struct ws_deflate deflate;
	const char *protocol; // chosen subprotocol, or NULL
};

bool ws_wanted(const struct http_request *); // does it ask for an upgrade to websocket at all?
// → 101, or the status that refuses it (400, 405, 426 for a wrong version).
int ws_upgrade(const struct http_request *, const struct ws_policy *, struct ws_upgrade *);
void ws_put_upgrade(struct buf *, const struct ws_upgrade *); // the 101 response
void ws_configure(void *codec_state, const struct ws_deflate *);
void ws_set_max(void *codec_state, size_t max); // from the next message on
bool ws_deflate_agreed(const void *codec_state);

// Server frames: the same bytes for every receiver.  Payloads below WS_DEFLATE_MIN are not worth
// compressing and go out plain; a compressed frame is read by any window of >= `bits` (9 or 12).
enum { WS_DEFLATE_MIN = 100 };
void ws_put_frame(struct buf *, enum ws_kind, struct span payload);
void ws_put_deflated(struct buf *, enum ws_kind, struct span payload, int bits);
void ws_put_ping(struct buf *);
void ws_put_close(struct buf *, enum ws_code, const char *reason);
