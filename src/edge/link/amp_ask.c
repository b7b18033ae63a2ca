// SPDX-License-Identifier: MIT
#include "edge/link/amp_ask.h"
#include "base/utf8.h"
#include "proto/amp.h"
#include <stdio.h>

void amp_ask_fault(struct amp_ask *a, const char *key, const char *why)
{
	if (!amp_ask_failed(a))
		snprintf(a->fault, sizeof a->fault, "%s: %s", key, why);
}

bool amp_ask_has(const struct amp_ask *a, const char *key)
{
	struct span value;
	return amp_find(a->box, key, &value);
}

static struct span needed(struct amp_ask *a, const char *key)
{
	struct span value = {0};
	if (!amp_find(a->box, key, &value))
		amp_ask_fault(a, key, "is missing");
	return value;
}

int64_t amp_ask_int(struct amp_ask *a, const char *key)
{
	int64_t number = 0;
	if (!amp_int(needed(a, key), &number))
		amp_ask_fault(a, key, "is no integer of 64 bits");
	return number;
}

bool amp_ask_bool(struct amp_ask *a, const char *key)
{
	bool yes = false;
	if (!amp_bool(needed(a, key), &yes))
		amp_ask_fault(a, key, "is neither True nor False");
	return yes;
}

struct span amp_ask_text(struct amp_ask *a, const char *key)
{
	struct span text = needed(a, key);
	if (!utf8_valid(text))
		amp_ask_fault(a, key, "is no UTF-8");
	return text;
}

struct span amp_ask_maybe(struct amp_ask *a, const char *key)
{
	return amp_ask_has(a, key) ? amp_ask_text(a, key) : (struct span){0};
}
