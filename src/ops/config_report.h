// SPDX-License-Identifier: MIT
// Writing a report: one line per finding, with its place.
#pragma once
#include "ops/config.h"
#include "ops/config_yaml.h"

struct config_place {
	const char *file;
	uint32_t line, column; // 0: the file as a whole
};

static inline struct config_place place_of(const char *file, const struct yaml *y)
{
	return (struct config_place){file, y ? y->line : 0, y ? y->column : 0};
}

void config_error(struct config_report *, struct config_place, const char *format, ...)
	printf_like(3, 4);
void config_warning(struct config_report *, struct config_place, const char *format, ...)
	printf_like(3, 4);
