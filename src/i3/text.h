// SPDX-License-Identifier: MIT
// Text: what may be in a string that goes to the network or comes from it.  Controls can wreck a
// terminal or a driver, so both ways only newline and tab pass.
#pragma once
#include "base/arena.h"

enum {
	TEXT_USER_MAX = 64, // bytes; the weakest clients keep names in small buffers
	TEXT_VISNAME_MAX = 64,
	TEXT_MUD_MAX = 128,      // the longest names on the network have half of it
	TEXT_MESSAGE_MAX = 4000, // old clients cut at 1 KB to 4 KB
	PACKET_BYTES_MAX = 9900, // old drivers close the socket at 10,001
};

// utf8_clean() for a name: LF and TAB become blanks, so that nobody's name begins a line of its
// own.
struct span text_clean_name(struct arena *, struct span s);
struct span text_lower(struct arena *, struct span s); // ASCII letters
bool text_has(struct span s, struct span part);
bool text_has_word(struct span s, struct span word); // not as a part of a longer one
