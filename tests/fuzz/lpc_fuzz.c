// SPDX-License-Identifier: MIT
// Any bytes: whatever lpc_read accepts is valid, writes as valid text, reads back as the same tree
// and writes as the same bytes again.  Only floats may lose digits, and only the first time.
#include "base/utf8.h"
#include "proto/lpc.h"
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static bool same(const struct value *a, const struct value *b)
{
	if (a->type != b->type || a->n != b->n)
		return false;
	if (a->type == VALUE_FLOAT)
		return isfinite(a->f) && fabs(a->f - b->f) <= 1e-6;
	if (a->type != VALUE_ARRAY && a->type != VALUE_MAP)
		return value_eq(a, b);
	size_t n = a->type == VALUE_MAP ? 2 * (size_t)a->n : a->n;
	for (size_t i = 0; i < n; i++)
		if (!same(&a->at[i], &b->at[i]))
			return false;
	return true;
}

static void check_round_trip(struct arena *arena, const struct value *first)
{
	struct buf text = {0}, again = {0};
	lpc_put(&text, first);
	ensure(!text.failed);
	ensure(utf8_valid(buf_bytes(&text)));
	ensure(!memchr(text.p, '\0', text.n) && !memchr(text.p, '\n', text.n));
	struct span rest = buf_bytes(&text);
	struct value second;
	struct lpc_error error;
	ensure(lpc_read(arena, &rest, &second, &error));
	ensure(rest.n == 0);
	ensure(same(first, &second));
	lpc_put(&again, &second);
	ensure(span_eq(buf_bytes(&text), buf_bytes(&again)));
	buf_fini(&text);
	buf_fini(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct arena arena = {0};
	struct span text = span_of(data, n);
	while (text.n) {
		struct span before = text;
		struct value v;
		struct lpc_error error = {0};
		if (!lpc_read(&arena, &text, &v, &error)) {
			ensure(error.why && error.at <= before.n);
			ensure(text.p == before.p && text.n == before.n);
			break;
		}
		ensure(text.n < before.n);
		check_round_trip(&arena, &v);
	}
	arena_fini(&arena);
	return 0;
}
