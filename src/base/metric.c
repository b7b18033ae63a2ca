// SPDX-License-Identifier: MIT
#include "base/metric.h"

int64_t metric_values[METRIC_COUNT];

static const struct {
	const char *name, *type, *help;
} rows[METRIC_COUNT] = {
#define METRIC(id, type, name, help) [METRIC_##id] = {name, #type, help},
#include "tables/metrics.tbl"
};

void metric_page(struct buf *out)
{
	for (int i = 0; i < METRIC_COUNT; i++) {
		buf_printf(out, "# HELP %s %s\n# TYPE %s %s\n%s ", rows[i].name, rows[i].help,
			rows[i].name, rows[i].type, rows[i].name);
		buf_int(out, metric_values[i]);
		buf_char(out, '\n');
	}
}
