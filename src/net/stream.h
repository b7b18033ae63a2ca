// SPDX-License-Identifier: MIT
// Stream: how bytes pass between a conn and its socket: plainly or through TLS.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

enum stream_wants { STREAM_READ = 1, STREAM_WRITE = 2 };

struct stream_end {
	int fd;
	void *tls; // SSL *, or NULL
	int wants; // enum stream_wants bits the last call was refused for
};

struct stream {
	int (*shake)(struct stream_end *); // 1 done, 0 not yet (wants says), -1 failed
	// Bytes moved; 0 at the end (read only); -1 not now (wants says); -2 broken.
	ssize_t (*read)(struct stream_end *, void *, size_t);
	ssize_t (*write)(struct stream_end *, const struct iovec *, int n);
	bool (*pending)(const struct stream_end *); // read, but not yet given out
	void (*shut)(struct stream_end *);          // our side says goodbye
	void (*free)(struct stream_end *);          // all but the fd
};

extern const struct stream stream_plain, stream_tls;
