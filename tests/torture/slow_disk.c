// SPDX-License-Identifier: MIT
// A slow disk, for LD_PRELOAD: SQLite's writes take SLOW_DISK_US longer.  What it has not written when its
// process is killed is gone, so every moment in which something is not safe yet becomes a long one.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

typedef ssize_t write_at(int fd, const void *data, size_t n, off64_t at);

ssize_t pwrite64(int fd, const void *data, size_t n, off64_t at)
{
	const char *us = getenv("SLOW_DISK_US");
	void *next = dlsym(RTLD_NEXT, "pwrite64");
	write_at *real;
	memcpy(&real, &next, sizeof real);
	if (us)
		usleep((useconds_t)strtoul(us, NULL, 10));
	return real(fd, data, n, at);
}
