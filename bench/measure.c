// SPDX-License-Identifier: MIT
// Where proc(5) keeps CPU time (task/*/schedstat, first number, nanoseconds) and memory
// (smaps_rollup, "Pss:", KiB; statm, second number, pages).
#include "measure.h"
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void die(const char *format, ...)
{
	va_list args;
	fputs("load: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void pids_read(struct pids *pids, const char *text)
{
	const int max = sizeof pids->at / sizeof *pids->at;
	while (*text) {
		char *end;
		long pid = strtol(text, &end, 10);
		if (end == text || pid <= 0 || pids->n == max || (*end && *end != ','))
			die("pid=%s is no list of at most %d process numbers", text, max);
		pids->at[pids->n++] = (pid_t)pid;
		text = *end ? end + 1 : end;
	}
}

static uint64_t clock_of(clockid_t id)
{
	struct timespec t;
	clock_gettime(id, &t);
	return (uint64_t)t.tv_sec * SECOND_NS + (uint64_t)t.tv_nsec;
}

uint64_t now_ns(void)
{
	return clock_of(CLOCK_MONOTONIC);
}

uint64_t cpu_self_ns(void)
{
	return clock_of(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t cpu_of_task(pid_t pid, const char *task)
{
	char path[64];
	unsigned long long ns = 0;
	snprintf(path, sizeof path, "/proc/%d/task/%.16s/schedstat", (int)pid, task);
	FILE *f = fopen(path, "re");
	if (!f)
		return 0; // the thread ended between readdir and here
	if (fscanf(f, "%llu", &ns) != 1)
		die("%s has no number", path);
	fclose(f);
	return ns;
}

struct cpu cpu_of(const struct pids *pids)
{
	struct cpu sum = {0};
	for (int i = 0; i < pids->n; i++) {
		char path[64];
		snprintf(path, sizeof path, "/proc/%d/task", (int)pids->at[i]);
		DIR *dir = opendir(path);
		if (!dir)
			die("%s: %s; the server is gone", path, strerror(errno));
		for (struct dirent *d; (d = readdir(dir));)
			if (d->d_name[0] != '.') {
				uint64_t ns = cpu_of_task(pids->at[i], d->d_name);
				sum.ns += ns;
				if (strtol(d->d_name, NULL, 10) != pids->at[i])
					sum.workers_ns += ns;
			}
		closedir(dir);
	}
	return sum;
}

uint64_t cpu_of_ns(const struct pids *pids)
{
	return cpu_of(pids).ns;
}

static bool pss_of(pid_t pid, uint64_t *bytes)
{
	char path[64], line[256];
	bool found = false;
	unsigned long long kib;
	snprintf(path, sizeof path, "/proc/%d/smaps_rollup", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fgets(line, sizeof line, f))
		found = sscanf(line, "Pss: %llu kB", &kib) == 1;
	fclose(f);
	if (found)
		*bytes = kib * 1024;
	return found;
}

static uint64_t resident_of(pid_t pid)
{
	char path[64];
	unsigned long long pages = 0;
	snprintf(path, sizeof path, "/proc/%d/statm", (int)pid);
	FILE *f = fopen(path, "re");
	if (!f || fscanf(f, "%*u %llu", &pages) != 1)
		die("%s cannot be read; the server is gone", path);
	fclose(f);
	return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

uint64_t memory_of_bytes(const struct pids *pids)
{
	uint64_t sum = 0;
	for (int i = 0; i < pids->n; i++) {
		uint64_t bytes;
		sum += pss_of(pids->at[i], &bytes) ? bytes : resident_of(pids->at[i]);
	}
	return sum;
}

uint64_t histogram_us(const struct histogram *h, double share)
{
	uint64_t below = 0, wanted = (uint64_t)((double)h->n * share);
	for (uint64_t us = 0; us < HISTOGRAM_US_MAX; us++) {
		below += h->us[us];
		if (below > wanted)
			return us;
	}
	return h->n ? HISTOGRAM_US_MAX : 0;
}
