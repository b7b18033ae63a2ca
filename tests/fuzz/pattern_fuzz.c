// SPDX-License-Identifier: MIT
// A line with an expression, and behind it a text: what is found lies in the text, in order, apart
// from each other and in whole characters; and something is found where something is said to be.
#include "base/utf8.h"
#include "hub/pattern.h"
#include "hub/word.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check_found(struct span text, const struct buf *found)
{
	const char *last = NULL;
	for (size_t i = 0; i < found->n; i += sizeof(struct span)) {
		struct span one;
		memcpy(&one, found->p + i, sizeof one);
		ensure(one.n > 0 && one.p >= text.p && one.p + one.n <= text.p + text.n);
		ensure(!last || one.p > last);
		ensure(utf8_valid(one));
		last = one.p + one.n;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span text = span_of(data, n);
	struct span expression = span_until(text, '\n');
	struct buf found = {0};
	const char *why = NULL;
	span_take(&text, expression.n < n ? expression.n + 1 : n);
	if (expression.n > WORD_PATTERN_MAX || !utf8_valid(expression) || !utf8_valid(text))
		return 0;
	struct pattern *p = pattern_new(expression, &why);
	ensure(!p == (why != NULL));
	if (!p)
		return 0;
	bool any = pattern_find(p, text, &found);
	ensure(any == (found.n > 0) && any == pattern_find(p, text, NULL));
	check_found(text, &found);
	pattern_free(p);
	buf_fini(&found);
	return 0;
}
