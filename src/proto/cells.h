// SPDX-License-Identifier: MIT
// Cells: how wide text is on a terminal.  East Asian wide characters are two, marks over letters none.
#pragma once
#include "base/span.h"

enum { CELLS_TAB = 8 };

// The column behind `valid`, which has no LF, when it begins at that column.
size_t cells_behind(struct span valid, size_t column);
// The character at the front: → bytes, and cells.
size_t cells_next(struct span valid, size_t *cells);
// The longest prefix that fits into so many cells, with the marks over its last letter.
struct span cells_cut(struct span valid, size_t cells);
