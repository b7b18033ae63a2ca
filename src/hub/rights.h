// SPDX-License-Identifier: MIT
// Rights: what a session may do and hear; one bit per row of tables/rights.tbl.
#pragma once
#include "base/span.h"

enum right_bit {
#define RIGHT(id, name) RIGHT_BIT_##id,
#include "tables/rights.tbl"
	RIGHT_BIT_COUNT
};
enum right {
#define RIGHT(id, name) RIGHT_##id = 1u << RIGHT_BIT_##id,
#include "tables/rights.tbl"
	RIGHT_ANY = 0, // what every authenticated session may
	RIGHT_ALL = (1u << RIGHT_BIT_COUNT) - 1,
};

// Adds the right of that name.  Knows the finer names older files use ("who", "emoteto", …).
bool rights_add(unsigned *rights, struct span name) must_check;
const char *rights_name(unsigned one_right); // "any" for RIGHT_ANY
static inline bool rights_cover(unsigned has, unsigned needs)
{
	return (has & needs) == needs;
}
