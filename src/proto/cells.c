// SPDX-License-Identifier: MIT
#include "proto/cells.h"
#include "base/utf8.h"
#include <utf8proc.h>

size_t cells_next(struct span s, size_t *cells)
{
	uint32_t code;
	int bytes = utf8_next(s.p, s.n, &code);
	ensure(bytes > 0);
	*cells = code < 0x7f ? code >= ' ' : (size_t)utf8proc_charwidth((utf8proc_int32_t)code);
	return (size_t)bytes;
}

size_t cells_behind(struct span s, size_t column)
{
	size_t i = 0;
	while (i < s.n) {
		size_t cells, from = i;
		while (i < s.n && s.p[i] >= ' ') // ASCII: char is signed
			i++;
		column += i - from;
		if (i == s.n)
			break;
		if (s.p[i] == '\t')
			column += CELLS_TAB - column % CELLS_TAB;
		i += cells_next(span_of(s.p + i, s.n - i), &cells);
		column += cells;
	}
	return column;
}

struct span cells_cut(struct span s, size_t max)
{
	size_t i = 0, column = 0, cells;
	while (i < s.n) {
		size_t bytes = cells_next(span_of(s.p + i, s.n - i), &cells);
		if (column + cells > max)
			break;
		column += cells;
		i += bytes;
	}
	return span_of(s.p, i);
}
