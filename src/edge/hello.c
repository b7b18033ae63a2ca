// SPDX-License-Identifier: MIT
#include "edge/hello.h"
#include "base/mem.h"
#include "proto/json.h"
#include <stdlib.h>

static const struct span msdp = {"MSDP", sizeof "MSDP" - 1};

// --- entries ---

struct entry {
	size_t at, n; // of all of it
	struct span package, json;
};

static bool next(const struct hello *h, struct entry *e)
{
	struct span rest = buf_bytes(&h->said);
	e->at += e->n;
	if (e->at >= rest.n)
		return false;
	span_take(&rest, e->at);
	e->package = span_until(rest, '\0');
	span_take(&rest, e->package.n + 1);
	e->json = span_until(rest, '\0');
	e->n = e->package.n + e->json.n + 2;
	return true;
}

static void drop(struct hello *h, struct entry *e)
{
	memmove(h->said.p + e->at, h->said.p + e->at + e->n, h->said.n - e->at - e->n);
	h->said.n -= e->n;
	e->n = 0;
}

// --- which are remembered, and what they replace ---

static bool is_supports(struct span package)
{
	return package.n > 14 && span_caseeq(span_of(package.p, 14), SPAN("Core.Supports."));
}

static bool is_report(struct span json)
{
	struct arena arena = {0};
	struct json_error error;
	struct value v;
	char *copy = span_dup(json);
	bool is = json_read(&arena, copy, json.n, &v, &error) && v.type == VALUE_MAP &&
		  (value_get(&v, "REPORT") || value_get(&v, "UNREPORT"));
	free(copy);
	arena_fini(&arena);
	return is;
}

static bool is_hello(struct span package, struct span json)
{
	return span_caseeq(package, SPAN("Core.Hello")) || is_supports(package) ||
	       (span_caseeq(package, msdp) && is_report(json));
}

static bool replaces(struct span package, struct span json, const struct entry *old)
{
	if (span_caseeq(package, SPAN("Core.Supports.Set")))
		return is_supports(old->package);
	if (span_caseeq(package, SPAN("Core.Hello")))
		return span_caseeq(old->package, package);
	return span_caseeq(old->package, package) && span_eq(old->json, json);
}

void hello_take(struct hello *h, struct span package, struct span json)
{
	struct entry e = {0};
	if (json.n > HELLO_MAX || !is_hello(package, json))
		return;
	while (next(h, &e))
		if (replaces(package, json, &e))
			drop(h, &e);
	if (h->said.n + package.n + json.n + 2 > HELLO_MAX)
		return;
	buf_span(&h->said, package);
	buf_char(&h->said, '\0');
	buf_span(&h->said, json);
	buf_char(&h->said, '\0');
}

void hello_each(const struct hello *h, bool of_msdp, hello_say *say, void *owner)
{
	struct entry e = {0};
	while (next(h, &e))
		if (span_caseeq(e.package, msdp) == of_msdp)
			say(owner, e.package, e.json);
}

void hello_fini(struct hello *h)
{
	buf_fini(&h->said);
}
