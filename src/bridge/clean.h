// SPDX-License-Identifier: MIT
// Clean: what of a text passes from one kind of network to another.  Chat platforms show no colours
// of MUDs, MUDs no lines inside a line, and neither may the one call out everybody on the other.
#pragma once
#include "base/arena.h"

// Without controls and colours: terminal sequences, also those that lost their ESC on the way, and
// %^RED%^ as LPC libraries write it.  Newlines stay when `lines`, else they are blanks.
struct span bridge_clean(struct arena *, struct span valid_utf8, bool lines);

// @everyone, @here, <@1>, <@!1> and <@&1>, with something invisible behind the @.
struct span bridge_defuse(struct arena *, struct span valid_utf8);

// Cuts the next line of at most `max` bytes off, at a newline, else between words, else between
// characters.  Empty: there is none left.
struct span bridge_next_line(struct span *rest, size_t max);
