// SPDX-License-Identifier: MIT
// Every component is opened by itself, from its directory's descriptor and without following links:
// no name can lead out, whatever is moved or linked meanwhile.
#include "i3/oob/files.h"
#include "base/ids.h"
#include "base/mem.h"
#include "base/utf8.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DIRECTORY = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC };

bool files_is_text(struct span s)
{
	return utf8_valid(s) && !(s.n && memchr(s.p, '\0', s.n));
}

// --- names ---

static bool is_component(struct span s)
{
	if (s.n == 0 || s.n > FILES_NAME_MAX || s.p[0] == '.' || !files_is_text(s))
		return false;
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < ' ' || s.p[i] == 0x7f || s.p[i] == '/')
			return false;
	return true;
}

struct path {
	struct span at[FILES_DEPTH_MAX];
	size_t n;
};

// "/pub/notes.txt", "pub/notes.txt", "pub/": a slash at either end says nothing.
static bool read_path(struct span name, struct path *p)
{
	p->n = 0;
	if (name.n && name.p[0] == '/')
		span_take(&name, 1);
	while (name.n) {
		struct span part = span_until(name, '/');
		if (p->n == FILES_DEPTH_MAX || !is_component(part))
			return false;
		p->at[p->n++] = part;
		span_take(&name, min_size(part.n + 1, name.n));
	}
	return true;
}

// --- opening ---

static int open_at(int directory, struct span name, int flags)
{
	char text[FILES_NAME_MAX + 1];
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	return openat(directory, text, flags);
}

static int step(int directory, struct span name)
{
	int next = open_at(directory, name, DIRECTORY);
	close(directory);
	return next;
}

// → the directory of the first n components, or -1.
static int open_directory(const struct files_wish *w, const struct path *p, size_t n)
{
	if (!w->root[0] || !is_component(span_str(w->identity)))
		return -1;
	int at = open(w->root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (at >= 0)
		at = step(at, span_str(w->identity));
	for (size_t i = 0; i < n && at >= 0; i++)
		at = step(at, p->at[i]);
	return at;
}

static void say(struct files_result *r, enum files_said said, const char *why)
{
	r->said = said;
	r->why = why;
}

static bool is_forbidden(void)
{
	return errno == EACCES || errno == EPERM;
}

// --- list ---

static int compare(const void *a, const void *b)
{
	const struct files_entry *x = a, *y = b;
	return strcmp(x->name, y->name);
}

static void add(struct files_result *r, int directory, const char *name)
{
	struct stat st;
	if (r->n == FILES_LIST_MAX || !is_component(span_str(name)) ||
		fstatat(directory, name, &st, AT_SYMLINK_NOFOLLOW))
		return;
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return;
	r->entries[r->n++] = (struct files_entry){.name = mem_str(name),
		.bytes = S_ISDIR(st.st_mode) ? -2 : (int64_t)st.st_size,
		.time = (int64_t)st.st_mtime};
}

static void list(const struct files_wish *w, const struct path *p, struct files_result *r)
{
	int at = open_directory(w, p, p->n);
	DIR *d = at >= 0 ? fdopendir(at) : NULL;
	if (!d) {
		say(r, is_forbidden() ? FILES_NO_READ : FILES_BAD_PATH, "no such directory");
		if (at >= 0)
			close(at);
		return;
	}
	r->entries = mem_array(FILES_LIST_MAX, sizeof *r->entries);
	for (struct dirent *e; (e = readdir(d));)
		add(r, at, e->d_name);
	closedir(d);
	qsort(r->entries, r->n, sizeof *r->entries, compare);
	say(r, FILES_OK, NULL);
}

// --- read ---

static bool read_all(int fd, size_t bytes, struct buf *out)
{
	char chunk[16 << 10];
	ssize_t n;
	while ((n = read(fd, chunk, sizeof chunk)) > 0) {
		buf_put(out, chunk, (size_t)n);
		if (out->n > bytes)
			return false;
	}
	return n == 0;
}

static void read_file(const struct files_wish *w, const struct path *p, struct files_result *r)
{
	struct stat st;
	int at = p->n ? open_directory(w, p, p->n - 1) : -1;
	// Without O_NONBLOCK a pipe would keep the worker waiting.
	int fd = at >= 0 ? open_at(at, p->at[p->n - 1],
				   O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
			 : -1;
	if (fd < 0)
		say(r, at >= 0 && is_forbidden() ? FILES_NO_READ : FILES_BAD_PATH, "no such file");
	else if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		say(r, FILES_BAD_PATH, "not a file");
	else if (st.st_size > FILES_BYTES_MAX || !read_all(fd, FILES_BYTES_MAX, &r->content))
		say(r, FILES_FAILED, "too large, or unreadable");
	else if (!files_is_text(buf_bytes(&r->content)))
		say(r, FILES_FAILED, "not UTF-8 text");
	else
		say(r, FILES_OK, NULL);
	if (r->said != FILES_OK)
		buf_fini(&r->content);
	if (fd >= 0)
		close(fd);
	if (at >= 0)
		close(at);
}

// --- write ---

// Uploads that were interrupted by a crash count too: they have a dot in front.
static bool has_room(int directory, size_t bytes)
{
	int copy = openat(directory, ".", DIRECTORY);
	DIR *d = copy >= 0 ? fdopendir(copy) : NULL;
	size_t files = 0, total = bytes;
	struct stat st;
	if (!d)
		return false;
	for (struct dirent *e; (e = readdir(d));) {
		files++;
		if (!fstatat(copy, e->d_name, &st, AT_SYMLINK_NOFOLLOW) && S_ISREG(st.st_mode))
			total += (size_t)st.st_size;
	}
	closedir(d);
	return files < FILES_INCOMING_MAX && total <= FILES_INCOMING_BYTES_MAX;
}

static bool write_all(int fd, struct span s)
{
	while (s.n) {
		ssize_t n = write(fd, s.p, s.n);
		if (n < 0)
			return false;
		span_take(&s, (size_t)n);
	}
	return fsync(fd) == 0;
}

// Whole under its name, or not there: written beside it, then linked, which replaces nothing.
static bool put_file(int directory, const char *name, struct span content)
{
	char uuid[IDS_UUID_BYTES], beside[IDS_UUID_BYTES + 16];
	ids_uuid(uuid);
	snprintf(beside, sizeof beside, ".upload-%s", uuid);
	int fd = openat(
		directory, beside, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
	if (fd < 0)
		return false;
	bool good = write_all(fd, content);
	close(fd);
	good = good && linkat(directory, beside, directory, name, 0) == 0;
	unlinkat(directory, beside, 0);
	return good && fsync(directory) == 0;
}

static void write_file(const struct files_wish *w, struct path *p, struct files_result *r)
{
	static const struct span incoming = {"incoming", sizeof "incoming" - 1};
	bool named = p->n == 2 && span_eq(p->at[0], incoming);
	if (p->n != 1 && !named) {
		say(r, FILES_BAD_PATH, "uploads are names without a directory");
		return;
	}
	char name[FILES_NAME_MAX + 1];
	struct span last = p->at[p->n - 1];
	memcpy(name, last.p, last.n);
	name[last.n] = '\0';
	p->at[0] = incoming;
	int at = open_directory(w, p, 1);
	if (at < 0)
		say(r, FILES_NO_WRITE, "there is no directory incoming");
	else if (w->content.n > FILES_BYTES_MAX || !has_room(at, w->content.n))
		say(r, FILES_NO_WRITE, "too large, or incoming is full");
	else if (!put_file(at, name, w->content))
		say(r, errno == EEXIST || is_forbidden() ? FILES_NO_WRITE : FILES_FAILED,
			"not written");
	else
		say(r, FILES_OK, NULL);
	if (at >= 0)
		close(at);
}

void files_grant(const struct files_wish *w, struct files_result *r)
{
	struct path p;
	*r = (struct files_result){.content.max = FILES_BYTES_MAX + (32 << 10)};
	if (!read_path(w->name, &p)) {
		say(r, FILES_BAD_PATH, "not a path in here");
		return;
	}
	switch (w->verb) {
	case FILES_LIST: list(w, &p, r); return;
	case FILES_READ: read_file(w, &p, r); return;
	case FILES_WRITE: write_file(w, &p, r); return;
	}
}

void files_result_fini(struct files_result *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->entries[i].name);
	free(r->entries);
	buf_fini(&r->content);
}
