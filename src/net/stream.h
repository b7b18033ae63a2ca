// SPDX-License-Identifier: MIT
// Stream: how bytes pass between a conn and its socket: plainly or through TLS.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <sys/uio.h>

struct stream_end {
	int fd;
	void *tls;    // SSL *, or NULL
	bool blocked; // the last call that was refused waits for the socket to take bytes
	bool more;    // the last read left something behind that no event will tell of
};

struct stream {
	int (*shake)(struct stream_end *); // 1 done, 0 not yet, -1 failed
	// Bytes moved; 0 at the end (read only); -1 not now; -2 broken.
	ssize_t (*read)(struct stream_end *, void *, size_t);
	ssize_t (*write)(struct stream_end *, const struct iovec *, int n);
	void (*shut)(struct stream_end *); // our side says goodbye
	void (*free)(struct stream_end *); // all but the fd
};

extern const struct stream stream_plain, stream_tls;
