// SPDX-License-Identifier: MIT
// Records: some, in memory, in order of table and key, because a scan comes in that order.
#pragma once
#include "store/store.h"

struct record {
	struct span table, key, value; // in bytes
	bool gone;                     // says that there is no such record
	char bytes[];
};

struct records {
	struct record **at;
	size_t n, cap;
	size_t bytes; // the memory they take
};

// Index of the first that is not before (table, key), and behind the last of the table that is
// before `to`; an empty `to` is the end of the table.
size_t records_place(const struct records *, struct span table, struct span key);
size_t records_end(const struct records *, struct span table, struct span to);
const struct record *records_find(const struct records *, struct span table, struct span key);
// A put, or a take as a record that is gone.  Copies; what is there is replaced.
void records_put(struct records *, const struct store_change *);
void records_drop(struct records *, size_t first, size_t n);
size_t records_cost(const struct store_change *); // in bytes
void records_fini(struct records *);
