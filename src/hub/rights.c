// SPDX-License-Identifier: MIT
#include "hub/rights.h"

static const char *const names[RIGHT_BIT_COUNT] = {
#define RIGHT(id, name) [RIGHT_BIT_##id] = name,
#include "tables/rights.tbl"
};

static const struct {
	const char *name;
	unsigned right;
} aliases[] = {
	{"*", RIGHT_ALL},
	{"emoteto", RIGHT_TELL},
	{"who", RIGHT_INFO},
	{"finger", RIGHT_INFO},
	{"locate", RIGHT_INFO},
	{"mudlist", RIGHT_INFO},
};

bool rights_add(unsigned *rights, struct span name)
{
	for (unsigned bit = 0; bit < RIGHT_BIT_COUNT; bit++)
		if (span_is(name, names[bit]))
			return *rights |= 1u << bit, true;
	for (size_t i = 0; i < countof(aliases); i++)
		if (span_is(name, aliases[i].name))
			return *rights |= aliases[i].right, true;
	return false;
}

const char *rights_name(unsigned one)
{
	for (unsigned bit = 0; bit < RIGHT_BIT_COUNT; bit++)
		if (one == 1u << bit)
			return names[bit];
	return "any";
}
