// SPDX-License-Identifier: MIT
// From a path to a database that is ours, whole and of our version; or to why it is not.
#include "base/mem.h"
#include "store/sqlite.h"
#include <errno.h>
#include <stdio.h>

static const char *const statements[STATEMENT_COUNT] = {
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[PUT] = "REPLACE INTO record (kind, key, value) VALUES (?1, ?2, ?3)",
	[TAKE] = "DELETE FROM record WHERE kind = ?1 AND key = ?2",
	[CLEAR] = "DELETE FROM record WHERE kind = ?1 AND key >= ?2 AND key < ?3",
	// No such row: NULL, and nothing is less than that.
	[TRIM] = "DELETE FROM record WHERE kind = ?1 AND key >= ?2 AND key < (SELECT key FROM"
		 " record WHERE kind = ?1 AND key >= ?2 AND key < ?3 ORDER BY key DESC"
		 " LIMIT 1 OFFSET ?4 - 1)",
	[SCAN] = "SELECT key, value FROM record WHERE kind = ?1 AND key >= ?2 AND key < ?3"
		 " ORDER BY key LIMIT ?4",
	[SCAN_BACK] = "SELECT key, value FROM record WHERE kind = ?1 AND key >= ?2 AND key < ?3"
		      " ORDER BY key DESC LIMIT ?4",
};

// --- what went wrong ---

// What the world does to a file, and what people can do about it.  Other errors are about the
// change that was asked for.
static const struct fault {
	int code;
	enum sqlite_verdict verdict;
	const char *advice;
} faults[] = {
	{SQLITE_FULL, FILE_UNWILLING, "free some space on its disk"},
	{SQLITE_IOERR, FILE_UNWILLING, "see to its disk"},
	{SQLITE_READONLY, FILE_UNWILLING, "make the file, its folder and its disk writable"},
	{SQLITE_CANTOPEN, FILE_UNWILLING, "make the file and its folder accessible"},
	{SQLITE_PERM, FILE_UNWILLING, "make the file and its folder accessible"},
	{SQLITE_AUTH, FILE_UNWILLING, "make the file and its folder accessible"},
	{SQLITE_BUSY, FILE_BUSY, "another program has locked it: end that one"},
	{SQLITE_LOCKED, FILE_BUSY, "another program has locked it: end that one"},
	{SQLITE_PROTOCOL, FILE_BUSY, "another program has locked it: end that one"},
	{SQLITE_NOMEM, FILE_UNWILLING, "memory runs short"},
	{SQLITE_CORRUPT, FILE_DAMAGED, "the next start of this program sets it aside"},
	{SQLITE_NOTADB, FILE_DAMAGED, "the next start of this program sets it aside"},
};

static const struct fault *fault_of(int code)
{
	for (size_t i = 0; i < countof(faults); i++)
		if (faults[i].code == code)
			return &faults[i];
	return NULL;
}

enum sqlite_verdict sqlite_explain(const struct sqlite *q, const char *verb, struct buf *why)
{
	int error = errno, code = sqlite3_errcode(q->db) & 0xff;
	const struct fault *fault = fault_of(code);
	buf_printf(why, "cannot %s %s: %s", verb, q->path, sqlite3_errmsg(q->db));
	if (error && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_FULL))
		buf_printf(why, " (%s)", strerror(error));
	if (fault)
		buf_printf(why, "; %s", fault->advice);
	return fault ? fault->verdict : FILE_REFUSED;
}

// --- what is in the file ---

// The first column of the first row; an error is the caller's to explain.
static bool ask_int(sqlite3 *db, const char *sql, int64_t *out)
{
	sqlite3_stmt *st = NULL;
	bool ok = sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
		  sqlite3_step(st) == SQLITE_ROW;
	if (ok)
		*out = sqlite3_column_int64(st, 0);
	return sqlite3_finalize(st) == SQLITE_OK && ok;
}

static bool ask_text(sqlite3 *db, const char *sql, struct buf *out)
{
	sqlite3_stmt *st = NULL;
	bool ok = sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK &&
		  sqlite3_step(st) == SQLITE_ROW;
	if (ok)
		buf_str(out, (const char *)sqlite3_column_text(st, 0));
	return sqlite3_finalize(st) == SQLITE_OK && ok;
}

static enum sqlite_verdict check_whole(const struct sqlite *q, struct buf *why)
{
	struct buf report = {0};
	enum sqlite_verdict v = FILE_GOOD;
	if (!ask_text(q->db, "PRAGMA quick_check(1)", &report)) {
		v = sqlite_explain(q, "check", why);
	} else if (!span_is(buf_bytes(&report), "ok")) {
		buf_printf(why, "%s is damaged: %.*s", q->path, (int)report.n, report.p);
		v = FILE_DAMAGED;
	}
	buf_fini(&report);
	return v;
}

// Is it ours, from a version we know, and whole?  Version 0 is a new file.
static enum sqlite_verdict inspect(const struct sqlite *q, int *version, struct buf *why)
{
	int64_t application = 0, found = 0, tables = 0;
	if (!ask_int(q->db, "PRAGMA application_id", &application) ||
		!ask_int(q->db, "PRAGMA user_version", &found) ||
		!ask_int(q->db, "SELECT count(*) FROM sqlite_schema", &tables))
		return sqlite_explain(q, "read", why);
	*version = (int)found;
	if (application == 0 && found == 0 && tables == 0)
		return FILE_GOOD;
	if (application != SQLITE_APPLICATION_ID) {
		buf_printf(why, "%s is a database, but not a store of this program", q->path);
		return FILE_REFUSED;
	}
	if (found > sqlite_version(sqlite_steps)) {
		buf_printf(why,
			"%s was written by a newer version of this program"
			" (schema %lld, this one knows %d): run that one, or move the file away",
			q->path, (long long)found, sqlite_version(sqlite_steps));
		return FILE_REFUSED;
	}
	if (found < 1) { // written in the same transaction as the application id
		buf_printf(why, "%s is damaged: it has no schema version", q->path);
		return FILE_DAMAGED;
	}
	return q->checked ? FILE_GOOD : check_whole(q, why);
}

// --- making it usable ---

static enum sqlite_verdict prepare(struct sqlite *q, struct buf *why)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		if (sqlite3_prepare_v3(q->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &q->statement[i], NULL) != SQLITE_OK)
			return sqlite_explain(q, "use", why);
	return FILE_GOOD;
}

static enum sqlite_verdict make_ready(struct sqlite *q, int version, struct buf *why)
{
	struct buf mode = {0};
	bool asked = ask_text(q->db, "PRAGMA journal_mode = WAL", &mode);
	bool wal = span_is(buf_bytes(&mode), "wal");
	buf_fini(&mode);
	if (asked && !wal) {
		buf_printf(why, "%s: write-ahead logging does not work in this place", q->path);
		return FILE_REFUSED;
	}
	if (!asked ||
		sqlite3_exec(q->db, "PRAGMA synchronous = FULL", NULL, NULL, NULL) != SQLITE_OK ||
		!sqlite_migrate(q->db, sqlite_steps, version))
		return sqlite_explain(q, "write", why);
	return prepare(q, why);
}

enum sqlite_verdict sqlite_probe(struct sqlite *q, struct buf *why)
{
	errno = 0;
	if (sqlite3_exec(q->db, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL) == SQLITE_OK)
		return FILE_GOOD;
	return sqlite_explain(q, "write", why);
}

void sqlite_close_db(struct sqlite *q)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(q->statement[i]);
	memset(q->statement, 0, sizeof q->statement);
	ensure(sqlite3_close(q->db) == SQLITE_OK);
	q->db = NULL;
}

// Until the file has proven good, closing must not copy the log into it and delete the log.
static enum sqlite_verdict connect(struct sqlite *q, const char *name, int flags, struct buf *why)
{
	errno = 0;
	flags |= SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int code = sqlite3_open_v2(name, &q->db, flags, NULL);
	ensure(q->db);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	return code == SQLITE_OK ? FILE_GOOD : sqlite_explain(q, "open", why);
}

enum sqlite_verdict sqlite_open_db(struct sqlite *q, struct buf *why)
{
	int version = 0;
	if (sqlite_is_cut_off(q)) {
		buf_printf(why, "%s is cut off", q->path);
		return FILE_DAMAGED;
	}
	enum sqlite_verdict v = sqlite_make_private(q, why);
	if (v)
		return v;
	v = connect(q, q->path, SQLITE_OPEN_READWRITE, why);
	sqlite3_busy_timeout(q->db, SQLITE_START_BUSY_MS);
	if (!v && sqlite3_db_readonly(q->db, "main") == 1) { // it does not tell by itself
		buf_printf(why, "cannot write %s: make the file writable", q->path);
		v = FILE_UNWILLING;
	}
	if (!v)
		v = inspect(q, &version, why);
	if (!v)
		v = make_ready(q, version, why);
	if (v) {
		sqlite_close_db(q);
		sqlite_remove_new(q);
		return v;
	}
	q->created = false;
	q->checked = true;
	sqlite3_busy_timeout(q->db, SQLITE_BUSY_MS);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return FILE_GOOD;
}

// --- where nothing can be written ---

static enum sqlite_verdict read_as(struct sqlite *q, const char *name, int flags, struct buf *why)
{
	int version = 0;
	enum sqlite_verdict v = connect(q, name, SQLITE_OPEN_READONLY | flags, why);
	if (!v)
		v = inspect(q, &version, why);
	if (!v && version < sqlite_version(sqlite_steps)) {
		buf_printf(why, "%s is of an older version, and cannot be changed now", q->path);
		v = FILE_UNWILLING;
	}
	if (!v)
		v = prepare(q, why);
	if (v)
		sqlite_close_db(q);
	else
		q->checked = true;
	return v;
}

static void put_uri(struct buf *uri, const char *path)
{
	buf_lit(uri, "file:");
	for (const char *at = path; *at; at++) {
		if (strchr("%?#", *at))
			buf_printf(uri, "%%%02X", (unsigned char)*at);
		else
			buf_char(uri, *at);
	}
	buf_str(uri, "?immutable=1");
	buf_char(uri, '\0');
}

// Without a log SQLite needs no place to write, if told that nobody changes the file: we would be
// the one.  A file with a log it reads only where it can write the log's index, or one was left.
enum sqlite_verdict sqlite_open_to_read(struct sqlite *q, struct buf *why)
{
	struct buf uri = {0};
	enum sqlite_verdict v = FILE_UNWILLING;
	if (sqlite_size(q, "") >= SQLITE_PAGE_MIN_BYTES && sqlite_size(q, "-wal") > 0)
		v = read_as(q, q->path, 0, why);
	else if (sqlite_size(q, "") >= SQLITE_PAGE_MIN_BYTES) {
		put_uri(&uri, q->path);
		v = read_as(q, uri.p, SQLITE_OPEN_URI, why);
		buf_fini(&uri);
	}
	return v;
}
