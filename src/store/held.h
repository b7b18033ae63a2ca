// SPDX-License-Identifier: MIT
// Held: changes the back end could not write yet, for as long as it cannot.  Only what they lead
// to is kept, so the order they came in is not needed: the last word about each key, and the
// stretches of a table of which nothing that the back end has is left.
// Owned by the store; while a job is under way only that job may touch it.
#pragma once
#include "store/records.h"

struct held {
	struct records words;   // records put, and others that are gone
	struct records cleared; // from (key) to (value) of a table; none touches another
};

void held_fini(struct held *);
size_t held_count(const struct held *);
size_t held_bytes(const struct held *);
// What a change adds at most, in bytes, or takes away; *n counts those that add a record.
int64_t held_growth(const struct held *, const struct store_change *, size_t *n);

// What changes are held over.
struct held_over {
	const struct store_backend *backend;
	void *back;
};

// The change is from now on what held_scan() gives and held_changes() writes.  A trim that leaves
// something has to look what there is; false and why when it cannot, and nothing has changed.
bool held_add(struct held *, const struct held_over *, const struct store_change *,
	struct buf *why) must_check;
// All of it, stretches first; with room for `more` behind it.  The caller frees the array.
struct store_change *held_changes(const struct held *, size_t more) must_check;
// What a scan of the back end would give, were they written.
struct held_reader {
	store_row *row;
	void *owner;
};
bool held_scan(const struct held *, const struct held_over *, const struct store_range *,
	struct held_reader, struct buf *why) must_check;
