// SPDX-License-Identifier: MIT
// Template: a text with places in braces, {name}; {{ and }} are braces.  What is put in a place is
// not looked at again.
#pragma once
#include "base/arena.h"
#include "base/buf.h"

enum bridge_place { // in a template
	BRIDGE_PLACE_NAME,
	BRIDGE_PLACE_USER,
	BRIDGE_PLACE_MUD,
	BRIDGE_PLACE_CHANNEL,
	BRIDGE_PLACE_SERVER,
	BRIDGE_PLACE_TEXT,
	BRIDGE_PLACES,
};

struct bridge_values {
	struct span of[BRIDGE_PLACES];
};

// False, and why: a brace is alone, a place is not one of `may` (1 << place each), or one that it
// must have is not there.
bool bridge_template_check(
	struct span, unsigned may, enum bridge_place must, struct buf *why) must_check;
// Of a template that was checked.
struct span bridge_template_fill(struct arena *, struct span, const struct bridge_values *);
