// SPDX-License-Identifier: MIT
// Client: one connection of the load generator, JSON lines or WebSocket (RFC 6455, the client's
// side: masked frames out, whole unmasked frames in).  It shares no code with the daemon, so that
// a fault in one is seen by the other.  Nothing is allocated after client_open().
//
// With `telnet` set it is a player's, and lines are what is left when telnet is taken out.
//
// Setting up is blocking, many at a time by doing each step for a batch of connections;
// client_ready() makes the socket non-blocking for the measured part.
#pragma once
#include "measure.h"

enum {
	CLIENT_KEEP_MAX = 16 << 10, // bytes of one incoming message; ours have a few hundred
	CLIENT_READ_MAX = 256 << 10,
	CLIENT_SEND_MAX = 64 << 10, // bytes of one burst
	SEQ_DIGITS = 8,
};

struct address {
	const char *host; // numeric IPv4
	int port;
	int source; // last byte of the address 127.0.0.x to connect from; 0: any
	bool small; // a stalled reader: smallest receive buffer and segments
};

struct telnet;

struct client {
	int fd;
	bool ws;
	bool closed;           // by the server
	size_t kept;           // bytes of an incomplete message, in keep
	char *keep;            // CLIENT_KEEP_MAX bytes
	struct telnet *telnet; // NULL: none; freed by client_reset()
	uint64_t next;         // sequence number expected next
};

struct scratch { // where everything is read and written; one for all connections
	char read[CLIENT_KEEP_MAX + CLIENT_READ_MAX];
	char send[CLIENT_SEND_MAX];
	char raw[CLIENT_READ_MAX]; // telnet: before it is taken out
};

// A text with "seq=" and eight digits in it: how messages are told apart.
struct stamp {
	size_t at; // where the digits stood last time
};
bool stamp_read(struct stamp *, const char *text, size_t n, uint64_t *seq);

struct burst { // messages of one write
	char *p;
	size_t n;
};
// Appends one message, its digits set to seq.  Dies when the burst does not fit in scratch.send.
void burst_put(struct burst *, bool ws, const char *text, uint64_t seq);

void client_open(struct client *, const struct address *);
void client_upgrade(struct client *, const char *path, const char *key, bool deflate);
bool client_upgraded(struct client *, bool deflate); // waits; true: 101, compression as wanted
void client_say(struct client *, const char *text);
void client_heard(struct client *, struct scratch *, const char *id); // waits for its result
void client_ready(struct client *, int epoll, void *tag);
void client_reset(struct client *); // closes with a reset: no TIME_WAIT is left behind

void client_send(struct client *, const char *, size_t); // all of it

// Reads once and hands over the whole messages, a compressed one as an empty text.  False: nothing
// was there, or it closed.
typedef void client_message(void *user, struct client *, const char *text, size_t n);
bool client_pump(struct client *, struct scratch *, client_message *, void *user);
