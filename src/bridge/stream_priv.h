// SPDX-License-Identifier: MIT
// What the files of the streams know of each other.
#pragma once
#include "base/buf.h"
#include "base/log.h"
#include "bridge/seen.h"
#include "bridge/stream_record.h"
#include "bridge/streams.h"

// A record of ours that changes: one write at a time, and again when it has changed since.
struct kept {
	uint64_t call; // the write under way; 0: none
	bool dirty;    // what is on the disk is older
	bool once;     // it has been on the disk
};

enum entry_state { ENTRY_WRITING, ENTRY_WRITTEN, ENTRY_REFUSED };

struct entry {
	uint64_t call; // its write
	uint64_t received_us;
	enum entry_state state;
	struct sighting *sighting;
	struct link waiters;
	uint32_t n_waiters;
	uint32_t text_n;
	char text[];
};

struct mark { // up to where entries have gone
	uint64_t seq, us;
	enum stream_why why;
};

struct stream {
	struct streams *all;
	char *name; // as in the store
	uint64_t epoch;
	struct mark floor;  // on the disk
	struct mark target; // what the floor shall be
	struct mark sent;   // what is being written
	uint64_t last, newest;
	struct entry **at; // floor < seq <= newest, at seq modulo cap
	uint64_t cap;      // a power of two
	uint64_t bytes;    // target < seq <= last
	struct kept kept;
	uint64_t taking_back; // the call that removes what is behind last
	bool broken;          // there may be records behind last that count for nothing
	struct seen seen;
	uint64_t trimmed; // records up to here are gone from the store
	struct link cursors;
	uint32_t n_cursors;
};

struct cursor {
	struct link in_stream;
	struct stream *stream;
	char *name;
	uint64_t acked, given;
	uint64_t sent, on_disk; // of acked
	uint64_t born;          // the stream's newest then: what comes later relies on our record
	uint64_t seen_us, seen_sent_us;
	uint64_t lost_us;       // when the first entry behind acked came, if that has gone
	uint64_t lost_given_us; // the same for given
	struct kept kept;
	cursor_ready *ready; // NULL: not here
	void *owner;
};

struct follower {
	struct link in_streams;
	struct streams *all;
	enum stream_towards towards;
	char *name;
	uint64_t seen_us, seen_sent_us;
	struct kept kept;
	cursor_ready *ready; // NULL: not here
	void *owner;
};

struct streams {
	struct bridging bridging;
	struct store *store;
	struct streams_config config;
	struct map at; // name → struct stream
	struct link followers;
	uint32_t n_followers;
	uint64_t entries, bytes; // can be read
	uint32_t past;           // ids of what is gone
	uint64_t past_bytes;
	uint32_t writing;
	uint64_t writing_bytes;
	uint64_t last_epoch;
	struct log_pace losses;
	struct buf key, value;
};

static inline struct span stream_name(const struct stream *s)
{
	return span_str(s->name);
}

// stream.c
struct stream *stream_new(struct streams *, struct span name);
void stream_free(struct stream *);                               // memory only
struct entry *stream_entry(const struct stream *, uint64_t seq); // floor < seq <= newest
struct entry *stream_push(struct stream *, const struct stream_entry_record *, enum entry_state);
uint64_t stream_entry_bytes(const struct entry *);

// entry.c
void entry_free(struct entry *);
void entry_wait(struct entry *, const struct stream_sender *, bool again);
void entry_write(struct stream *, const struct stream_entry_record *, const struct stream_sender *);
void stream_flush(struct stream *); // writes what has changed, or was refused

// stream_bound.c
void stream_enforce(struct stream *);                         // lets go what may or must
uint64_t stream_skip(struct stream *, enum stream_why);       // lets go all → how many
void stream_account(struct stream *, uint64_t seq, int sign); // it can be read now, or no longer
void stream_keep(struct stream *); // its record, and that of its cursors, if changed
void stream_past_add(struct stream *, struct sighting *);
void stream_past_forget(struct stream *, struct sighting *);
// Forgets ids, and removes their records when there are so many or more.
void stream_age_past(struct stream *, uint64_t step);

// When somebody was here is kept to the hour.
static inline bool stream_seen_changed(uint64_t kept_us, uint64_t now_us)
{
	return now_us < kept_us || now_us - kept_us >= UINT64_C(3600) * 1000000;
}

// cursor.c
bool cursor_is_name(struct span);
struct cursor *cursor_new(struct stream *, struct span name);
void cursor_free(struct cursor *);      // memory only
void cursor_keep(struct cursor *);      // if changed
void cursor_forget(struct cursor *);    // from the store as well
void cursor_note_loss(struct cursor *); // before the target's entries go
void cursor_dropped(struct cursor *, struct mark from, struct mark to); // before they are freed
void cursor_see(struct cursor *, uint64_t now_us);                      // it is here

// follower.c
struct follower *follower_new(struct streams *, enum stream_towards, struct span name);
void follower_free(struct follower *); // memory only
struct follower *follower_find(const struct streams *, enum stream_towards, struct span name);
void follower_join(struct follower *, struct stream *, bool from_start);
void follower_age(struct follower *, uint64_t now_us);

// streams.c
bool streams_is_long_gone(const struct streams *, uint64_t seen_us, uint64_t now_us);

// load.c
void streams_load(struct streams *);

// inspect.c
extern const struct bridging_ops streams_ops;
