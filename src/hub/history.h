// SPDX-License-Identifier: MIT
// History: the lines of all channels, kept in the store and so over restarts.  Channels remember
// their newest lines themselves (channel.h); what is asked for beyond those is read from here
// (history_page.h).
//
// A record is one line: its key is the identity in lower case, LF, the channel, LF and the line's
// seq in 16 digits, so that the keys of a channel stand together and in order.  A shelf is what is
// known of the records of one channel without reading them.
#pragma once
#include "base/buf.h"
#include "base/map.h"
#include "hub/channel_line.h"

struct channel;
struct hub;
struct identity;
struct store;
struct store_range;

enum {
	HISTORY_CHANNELS_MAX = 2048, // with lines in the store: times `lines`, what the disk holds
	HISTORY_CHANNELS_OF_ONE_MAX = 512, // of one identity, whose sessions or router choose them
	// Lines on their way to a disk that does not answer: they must leave room in the store's
	// queue for what matters more.
	HISTORY_WAITING_MAX = 4096,
	HISTORY_WAITING_BYTES_MAX = 8 << 20,
	HISTORY_SWEEP_MS = 3600000,
};

struct history_config {
	uint32_t lines; // kept per channel; 0: none, and what there is is removed
	uint32_t days;  // how long; 0: for ever
};

struct shelf {
	uint64_t oldest; // no line is older; the oldest may have been removed meanwhile
	uint64_t newest;
	uint64_t due_ms;  // to be swept
	uint32_t unswept; // lines since it was
};

struct history {
	struct hub *hub;
	struct store *store;
	struct history_config config;
	struct map shelves; // start of the keys → struct shelf
	struct buf key, value;
	uint32_t waiting, first_waiting; // lines on their way; their sizes are a ring
	uint32_t bytes[HISTORY_WAITING_MAX];
	size_t waiting_bytes;
	uint64_t lost; // lines, since this was last logged
};

// Blocks: start-up only.  From now on numbers are above those in the store, even when the clock has
// been set back.
void history_init(struct history *, struct hub *, struct store *, const struct history_config *);
void history_fini(struct history *);
void history_configure(struct history *, const struct history_config *);
// Its owner calls it once a minute: removes lines that are too many or too old, and says in one
// log line how many could not be kept.
void history_minute(struct history *);

// Nobody waits for it; what is lost is counted.  A crash may take the last tenth of a second.
void history_keep(struct history *, const struct channel *, const struct channel_line *);

// --- for history_page.c ---

struct shelf *history_shelf(struct history *, const struct identity *, struct span channel);
uint64_t history_horizon(const struct history *); // lines with a lower seq are too old
// The records from <= seq < to of a channel.  A loan, until the next call.
struct store_range history_range(
	struct history *, const struct identity *, struct span channel, uint64_t from, uint64_t to);
bool history_seq(struct span key, uint64_t *seq) must_check; // false: not one of our keys
