// SPDX-License-Identifier: MIT
// Telnet as a player's client speaks it (RFC 854): takes commands out of what came, and answers
// options, or not.  It shares no code with the daemon.
#pragma once
#include <stddef.h>

struct client;
struct telnet;

enum telnet_client { // the option telnet=
	TELNET_NO,
	TELNET_PLAIN,   // a bare socket: answers nothing
	TELNET_TYPICAL, // as Mudlet and its like: TTYPE, NAWS, EOR, GMCP; no to all else
	TELNET_MCCP2,   // the same, with compression
};

struct telnet *telnet_new(enum telnet_client);
void telnet_free(struct telnet *);
size_t telnet_read_max(const struct telnet *); // bytes that telnet_take() has room for
// The text of the bytes that came.  Dies when it does not fit in room.
size_t telnet_take(struct client *, const char *raw, size_t n, char *out, size_t room);
// What zlib takes for one stream as the daemon makes it: level 1, window 2^12, memLevel 5.
size_t telnet_zlib_bytes(void);
