// SPDX-License-Identifier: MIT
// Network: the router in this process, as its operator sees it.  The API asks for things here
// without knowing the router.
#pragma once
#include "base/span.h"

enum { NETWORK_REASON_MAX = 256, NETWORK_BANS_MAX = 4096, NETWORK_PLACE_MAX = 80 };

struct network_mud { // loans
	struct span name, address, driver;
	int64_t state;     // as struct roster_mud has it
	uint64_t since_s;  // Unix time it has been so
	int64_t protocol;  // 1 to 3
	bool connected;    // logged in now
	bool in_process;   // an identity of this gateway
	int64_t listening; // channels
	int64_t dropped;   // packets over the flood limit
};

struct network_ban {
	struct span mud, address; // one of them
	struct span reason, by;
	uint64_t until_s, created_s; // Unix time; until 0: for ever
	struct span place;           // in the list, where it was read from there
};

struct network_page {
	struct span after; // a name in any case, or the place of a ban; empty: from the first
	size_t limit;
};

struct network {
	const struct network_ops *ops;
};

// What returns text returns NULL when it is done, else why not.
struct network_ops {
	// In order of name or place → whether there are more.
	bool (*muds)(struct network *, const struct network_page *,
		void (*row)(void *to, const struct network_mud *), void *to);
	const char *(*kick)(struct network *, struct span mud, struct span words);
	const char *(*ban)(struct network *, const struct network_ban *); // and kicks
	const char *(*unban)(struct network *, const struct network_ban *);
	bool (*bans)(struct network *, const struct network_page *,
		void (*row)(void *to, const struct network_ban *), void *to);
};
