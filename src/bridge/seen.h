// SPDX-License-Identifier: MIT
// Seen: by which ids a stream knows what it has been given, so that what is sent twice is kept
// once.  The id of an entry stays known while the entry waits, and a while after it is gone: its
// sender may not have heard that it arrived.
#pragma once
#include "base/list.h"
#include "base/map.h"

struct sighting {
	struct link in_past; // alone while its entry waits
	uint64_t seq;
	uint64_t gone_ms; // monotonic
	uint64_t bytes;   // of the entry's record, which stays in the store as long as this
	uint32_t id_n;
	char id[];
};

struct seen {
	struct map ids;   // → struct sighting
	struct link past; // of entries that are gone, in order of seq
	uint32_t past_n;
	uint64_t past_bytes;
};

void seen_init(struct seen *);
void seen_fini(struct seen *);
struct sighting *seen_find(const struct seen *, struct span id); // NULL: it is new
struct sighting *seen_add(struct seen *, struct span id, uint64_t seq, uint64_t bytes);
void seen_gone(struct seen *, struct sighting *, uint64_t now_ms); // its entry is
void seen_forget(struct seen *, struct sighting *);                // frees it
struct sighting *seen_oldest(const struct seen *);                 // of the past; NULL: none
