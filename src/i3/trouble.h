// SPDX-License-Identifier: MIT
// Trouble: why a link is not logged in, in words for people: what it is doing, how long that may
// take, and what went wrong before.
#pragma once
struct i3_link;

// NULL: all is well.  Lasts until the next call for this link.
const char *trouble_words(struct i3_link *);
