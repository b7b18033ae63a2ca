// SPDX-License-Identifier: MIT
#include "edge/reports.h"
#include "proto/json.h"

static bool is_report(struct span json)
{
	struct arena arena = {0};
	struct value v;
	bool is = json_read_copy(&arena, json, &v) && v.type == VALUE_MAP &&
		  (value_get(&v, "REPORT") || value_get(&v, "UNREPORT"));
	arena_fini(&arena);
	return is;
}

// One that was said before counts from now on.
static void drop(struct reports *r, struct span json)
{
	struct span rest = buf_bytes(&r->said);
	while (rest.n) {
		struct span one = span_until(rest, '\0');
		size_t at = (size_t)(one.p - r->said.p);
		span_take(&rest, one.n + 1);
		if (!span_eq(one, json))
			continue;
		memmove(r->said.p + at, rest.p, rest.n);
		r->said.n -= one.n + 1;
		return;
	}
}

void reports_take(struct reports *r, struct span json)
{
	if (json.n > REPORTS_MAX || !is_report(json))
		return;
	drop(r, json);
	if (r->said.n + json.n + 1 > REPORTS_MAX)
		return;
	buf_span(&r->said, json);
	buf_char(&r->said, '\0');
}

void reports_each(const struct reports *r, void (*say)(void *owner, struct span json), void *owner)
{
	struct span rest = buf_bytes(&r->said);
	while (rest.n) {
		struct span one = span_until(rest, '\0');
		span_take(&rest, one.n + 1);
		say(owner, one);
	}
}

void reports_fini(struct reports *r)
{
	buf_fini(&r->said);
}
