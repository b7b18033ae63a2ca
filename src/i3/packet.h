// SPDX-License-Identifier: MIT
// Packet: the envelope every in-band Intermud-3 packet has: type, ttl, originator mud and user,
// target mud and user, then a body that depends on the type.  A packet is an LPC array; in here it
// travels as a struct value and is written as text only where a socket begins.
#pragma once
#include "base/value.h"

enum {
	PACKET_HEADER = 6, // elements before the body
	PACKET_TTL = 5,    // what every client sends; routers count it down
};

struct packet {
	struct span type;
	int64_t ttl;
	struct span originator_mud, originator_user; // empty: 0 on the wire
	struct span target_mud, target_user;         // empty: 0, that is everybody / the mud itself
	const struct value *all; // the whole array; body starts at PACKET_HEADER
};

// False: not an envelope; *why is static words for an error packet.
bool packet_read(const struct value *, struct packet *, const char **why) must_check;

// Writes the six header elements; empty names become 0.
void packet_header(struct value head[PACKET_HEADER], const struct packet *);
struct value packet_name(struct span); // or any other text: the string, or 0 when empty

// Body elements with their type checked.
struct span packet_text(const struct packet *, size_t i); // "" unless a string
int64_t packet_int(const struct packet *, size_t i);      // 0 unless an integer
