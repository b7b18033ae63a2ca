// SPDX-License-Identifier: MIT
// History page: a stretch of a channel's lines, oldest first, out of the channel's memory and the
// store.  Memory is asked first; when it cannot hold all of the page the store is, and answers
// later.  Both are merged by number, so a line the store could not keep is still there.
#pragma once
#include "base/arena.h"
#include "hub/hub.h"

enum {
	HISTORY_PAGE_MAX = 500, // lines
	// Bytes of text on one page, but one line always fits: as JSON it stays below what an
	// answer may have.
	HISTORY_PAGE_BYTES_MAX = 256 << 10,
};

struct history_query {
	const struct identity *identity;
	struct span channel;
	uint64_t from, to; // from <= seq < to
	uint32_t limit;    // lines, up to HISTORY_PAGE_MAX
	bool forward;      // the oldest of those lines, not the newest
};

struct history_page {
	const struct channel_line *at; // loans
	size_t n;
	bool older, newer; // the channel has lines before the first or behind the last
	bool complete;     // false: the store may have lines that belong here
};

// What memory holds of it.  → page->complete.
bool history_page_now(const struct history_query *, struct arena *, struct history_page *);

struct history_wait { // embedded in whoever waits; zero-initialised
	void (*run)(struct history_wait *, const struct history_page *); // once
	struct history_query query;                                      // a copy
	struct arena arena;
	struct channel_line *rows; // as the store gave them
	size_t n;
	uint32_t unreadable;
};

// With hub->history only.
void history_page_ask(struct history_wait *, const struct history_query *);
void history_page_forget(struct history_wait *); // run() never comes; harmless afterwards
