// SPDX-License-Identifier: MIT
// AMP, the Asynchronous Messaging Protocol of Twisted: boxes of keys and values.  codec_amp
// (proto/amp.c) cuts a stream into boxes; what is here reads and writes one (proto/amp_box.c).
//
//	box    = *(u16 length of key, 1..255; key; u16 length of value; value)  00 00
//	ListOf = *(u16 length; element)        AmpList = *box        inside a value
//
// A box here is without its last 00 00, as the codec lends it and takes it.
#pragma once
#include "base/buf.h"

enum {
	AMP_KEY_MAX = 255,
	AMP_VALUE_MAX = 65535,
	AMP_PAIRS_MAX = 256,   // keys of one box; the commands in use have eight
	AMP_BOX_MAX = 1 << 20, // bytes; sixteen of the longest values
};

struct amp_pair {
	struct span key, value;
};

// --- reading: spans are loans of the box ---

bool amp_next(struct span *box, struct amp_pair *out); // false: its end, or no box
// Of equal keys the last counts.
bool amp_find(struct span box, const char *key, struct span *out) must_check;
// As Twisted reads them: white space around it, a sign, zeros in front, 1_000.  False as well when it
// is more than 64 bits.
bool amp_int(struct span, int64_t *out) must_check;
bool amp_bool(struct span, bool *out) must_check; // True or False, exactly
// Elements, until it is false; what is not whole at the end is ignored, as Twisted does.
bool amp_item(struct span *list, struct span *out);
// Boxes of an AmpList, until it is false.
bool amp_box(struct span *list, struct span *out);

// --- writing ---
// A value over AMP_VALUE_MAX cannot be said in AMP: it makes the buf fail.

void amp_put(struct buf *, const char *key, struct span value);
void amp_put_int(struct buf *, const char *key, int64_t);
void amp_put_bool(struct buf *, const char *key, bool);
// What stands between is the value: amp_close(out, amp_open(out, key)) is an empty one.
size_t amp_open(struct buf *, const char *key); // key NULL: an element of a list
void amp_close(struct buf *, size_t opened);
void amp_put_item(struct buf *, struct span);
void amp_end(struct buf *); // of a box inside an AmpList
