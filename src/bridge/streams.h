// SPDX-License-Identifier: MIT
// Streams: all streams of the bridge, in memory and in the store.
//
// A stream comes into being when a consumer that acknowledges names its channel (streams_open), or
// when a message comes for a channel and somebody follows all channels of that direction
// (streams_get).  It ends when it has neither entries nor cursors, and when it has had none for
// cursor_age_s and all its cursors are followers' that have acknowledged all: who invents channels
// cannot use them up.  Cursors and followers end when they have not been here for cursor_age_s.  A
// stream whose cursors have all ended keeps what it has within its bounds.
#pragma once
#include "bridge/cursor.h"
#include "hub/bridging.h"

struct store;

enum {
	STREAMS_MAX = 1024,
	STREAMS_FOLLOWERS_MAX = 16,
	// Of all streams together, as struct stream_limits counts.  Over it the largest stream
	// pays: a flood in one channel does not touch the others.
	STREAMS_BYTES_MAX = 64 << 20,
	// Ids of entries that are gone, 1 KiB each at most; their records in the store have
	// STREAMS_BYTES_MAX too.
	STREAMS_PAST_MAX = 32768,
};

struct streams_config {
	struct stream_limits limits; // of each stream; count and bytes at least 1
	uint32_t cursor_age_s;
};
#define STREAMS_DEFAULT                                                                            \
	((struct streams_config){{10000, 7 * 86400, 8 << 20}, .cursor_age_s = 7 * 86400})

// Blocks: start-up only; what cannot be read at all ends the process.
struct streams *streams_new(struct store *, const struct streams_config *) must_check;
void streams_keep_last(struct streams *); // the process ends and nothing will be freed
void streams_free(
	struct streams *); // writes the last acknowledgements; nobody is called back any more
void streams_configure(struct streams *, const struct streams_config *);
// Its owner calls it once a minute: what is too old goes, what the disk refused is tried again.
void streams_minute(struct streams *);

// NULL: too many, or no such channel: empty, too long, or with control characters.
struct stream *streams_open(struct streams *, enum stream_towards, struct span channel) must_check;
// The stream there is; else a new one when somebody follows that direction; else NULL.
struct stream *streams_get(struct streams *, enum stream_towards, struct span channel);
struct stream *streams_find(struct streams *, enum stream_towards, struct span channel); // or NULL
size_t streams_room(const struct streams *); // so many can still be made
// Those of a direction.  Must not make or end one.
void streams_each(
	struct streams *, enum stream_towards, void (*)(void *to, struct stream *), void *to);

// A consumer of all channels of a direction is here: it has a cursor in every stream there is and
// will be, which its owner finds by name, or by ready(); streams_minute() may end it.  from_start
// counts for the streams there are; in a new stream it starts at the first entry.  False: too many,
// or no such name.  A stream that has no room for its cursor is not followed: its owner looks
// before (cursor_fits).
bool streams_follow(struct streams *, enum stream_towards, const struct cursor_spec *) must_check;
bool streams_may_follow(const struct streams *, enum stream_towards, struct span name);
void streams_unfollow(struct streams *, enum stream_towards, struct span name, const void *owner);
// Whose cursor or follower of that name is here; NULL: nobody's.
void *streams_follower_owner(const struct streams *, enum stream_towards, struct span name);

struct bridging *streams_bridging(struct streams *);
