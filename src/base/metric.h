// SPDX-License-Identifier: MIT
// Metric: counters and gauges, one row each in tables/metrics.tbl; the metrics page prints them.
#pragma once
#include "base/buf.h"

enum metric {
#define METRIC(id, type, name, help) METRIC_##id,
#include "tables/metrics.tbl"
	METRIC_COUNT
};

extern int64_t metric_values[METRIC_COUNT];

static inline void metric_add(enum metric m, int64_t n)
{
	metric_values[m] += n;
}
static inline void metric_set(enum metric m, int64_t n)
{
	metric_values[m] = n;
}
static inline int64_t metric_get(enum metric m)
{
	return metric_values[m];
}

void metric_page(struct buf *out); // Prometheus text exposition format 0.0.4
