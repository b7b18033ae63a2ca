// SPDX-License-Identifier: MIT
// What is in the file, as steps: the first makes version 1 of an empty file, the nth version n of
// version n - 1.  A step that was ever released is never changed; a new version is a new step.
#include "store/sqlite.h"

const char *const sqlite_steps[] = {
	"CREATE TABLE record (kind TEXT NOT NULL, key BLOB NOT NULL,"
	" value BLOB NOT NULL, PRIMARY KEY (kind, key)) STRICT, WITHOUT ROWID;"
	"PRAGMA application_id = 1197569125;",
	NULL,
};
_Static_assert(SQLITE_APPLICATION_ID == 1197569125, "as in the first step");

int sqlite_version(const char *const *steps)
{
	int n = 0;
	while (steps[n])
		n++;
	return n;
}

// The version changes with what it stands for, in one transaction.
static bool take_step(sqlite3 *db, const char *step, int version)
{
	struct buf sql = {0};
	buf_printf(&sql, "BEGIN IMMEDIATE;%s;PRAGMA user_version = %d;COMMIT", step, version);
	buf_char(&sql, '\0');
	bool ok = sqlite3_exec(db, sql.p, NULL, NULL, NULL) == SQLITE_OK;
	buf_fini(&sql);
	return ok;
}

bool sqlite_migrate(sqlite3 *db, const char *const *steps, int from)
{
	for (int version = from + 1; steps[version - 1]; version++)
		if (!take_step(db, steps[version - 1], version))
			return false; // closing it rolls back
	return true;
}
