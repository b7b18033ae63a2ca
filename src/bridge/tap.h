// SPDX-License-Identifier: MIT
// Tap: what comes out of one cursor, as the texts that go to its consumer: gaps at once, messages
// at the pace the consumer has asked for, several as one when they are too many for it.
#pragma once
#include "bridge/kept.h"

struct bridge_tap;

struct bridge_tap *bridge_tap_new(const struct coalesce_wish *, struct span channel) must_check;
void bridge_tap_opened(struct bridge_tap *, bool is_new); // with the cursor
struct span bridge_tap_channel(const struct bridge_tap *);
bool bridge_tap_is_new(const struct bridge_tap *);

// The next text, which counts as given.  False: there is none, or not before due.
bool bridge_tap_take(
	struct bridge_tap *, struct cursor *, struct arena *scratch, struct buf *out) must_check;
uint64_t bridge_tap_due_ms(const struct bridge_tap *); // 0: it holds nothing back
