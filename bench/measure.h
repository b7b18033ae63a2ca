// SPDX-License-Identifier: MIT
// Measure: time, CPU and memory of other processes (proc(5)), and a histogram of latencies.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define SECOND_NS 1000000000ULL

struct pids { // the processes that together are one server
	int n;
	pid_t at[8]; // nginx has a master and a worker; nobody we measure has more than a few
};

void pids_read(struct pids *, const char *comma_separated); // dies on nonsense

uint64_t now_ns(void);      // monotonic
uint64_t cpu_self_ns(void); // of this process, all threads

// CPU of all threads: /proc/PID/task/*/schedstat, the time really run, not sampled.
struct cpu {
	uint64_t ns, workers_ns; // all threads; all but the first ones
};
struct cpu cpu_of(const struct pids *);
uint64_t cpu_of_ns(const struct pids *);
// Memory that is theirs: Pss of smaps_rollup, or, where that may not be read, resident pages.
uint64_t memory_of_bytes(const struct pids *);

enum { HISTOGRAM_US_MAX = 200000 }; // anything slower counts as this; no percentile of ours is near
struct histogram {
	uint64_t n;
	uint32_t us[HISTOGRAM_US_MAX + 1];
};
static inline void histogram_add(struct histogram *h, uint64_t ns)
{
	uint64_t us = ns / 1000;
	h->us[us < HISTOGRAM_US_MAX ? us : HISTOGRAM_US_MAX]++;
	h->n++;
}
uint64_t histogram_us(const struct histogram *, double share); // 0.99: the 99th percentile

_Noreturn void die(const char *format, ...) __attribute__((format(printf, 1, 2)));
