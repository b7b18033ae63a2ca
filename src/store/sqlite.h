// SPDX-License-Identifier: MIT
// The SQLite store in parts: sqlite.c reads and writes, sqlite_open.c makes a file usable,
// sqlite_file.c knows the files beside it, sqlite_schema.c what is in it.
#pragma once
#include "store/store.h"
#include <sqlite3.h>
#include <sys/types.h>

enum {
	SQLITE_APPLICATION_ID = 0x47617465, // "Gate": tells our file from somebody else's database
	SQLITE_BUSY_MS = 2000,        // somebody else, a backup say, may hold the file so long
	SQLITE_START_BUSY_MS = 10000, // and at start, where we cannot go on without reading
	SQLITE_PAGE_MIN_BYTES = 512,  // its smallest page; every file is a multiple of it
};

enum sqlite_statement { BEGIN, COMMIT, PUT, TAKE, CLEAR, TRIM, SCAN, SCAN_BACK, STATEMENT_COUNT };

// What opening found.
enum sqlite_verdict {
	FILE_GOOD,
	FILE_UNWILLING, // the disk is against it: another time it may be good
	FILE_BUSY,      // another program has locked it: the same, but it may be changing
	FILE_DAMAGED,
	FILE_REFUSED,
};

struct sqlite {
	char *path;
	int lock; // descriptor of PATH.lock, or -1
	bool reads_only;
	bool checked; // it was whole when it was opened first
	bool created; // the file is new and ours, and nothing is in it yet
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENT_COUNT];
};

// sqlite_open.c.  Right after the failure: SQLite tells which kind it was, errno tells why.
enum sqlite_verdict sqlite_explain(const struct sqlite *, const char *verb, struct buf *why);
enum sqlite_verdict sqlite_open_db(struct sqlite *, struct buf *why);
// What can be read of a file that sqlite_open_db() found unwilling.
enum sqlite_verdict sqlite_open_to_read(struct sqlite *, struct buf *why);
enum sqlite_verdict sqlite_probe(struct sqlite *, struct buf *why); // can it be written?
void sqlite_close_db(struct sqlite *);

// sqlite_file.c
enum sqlite_verdict sqlite_make_parents(const char *path, struct buf *why);
enum sqlite_verdict sqlite_lock(struct sqlite *, struct buf *why);
enum sqlite_verdict sqlite_make_private(struct sqlite *, struct buf *why);
off_t sqlite_size(const struct sqlite *, const char *suffix); // of PATHsuffix; -1: not there
bool sqlite_is_cut_off(const struct sqlite *);
bool sqlite_set_aside(const struct sqlite *, struct buf *aside, struct buf *why);
void sqlite_remove_new(struct sqlite *); // what was created in vain

// sqlite_schema.c: a step for each version, from the empty file to the newest.
extern const char *const sqlite_steps[]; // NULL-terminated
int sqlite_version(const char *const *steps);
// From this version to the newest, each step all or nothing.  False: SQLite knows why.
bool sqlite_migrate(sqlite3 *, const char *const *steps, int from) must_check;
