// SPDX-License-Identifier: MIT
// Store: what survives a restart, as small records: (table, key) → bytes.
// Every call returns an id at once and is answered later, on the loop, from a turn of its own:
// the back end works on a worker thread with copies.  Accepted calls are answered in the order
// they were made, and a scan sees every change made before it.  Changes made in one turn of the
// loop are kept all together or not at all.  It knows nothing of what the records mean.
//
//	put, take, trim, scan ──► queue ──(end of turn)──► one job, one transaction ──► done()
#pragma once
#include "base/buf.h"

struct loop;
struct store;

// Bounds.  Table names are words of ours; keys hold names, values hold one peer's or one
// channel's settings; beyond these sizes somebody is filling our disk.
enum {
	STORE_TABLE_MAX_BYTES = 64,
	STORE_KEY_MAX_BYTES = 1024,
	STORE_VALUE_MAX_BYTES = 1 << 20,
	STORE_QUEUE_MAX = 10000,          // calls waiting for a disk that does not answer
	STORE_QUEUE_MAX_BYTES = 16 << 20, // and the memory they hold; one job holds as much again
	STORE_SCAN_MAX_BYTES = 64 << 20,  // a scan's rows wait in memory, one scan at a time
	// What is put soon waits so long, or for so many calls: hundreds of records a second must
	// not be hundreds of syncs.
	STORE_SOON_MS = 100,
	STORE_SOON_CALLS = 500,
	// What a disk cannot take is held in memory: hours of talk, and what any machine that runs
	// us has to spare.  What is put soon gets half of it, so that talk leaves room for
	// passwords.
	STORE_HELD_MAX = 200000,
	STORE_HELD_MAX_BYTES = 64 << 20, // with what we need to find them
};

// A stretch of one table, in order of key, which is that of bytes: from <= key < to.
struct store_range {
	struct span table;
	struct span from, to; // an empty `to` is the end of the table
	uint32_t limit;       // rows at most; 0: all
	bool backwards;       // the last key first
};

enum store_result {
	STORE_OK,     // done, and on the disk
	STORE_FAILED, // not kept: the disk, a bound, or too many calls waiting; see store_health()
	// A change the disk cannot take now, for it is full, say: it is in memory, scans see it,
	// and it is written when the disk can again, before anything that comes later; this call is
	// answered only now.  It dies with the process, so it is no ground to acknowledge anything
	// to others; whoever gives up for it takes the record back with store_take().
	STORE_HELD,
};

typedef void store_done(void *owner, uint64_t id, enum store_result);
typedef void store_row(void *owner, struct span key, struct span value); // loans

struct store_config {
	const char *path;    // NULL: memory only
	const char *backend; // a row of tables/stores.tbl; NULL: sqlite with a path, else memory
};

// NULL and a sentence in why: it cannot be read, or another daemon has it, and to go on without the
// passwords in there would harm a MUD.  What can be read but not written (a full or read-only disk,
// another program's lock) is opened: store_health() says so, changes are held, and it is tried
// again until it can be written.  Blocks, up to 12 s when another program has locked it: start-up
// only.
struct store *store_open(struct loop *, const struct store_config *, struct buf *why) must_check;
// Blocks until all accepted calls are carried out, so that there is room for as many more; they are
// answered later.  For the end only; not from a callback of the store.
void store_flush(struct store *);
// Blocks until all accepted changes are written, then frees.  What is held is tried a last time;
// what is lost then is logged.  Nobody is called back any more.
void store_close(struct store *); // NULL is fine; not from a callback of the store

// done may be NULL: nobody waits.  A call over a bound is answered STORE_FAILED at the end of
// the turn, before calls that still wait.
uint64_t store_put(struct store *, struct span table, struct span key, struct span value,
	store_done *done, void *owner);
// The same, for what a crash may take with it: it waits a moment for others to share a
// transaction with.  Any other call ends that wait, so that order and answers stay the same.
uint64_t store_put_soon(struct store *, struct span table, struct span key, struct span value,
	store_done *done, void *owner);
uint64_t store_take(struct store *, struct span table, struct span key, store_done *done,
	void *owner); // an absent record is STORE_OK
uint64_t store_scan(struct store *, struct span table, store_row *row, store_done *done,
	void *owner); // all rows in order of key (bytes), then done; no rows when it failed
uint64_t store_range(struct store *, const struct store_range *, store_row *row, store_done *done,
	void *owner); // the same for a part of a table
// Removes the range but for its last `keep` records.  limit and backwards mean nothing here.
uint64_t store_trim(
	struct store *, const struct store_range *, uint32_t keep, store_done *done, void *owner);

// Blocks; allowed only until the loop runs for the first time.  False and a sentence.  Rows may
// have been delivered before it failed.  row may make other calls but not scan_now.
bool store_scan_now(
	struct store *, struct span table, store_row *row, void *owner, struct buf *why) must_check;
bool store_range_now(struct store *, const struct store_range *, store_row *row, void *owner,
	struct buf *why) must_check; // the same for a part of a table

// The same for what there is no starting without: ends the process with "WHAT cannot be read: …".
void store_load(struct store *, struct span table, store_row *, void *owner, const char *what);

// The owner dies: its callbacks never come, its calls are still carried out.
void store_forget(struct store *, const void *owner);

// True when what is given is being kept on the disk.  Appends a sentence for people when there is
// something to say, which may be so when all is well again: a damaged file that was set aside at
// start.
bool store_health(const struct store *, struct buf *words);

// Tests only: so many jobs fail, so many jobs with changes find a full disk.
void store_fail_next(struct store *, unsigned jobs);
void store_hold_next(struct store *, unsigned jobs);

// Back end: called from one thread at a time, never two at once; open and close on the loop, the
// others mostly on a worker, so those neither log nor touch anything but their own.
enum store_verb { STORE_PUT, STORE_TAKE, STORE_TRIM };

struct store_change {
	enum store_verb verb;
	struct span table;
	struct span key, value; // put; take: value is empty; trim: from and to
	uint32_t keep;          // trim
};

struct store_backend {
	const char *name;
	bool durable; // needs a path, and what it kept is there when opened again
	// NULL and why; or with why when it can be read, but not written for now.  notice: a
	// sentence store_health() repeats until the next start.
	void *(*open)(const char *path, struct buf *notice, struct buf *why);
	void (*close)(void *);
	// All or nothing, and durable before it returns STORE_OK; else why.  STORE_HELD: not now;
	// STORE_FAILED: not these changes.  None at all (n is 0): can it be written?
	enum store_result (*write)(void *, const struct store_change *, size_t n, struct buf *why);
	bool (*scan)(
		void *, const struct store_range *, store_row *row, void *owner, struct buf *why);
};

#define STORE(name) extern const struct store_backend store_##name;
#include "tables/stores.tbl"
extern const struct store_backend *const stores[]; // NULL-terminated
