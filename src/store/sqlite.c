// SPDX-License-Identifier: MIT
// The store in one SQLite file: write-ahead log, synchronous=FULL, so a change is on the disk
// before it is answered.  The sqlite3 shell may read and back up the file while the daemon runs;
// for that SQLite shares PATH-shm with it, and whoever cuts that file short ends this process.
#include "store/sqlite.h"
#include "base/log.h"
#include "base/mem.h"
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

// --- life ---

static enum sqlite_verdict replace_damaged(struct sqlite *q, struct buf *notice, struct buf *why)
{
	struct buf aside = {0};
	enum sqlite_verdict v = FILE_REFUSED;
	if (sqlite_set_aside(q, &aside, why)) {
		log_error("store_damaged", log_str("path", q->path), log_str("kept_as", aside.p),
			log_span("why", buf_bytes(why)));
		buf_printf(notice,
			"the store was damaged at start: a new one was begun, the old one is kept"
			" as %s",
			aside.p);
		buf_clear(why);
		v = sqlite_open_db(q, why);
	}
	buf_fini(&aside);
	return v;
}

static void sqlite_close(void *back)
{
	struct sqlite *q = back;
	if (q->db)
		sqlite_close_db(q);
	if (q->lock >= 0)
		close(q->lock);
	free(q->path);
	free(q);
}

static enum sqlite_verdict open_to_write(struct sqlite *q, struct buf *why)
{
	enum sqlite_verdict v = sqlite_make_parents(q->path, why);
	if (!v)
		v = sqlite_lock(q, why);
	if (!v)
		v = sqlite_open_db(q, why);
	if (v)
		return v;
	v = sqlite_probe(q, why);
	if (v < FILE_DAMAGED) // it can be read, and written another time
		return FILE_GOOD;
	sqlite_close_db(q);
	return v;
}

// What is in the way of writing is what people must know, not what is then in that of reading;
// unless that is worse.
static enum sqlite_verdict open_to_read(struct sqlite *q, struct buf *why)
{
	struct buf other = {0};
	enum sqlite_verdict v = sqlite_open_to_read(q, &other);
	q->reads_only = true;
	if (v > FILE_UNWILLING) {
		buf_clear(why);
		buf_span(why, buf_bytes(&other));
	}
	buf_fini(&other);
	return v;
}

static void *sqlite_open(const char *path, struct buf *notice, struct buf *why)
{
	struct sqlite *q = mem_zalloc(sizeof *q);
	q->path = mem_str(path);
	q->lock = -1;
	enum sqlite_verdict v = open_to_write(q, why);
	if (v == FILE_DAMAGED)
		v = replace_damaged(q, notice, why);
	if (v == FILE_UNWILLING)
		v = open_to_read(q, why);
	if (v == FILE_GOOD)
		return q;
	sqlite_close(q);
	return NULL;
}

static enum sqlite_verdict open_again(struct sqlite *q, struct buf *why)
{
	enum sqlite_verdict v = q->lock < 0 ? sqlite_lock(q, why) : FILE_GOOD;
	if (!v)
		v = sqlite_open_db(q, why);
	return v ? v : sqlite_probe(q, why);
}

// The file could be read only; perhaps that has changed.  All connections of a process share what
// SQLite knows of a file, so the one that reads is closed before.
static bool reopen(struct sqlite *q, struct buf *why)
{
	struct buf other = {0};
	if (sqlite_size(q, "") < SQLITE_PAGE_MIN_BYTES) { // a new one in its place would be a lie
		buf_printf(why, "%s is gone, or cut off; put it back", q->path);
		return false;
	}
	if (q->db)
		sqlite_close_db(q);
	q->reads_only = open_again(q, why) != FILE_GOOD;
	if (q->reads_only && q->db)
		sqlite_close_db(q);
	if (q->reads_only)
		sqlite_open_to_read(q, &other);
	buf_fini(&other);
	return !q->reads_only;
}

// --- writing ---

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
	static const enum sqlite_statement simple[] = {[STORE_PUT] = PUT, [STORE_TAKE] = TAKE};
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

static enum store_result sqlite_write(
	void *back, const struct store_change *c, size_t n, struct buf *why)
{
	struct sqlite *q = back;
	if (q->reads_only && !reopen(q, why))
		return STORE_HELD;
	errno = 0;
	bool ok = step(q->statement[BEGIN]);
	for (size_t i = 0; ok && i < n; i++)
		ok = apply(q, &c[i]);
	ok = ok && step(q->statement[COMMIT]);
	if (ok)
		return STORE_OK;
	enum sqlite_verdict v = sqlite_explain(q, "write", why);
	if (!sqlite3_get_autocommit(q->db))
		sqlite3_exec(q->db, "ROLLBACK", NULL, NULL, NULL);
	return v == FILE_REFUSED ? STORE_FAILED : STORE_HELD;
}

// --- reading ---

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
	if (!q->db) {
		buf_printf(why, "cannot read %s: it could not be opened again", q->path);
		return false;
	}
	errno = 0;
	bind_range(st, r);
	sqlite3_bind_int64(st, 4, r->limit ? (int64_t)r->limit : -1);
	while ((code = sqlite3_step(st)) == SQLITE_ROW)
		row(owner, column(st, 0), column(st, 1));
	if (code != SQLITE_DONE)
		sqlite_explain(q, "read", why);
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
