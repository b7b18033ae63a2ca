// SPDX-License-Identifier: MIT
#include "base/base.h"
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void bug_at(const char *file, int line, const char *what)
{
	fprintf(stderr, "gatehouse: bug at %s:%d: %s\n", file, line, what);
	abort();
}

void die(const char *format, ...)
{
	va_list args;
	va_start(args, format);
	fputs("gatehouse: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
	exit(1);
}
