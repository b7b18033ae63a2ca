// SPDX-License-Identifier: MIT
// Telnet, the framing (RFC 854, 855): a stream of text with commands, negotiation and subnegotiations
// between.  codec_telnet cuts it in the order of arrival; what an option means is not its business,
// nor where lines end, because both depend on what was agreed.
//
//	max of conn_use(): bytes of a subnegotiation; a longer one is thrown away up to its end and
//	reported as TELNET_CUT, never as text.  Text has no bound here: it is passed on as it comes.
//
// MCCP3 (option 87) is undone in here, because compressed bytes may begin in the middle of a read:
// after telnet_expect_zlib() the client's IAC SB 87 IAC SE switches, the end of its zlib stream
// switches back.  At most TELNET_INFLATE_BYTES come out at a time, so a bomb costs what it is read.
#pragma once
#include "base/codec.h"

enum telnet_command {
	TELNET_EOR = 239,
	TELNET_SE = 240,
	TELNET_NOP = 241,
	TELNET_DM = 242,
	TELNET_BRK = 243,
	TELNET_IP = 244,
	TELNET_AO = 245,
	TELNET_AYT = 246,
	TELNET_EC = 247,
	TELNET_EL = 248,
	TELNET_GA = 249,
	TELNET_SB = 250,
	TELNET_WILL = 251,
	TELNET_WONT = 252,
	TELNET_DO = 253,
	TELNET_DONT = 254,
	TELNET_IAC = 255,
};

enum telnet_kind {
	TELNET_IS_TEXT,    // body: data, IAC IAC made one; never empty, possibly cut anywhere
	TELNET_IS_COMMAND, // body: one byte of enum telnet_command
	TELNET_IS_ASK,     // body: two bytes: WILL, WONT, DO or DONT, and the option
	TELNET_IS_SUB,     // body: the option and what it says, IAC IAC made one
	TELNET_IS_CUT,     // body: the option of a subnegotiation that was too long or never ended
};

enum {
	TELNET_SUB_MAX = 16 << 10, // what clients may expect us to take
	TELNET_INFLATE_BYTES = 16 << 10,
	// Above so many bytes out of an MCCP3 stream, more than TELNET_RATIO_MAX for each byte in is
	// BAD: text that people type is compressed ten to one.
	TELNET_RATIO_FROM = 256 << 10,
	TELNET_RATIO_MAX = 100,
};

extern const struct codec codec_telnet;

void telnet_expect_zlib(void *state, bool); // MCCP3 was agreed, or is not any more
bool telnet_is_inflating(const void *state);

void telnet_put_text(struct buf *out, struct span text); // 255 doubled
void telnet_put_command(struct buf *out, enum telnet_command);
void telnet_put_ask(struct buf *out, enum telnet_command verb, uint8_t option);
void telnet_put_sub(struct buf *out, uint8_t option, struct span says); // 255 doubled
