// SPDX-License-Identifier: MIT
// The files of a store: PATH, beside it PATH-wal and PATH-shm (SQLite's), PATH.lock (ours: one
// daemon per file; a POSIX lock, because those are not inherited by a child of fork), and
// PATH.damaged-SECOND, which nobody but people remove.
#include "base/clock.h"
#include "base/mem.h"
#include "store/sqlite.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	DIR_MODE = 0700, // router passwords are in there
	FILE_MODE = 0600,
};

static enum sqlite_verdict unwilling(const char *verb, const char *path, struct buf *why)
{
	buf_printf(why, "cannot %s %s: %s", verb, path, strerror(errno));
	return FILE_UNWILLING;
}

// Every folder on the way to path that is not there yet.
enum sqlite_verdict sqlite_make_parents(const char *path, struct buf *why)
{
	char *folder = mem_str(path);
	enum sqlite_verdict v = FILE_GOOD;
	for (char *slash = strchr(folder + 1, '/'); !v && slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(folder, DIR_MODE) < 0 && errno != EEXIST)
			v = unwilling("create", folder, why);
		*slash = '/';
	}
	free(folder);
	return v;
}

static char *name_of(const struct sqlite *q, const char *suffix)
{
	struct buf name = {0};
	buf_printf(&name, "%s%s", q->path, suffix);
	buf_char(&name, '\0');
	return name.p;
}

// Where the lock cannot be taken for want of a disk to write on, it can still be seen.
static enum sqlite_verdict lock_fd(const struct sqlite *q, int fd, bool writable, struct buf *why)
{
	struct flock mine = {.l_type = F_WRLCK, .l_whence = SEEK_SET}, other = mine;
	if (writable && fcntl(fd, F_SETLK, &mine) == 0)
		return FILE_GOOD;
	int error = errno;
	if (fcntl(fd, F_GETLK, &other) == 0 && other.l_type != F_UNLCK) {
		buf_printf(why, "%s is in use by process %ld", q->path, (long)other.l_pid);
		return FILE_REFUSED;
	}
	errno = error;
	return FILE_UNWILLING;
}

enum sqlite_verdict sqlite_lock(struct sqlite *q, struct buf *why)
{
	char *name = name_of(q, ".lock");
	int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, FILE_MODE);
	bool writable = fd >= 0;
	int error = errno;
	if (!writable)
		fd = open(name, O_RDONLY | O_CLOEXEC);
	errno = error;
	enum sqlite_verdict v = fd >= 0 ? lock_fd(q, fd, writable, why) : FILE_UNWILLING;
	if (v == FILE_UNWILLING)
		unwilling("lock", name, why);
	if (v == FILE_GOOD)
		q->lock = fd;
	else if (fd >= 0)
		close(fd);
	free(name);
	return v;
}

// SQLite would create it readable for all.  -wal and -shm take over the mode of the file.
enum sqlite_verdict sqlite_make_private(struct sqlite *q, struct buf *why)
{
	struct stat st;
	int fd = open(q->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
	if (fd >= 0) {
		q->created = true;
		close(fd);
		return FILE_GOOD;
	}
	if (errno != EEXIST)
		return unwilling("create", q->path, why);
	if (stat(q->path, &st) < 0)
		return unwilling("look at", q->path, why);
	if (!S_ISREG(st.st_mode)) {
		buf_printf(why, "%s is not a file", q->path);
		return FILE_REFUSED;
	}
	if ((st.st_mode & 077) && chmod(q->path, FILE_MODE) < 0)
		return unwilling("make private", q->path, why);
	return FILE_GOOD;
}

off_t sqlite_size(const struct sqlite *q, const char *suffix)
{
	struct stat st;
	char *name = name_of(q, suffix);
	off_t size = stat(name, &st) == 0 ? st.st_size : -1;
	free(name);
	return size;
}

// SQLite takes what is left of such a file for a new one and deletes its log, or reads zeros past
// the end.  While there is a log, a broken last page is no damage: copying was interrupted.
bool sqlite_is_cut_off(const struct sqlite *q)
{
	off_t size = sqlite_size(q, "");
	bool logged = sqlite_size(q, "-wal") > 0;
	if (size < SQLITE_PAGE_MIN_BYTES)
		return size >= 0 || logged;
	return size % SQLITE_PAGE_MIN_BYTES && !logged;
}

static bool rename_one(const struct sqlite *q, const char *to, const char *suffix)
{
	struct buf b = {0};
	char *from = name_of(q, suffix);
	buf_printf(&b, "%s%s", to, suffix);
	buf_char(&b, '\0');
	bool ok = rename(from, b.p) == 0 || errno == ENOENT;
	free(from);
	buf_fini(&b);
	return ok;
}

// The file goes last: after a crash in between it is still found damaged, never taken for new.
bool sqlite_set_aside(const struct sqlite *q, struct buf *aside, struct buf *why)
{
	struct stat st;
	uint64_t second = clock_wall_us() / 1000000;
	do {
		buf_clear(aside);
		buf_printf(aside, "%s.damaged-%llu", q->path, (unsigned long long)second++);
		buf_char(aside, '\0');
	} while (lstat(aside->p, &st) == 0);
	if (rename_one(q, aside->p, "-wal") && rename_one(q, aside->p, "-shm") &&
		rename_one(q, aside->p, ""))
		return true;
	buf_lit(why, "; ");
	unwilling("set it aside as", aside->p, why);
	return false;
}

// Left behind, it would be found cut off at the next start.
void sqlite_remove_new(struct sqlite *q)
{
	static const char *const suffixes[] = {"-wal", "-shm", ""};
	for (size_t i = 0; q->created && i < countof(suffixes); i++) {
		char *name = name_of(q, suffixes[i]);
		unlink(name);
		free(name);
	}
	q->created = false;
}
