// SPDX-License-Identifier: MIT
// The store in one SQLite file: write-ahead log, synchronous=FULL, so a change is on the disk
// before it is answered.  Beside PATH stand PATH-wal and PATH-shm (SQLite's) and PATH.lock (ours:
// one daemon per file; a POSIX lock, because those are not inherited by a child of fork).
// The sqlite3 shell may read and back up the file while the daemon runs.
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "store/store.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	SCHEMA_VERSION = 1,
	APPLICATION_ID = 0x47617465, // "Gate": tells our file from somebody else's database
	BUSY_MS = 2000,              // somebody else, a backup say, may hold the file this long
	DIR_MODE = 0700,             // router passwords are in there
	FILE_MODE = 0600,
	PAGE_MIN_BYTES = 512, // SQLite's smallest page; every file is a multiple of it
};

static const char schema[] = "BEGIN IMMEDIATE;"
			     "CREATE TABLE record (kind TEXT NOT NULL, key BLOB NOT NULL,"
			     " value BLOB NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;"
			     "PRAGMA application_id = 1197569125;"
			     "PRAGMA user_version = 1;"
			     "COMMIT";
_Static_assert(APPLICATION_ID == 1197569125 && SCHEMA_VERSION == 1, "as in the schema");

enum statement { BEGIN, COMMIT, PUT, TAKE, CLEAR, TRIM, SCAN, SCAN_BACK, STATEMENT_COUNT };

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

struct sqlite {
	char *path;
	int lock; // descriptor of PATH.lock
	sqlite3 *db;
	sqlite3_stmt *statement[STATEMENT_COUNT];
};

// What opening found.
enum verdict { FILE_GOOD, FILE_DAMAGED, FILE_REFUSED };

// Right after the failure: SQLite tells which kind it was, errno tells why.
static enum verdict explain(const struct sqlite *q, const char *verb, struct buf *why)
{
	int error = errno, code = sqlite3_errcode(q->db) & 0xff;
	buf_printf(why, "cannot %s %s: %s", verb, q->path, sqlite3_errmsg(q->db));
	if (error && (code == SQLITE_IOERR || code == SQLITE_CANTOPEN))
		buf_printf(why, " (%s)", strerror(error));
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB ? FILE_DAMAGED : FILE_REFUSED;
}

static bool explain_errno(const char *verb, const char *path, struct buf *why)
{
	buf_printf(why, "cannot %s %s: %s", verb, path, strerror(errno));
	return false;
}

// Every folder on the way to path that is not there yet.
static bool make_parents(const char *path, struct buf *why)
{
	char *folder = mem_str(path);
	bool ok = true;
	for (char *slash = strchr(folder + 1, '/'); ok && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, DIR_MODE) < 0 && errno != EEXIST)
			ok = explain_errno("create", folder, why);
		*slash = '/';
	}
	free(folder);
	return ok;
}

static bool lock_path(struct sqlite *q, struct buf *why)
{
	struct flock held = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, other = held;
	struct buf name = {0};
	buf_printf(&name, "%s.lock", q->path);
	buf_char(&name, '\0');
	q->lock = open(name.p, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	bool ok = q->lock >= 0 && fcntl(q->lock, F_SETLK, &held) == 0;
	if (!ok && q->lock >= 0 && (errno == EAGAIN || errno == EACCES) &&
		fcntl(q->lock, F_GETLK, &other) == 0 && other.l_type != F_UNLCK)
		buf_printf(why, "%s is in use by process %ld", q->path, (long)other.l_pid);
	else if (!ok)
		explain_errno("lock", name.p, why);
	buf_fini(&name);
	return ok;
}

// SQLite would create it readable for all.  -wal and -shm take over the mode of the file.
static bool make_private(const char *path, struct buf *why)
{
	struct stat st;
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd >= 0)
		return close(fd) == 0;
	if (errno != EEXIST)
		return explain_errno("create", path, why);
	if (stat(path, &st) < 0)
		return explain_errno("look at", path, why);
	if (!S_ISREG(st.st_mode)) {
		buf_printf(why, "%s is not a file", path);
		return false;
	}
	if ((st.st_mode & 077) && chmod(path, FILE_MODE) < 0)
		return explain_errno("make private", path, why);
	return true;
}

static off_t size_of(const char *path, const char *suffix) // -1: not there
{
	struct buf name = {0};
	struct stat st;
	buf_printf(&name, "%s%s", path, suffix);
	buf_char(&name, '\0');
	off_t size = stat(name.p, &st) == 0 ? st.st_size : -1;
	buf_fini(&name);
	return size;
}

// SQLite takes what is left of such a file for a new one and deletes its log, or reads zeros past
// the end.  While there is a log, a broken last page is no damage: copying was interrupted.
static bool is_cut_off(const struct sqlite *q)
{
	off_t size = size_of(q->path, "");
	bool logged = size_of(q->path, "-wal") > 0;
	if (size < PAGE_MIN_BYTES)
		return size >= 0 || logged;
	return size % PAGE_MIN_BYTES && !logged;
}

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

static enum verdict check_whole(const struct sqlite *q, struct buf *why)
{
	struct buf report = {0};
	enum verdict v = FILE_GOOD;
	if (!ask_text(q->db, "PRAGMA quick_check(1)", &report)) {
		v = explain(q, "check", why);
	} else if (!span_is(buf_bytes(&report), "ok")) {
		buf_printf(why, "%s is damaged: %.*s", q->path, (int)report.n, report.p);
		v = FILE_DAMAGED;
	}
	buf_fini(&report);
	return v;
}

// Is it ours, from a version we know, and whole?
static enum verdict inspect(const struct sqlite *q, bool *fresh, struct buf *why)
{
	int64_t application = 0, version = 0, tables = 0;
	if (!ask_int(q->db, "PRAGMA application_id", &application) ||
		!ask_int(q->db, "PRAGMA user_version", &version) ||
		!ask_int(q->db, "SELECT count(*) FROM sqlite_schema", &tables))
		return explain(q, "read", why);
	*fresh = application == 0 && version == 0 && tables == 0;
	if (*fresh)
		return FILE_GOOD;
	if (application != APPLICATION_ID) {
		buf_printf(why, "%s is a database, but not a store of this program", q->path);
		return FILE_REFUSED;
	}
	if (version > SCHEMA_VERSION) {
		buf_printf(why,
			"%s was written by a newer version of this program"
			" (schema %lld, this one knows %d): run that one, or move the file away",
			q->path, (long long)version, SCHEMA_VERSION);
		return FILE_REFUSED;
	}
	if (version < 1) { // written in the same transaction as the application id
		buf_printf(why, "%s is damaged: it has no schema version", q->path);
		return FILE_DAMAGED;
	}
	return check_whole(q, why);
}

static enum verdict make_ready(struct sqlite *q, bool fresh, struct buf *why)
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
		(fresh && sqlite3_exec(q->db, schema, NULL, NULL, NULL) != SQLITE_OK) ||
		sqlite3_exec(q->db, "BEGIN IMMEDIATE; ROLLBACK", NULL, NULL, NULL) != SQLITE_OK)
		return explain(q, "write", why);
	for (int i = 0; i < STATEMENT_COUNT; i++)
		if (sqlite3_prepare_v3(q->db, statements[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &q->statement[i], NULL) != SQLITE_OK)
			return explain(q, "use", why);
	return FILE_GOOD;
}

static void close_db(struct sqlite *q)
{
	for (int i = 0; i < STATEMENT_COUNT; i++)
		sqlite3_finalize(q->statement[i]);
	memset(q->statement, 0, sizeof q->statement);
	ensure(sqlite3_close(q->db) == SQLITE_OK);
	q->db = NULL;
}

// Until the file has proven good, closing must not copy the log into it and delete the log.
static enum verdict open_db(struct sqlite *q, struct buf *why)
{
	bool fresh = false;
	if (is_cut_off(q)) {
		buf_printf(why, "%s is cut off", q->path);
		return FILE_DAMAGED;
	}
	if (!make_private(q->path, why))
		return FILE_REFUSED;
	errno = 0;
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
	int code = sqlite3_open_v2(q->path, &q->db, flags, NULL);
	ensure(q->db);
	sqlite3_busy_timeout(q->db, BUSY_MS);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(q->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	enum verdict v = code == SQLITE_OK ? inspect(q, &fresh, why) : explain(q, "open", why);
	if (v == FILE_GOOD)
		v = make_ready(q, fresh, why);
	if (v != FILE_GOOD)
		close_db(q);
	else
		sqlite3_db_config(q->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, NULL);
	return v;
}

static bool rename_one(const char *from, const char *to, const char *suffix)
{
	struct buf a = {0}, b = {0};
	buf_printf(&a, "%s%s", from, suffix);
	buf_printf(&b, "%s%s", to, suffix);
	buf_char(&a, '\0');
	buf_char(&b, '\0');
	bool ok = rename(a.p, b.p) == 0 || errno == ENOENT;
	buf_fini(&a);
	buf_fini(&b);
	return ok;
}

// The file goes last: after a crash in between it is still found damaged, never taken for new.
static bool set_aside(const struct sqlite *q, struct buf *aside, struct buf *why)
{
	struct stat st;
	uint64_t second = clock_wall_us() / 1000000;
	do {
		buf_clear(aside);
		buf_printf(aside, "%s.damaged-%llu", q->path, (unsigned long long)second++);
		buf_char(aside, '\0');
	} while (lstat(aside->p, &st) == 0);
	if (rename_one(q->path, aside->p, "-wal") && rename_one(q->path, aside->p, "-shm") &&
		rename_one(q->path, aside->p, ""))
		return true;
	buf_lit(why, "; ");
	return explain_errno("set it aside as", aside->p, why);
}

static enum verdict replace_damaged(struct sqlite *q, struct buf *notice, struct buf *why)
{
	struct buf aside = {0};
	enum verdict v = FILE_REFUSED;
	if (set_aside(q, &aside, why)) {
		log_error("store_damaged", log_str("path", q->path), log_str("kept_as", aside.p),
			log_span("why", buf_bytes(why)));
		buf_printf(notice,
			"the store was damaged at start: a new one was begun, the old one is kept"
			" as %s",
			aside.p);
		buf_clear(why);
		v = open_db(q, why);
	}
	buf_fini(&aside);
	return v;
}

static void sqlite_close(void *back)
{
	struct sqlite *q = back;
	if (q->db)
		close_db(q);
	if (q->lock >= 0)
		close(q->lock);
	free(q->path);
	free(q);
}

static void *sqlite_open(const char *path, struct buf *notice, struct buf *why)
{
	struct sqlite *q = mem_zalloc(sizeof *q);
	q->path = mem_str(path);
	q->lock = -1;
	enum verdict v = FILE_REFUSED;
	if (make_parents(path, why) && lock_path(q, why))
		v = open_db(q, why);
	if (v == FILE_DAMAGED)
		v = replace_damaged(q, notice, why);
	if (v == FILE_GOOD)
		return q;
	sqlite_close(q);
	return NULL;
}

// NULL would be SQL's NULL, not an empty value.
static const void *bytes_of(struct span s)
{
	return s.n ? s.p : "";
}

static bool step(sqlite3_stmt *st)
{
	bool ok = sqlite3_step(st) == SQLITE_DONE;
	int error = errno;
	sqlite3_reset(st); // repeats the failure of the step
	errno = error;
	return ok;
}

static void bind(sqlite3_stmt *st, struct span table, struct span key)
{
	sqlite3_bind_text64(st, 1, bytes_of(table), table.n, SQLITE_STATIC, SQLITE_UTF8);
	sqlite3_bind_blob64(st, 2, bytes_of(key), key.n, SQLITE_STATIC);
}

static void bind_range(sqlite3_stmt *st, const struct store_range *r)
{
	static const char above[STORE_KEY_MAX_BYTES + 1] = {
		[0 ... STORE_KEY_MAX_BYTES] = '\xff'}; // longer than a key: behind all of them
	struct span to = r->to.n ? r->to : span_of(above, sizeof above);
	bind(st, r->table, r->from);
	sqlite3_bind_blob64(st, 3, bytes_of(to), to.n, SQLITE_STATIC);
}

static sqlite3_stmt *prepare_change(const struct sqlite *q, const struct store_change *c)
{
	static const enum statement simple[] = {[STORE_PUT] = PUT, [STORE_TAKE] = TAKE};
	bool trim = c->verb == STORE_TRIM;
	sqlite3_stmt *st = q->statement[!trim ? simple[c->verb] : c->keep ? TRIM : CLEAR];
	bind(st, c->table, c->key);
	if (c->verb == STORE_PUT)
		sqlite3_bind_blob64(st, 3, bytes_of(c->value), c->value.n, SQLITE_STATIC);
	if (trim)
		bind_range(st, &(struct store_range){c->table, c->key, c->value, 0, false});
	if (trim && c->keep)
		sqlite3_bind_int64(st, 4, c->keep);
	return st;
}

static bool apply(struct sqlite *q, const struct store_change *c)
{
	sqlite3_stmt *st = prepare_change(q, c);
	bool ok = step(st);
	sqlite3_clear_bindings(st);
	return ok;
}

static bool sqlite_write(void *back, const struct store_change *c, size_t n, struct buf *why)
{
	struct sqlite *q = back;
	errno = 0;
	bool ok = step(q->statement[BEGIN]);
	for (size_t i = 0; ok && i < n; i++)
		ok = apply(q, &c[i]);
	ok = ok && step(q->statement[COMMIT]);
	if (ok)
		return true;
	explain(q, "write", why);
	if (!sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

static struct span column(sqlite3_stmt *st, int i)
{
	const void *p = sqlite3_column_blob(st, i); // asked first: the length depends on it
	return span_of(p, (size_t)sqlite3_column_bytes(st, i));
}

static bool sqlite_scan(
	void *back, const struct store_range *r, store_row *row, void *owner, struct buf *why)
{
	struct sqlite *q = back;
	sqlite3_stmt *st = q->statement[r->backwards ? SCAN_BACK : SCAN];
	int code;
	errno = 0;
	bind_range(st, r);
	sqlite3_bind_int64(st, 4, r->limit ? (int64_t)r->limit : -1);
	while ((code = sqlite3_step(st)) == SQLITE_ROW)
		row(owner, column(st, 0), column(st, 1));
	if (code != SQLITE_DONE)
		explain(q, "read", why);
	sqlite3_reset(st);
	sqlite3_clear_bindings(st);
	return code == SQLITE_DONE;
}

const struct store_backend store_sqlite = {
	.name = "sqlite",
	.durable = true,
	.open = sqlite_open,
	.close = sqlite_close,
	.write = sqlite_write,
	.scan = sqlite_scan,
};
