// SPDX-License-Identifier: MIT
// What the two transports of a client share: client_line.c and client_ws.c are faces, client.c and
// admit.c hold the rest.
#pragma once
#include "api/api.h"

// The last words to a peer whose connection is about to be closed.
#define LINE_ERROR(word, says)                                                                     \
	"{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32000,\"message\":\"" says          \
	"\",\"data\":{\"code\":\"" word "\",\"reason\":\"" says "\",\"temporary\":false}}}\n"

struct client *client_new(struct api *, struct conn *, enum transport);
void client_closed(struct conn *, enum conn_close); // both faces' on_close
void client_drained(struct conn *);                 // and on_drain
// Its session is another's, or about to end: it is told nothing more of what it waited for.
void client_part(struct client *);
bool client_is_too_chatty(struct client *); // for a guest; counts the message at hand
void client_end_ws(struct conn *, enum ws_code, const char *says, enum conn_close why);
