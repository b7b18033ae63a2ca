// SPDX-License-Identifier: MIT
// Files: the folder an identity shows to other MUDs.  Knows which names are paths inside it and
// which would lead out; touches nothing but the disk, so it may run on a worker.
//
//	oob.files/IDENTITY/...            may be listed and read
//	oob.files/IDENTITY/incoming/NAME  where uploads go; never over something that is there
//
// Names with a dot in front do not exist, nor do links and what is neither file nor directory.
#pragma once
#include "base/buf.h"

enum {
	FILES_BYTES_MAX = 256 << 10, // of a file: most drivers take no frame above 262,144
	FILES_LIST_MAX = 1000,       // entries of a list
	FILES_NAME_MAX = 255,        // of one component: what file systems have
	FILES_DEPTH_MAX = 16,
	FILES_INCOMING_MAX = 1000,           // files in incoming
	FILES_INCOMING_BYTES_MAX = 64 << 20, // and their bytes: somebody has to look at them
};

enum files_verb { FILES_LIST, FILES_READ, FILES_WRITE };

enum files_said { // as on the wire
	FILES_OK = 1,
	FILES_FAILED = 0,
	FILES_BAD_PATH = -1,
	FILES_NO_READ = -2,
	FILES_NO_WRITE = -3,
};

struct files_wish {
	enum files_verb verb;
	const char *root, *identity;
	struct span name;
	struct span content; // to write
};

struct files_entry {
	char *name;
	int64_t bytes; // -2: a directory
	int64_t time;  // seconds since 1970
};

struct files_result {
	enum files_said said;
	const char *why; // static words for the log, when it is not OK
	struct buf content;
	struct files_entry *entries; // by name
	size_t n;
};

void files_grant(const struct files_wish *, struct files_result *);
void files_result_fini(struct files_result *);
// Text that LPC and JSON can both carry: UTF-8 without NUL.
bool files_is_text(struct span);
