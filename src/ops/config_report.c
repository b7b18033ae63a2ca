// SPDX-License-Identifier: MIT
// Bytes of the file appear in findings, so what could steer a terminal is replaced here, once.
#include "ops/config_report.h"
#include "base/mem.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { LINE_MAX_BYTES = 1024 };

static void keep(struct config_report *r, enum config_weight weight, struct buf *line)
{
	for (size_t i = 0; i < line->n; i++)
		if ((unsigned char)line->p[i] < 0x20 || line->p[i] == 0x7f)
			line->p[i] = '?';
	r->lines = mem_grow(r->lines, r->n + 1, sizeof *r->lines);
	r->lines[r->n++] = (struct config_line){weight, span_dup(buf_bytes(line))};
}

printf_like(4, 0) static void add(struct config_report *r, enum config_weight weight,
	struct config_place at, const char *format, va_list args)
{
	char text[LINE_MAX_BYTES];
	vsnprintf(text, sizeof text, format, args);
	struct buf line = {0};
	buf_str(&line, at.file);
	if (at.line)
		buf_printf(&line, ":%u:%u", at.line, at.column);
	buf_lit(&line, ": ");
	buf_str(&line, text);
	keep(r, weight, &line);
	buf_fini(&line);
}

void config_error(struct config_report *r, struct config_place at, const char *format, ...)
{
	if (++r->errors > CONFIG_ERRORS_MAX)
		return;
	va_list args;
	va_start(args, format);
	add(r, CONFIG_ERROR, at, format, args);
	va_end(args);
}

void config_warning(struct config_report *r, struct config_place at, const char *format, ...)
{
	if (++r->warnings > CONFIG_WARNINGS_MAX)
		return;
	va_list args;
	va_start(args, format);
	add(r, CONFIG_WARNING, at, format, args);
	va_end(args);
}

void config_report_fini(struct config_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		free(r->lines[i].text);
	free(r->lines);
	*r = (struct config_report){0};
}
