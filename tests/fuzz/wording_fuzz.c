// SPDX-License-Identifier: MIT
// What passes from the bridge to the network and back has no controls and calls nobody out, its lines
// keep their bound and lose nothing; a template that was taken can be filled.
#include "base/mem.h"
#include "base/utf8.h"
#include "bridge/clean.h"
#include "bridge/template.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_clean(struct arena *a, struct span text, bool lines)
{
	struct span s = bridge_clean(a, text, lines);
	ensure(utf8_valid(s) && s.n <= text.n);
	for (size_t i = 0; i < s.n; i++)
		ensure((unsigned char)s.p[i] >= ' ' || (lines && s.p[i] == '\n'));
}

static bool has(struct span s, const char *word)
{
	return s.n && memmem(s.p, s.n, word, strlen(word));
}

static void check_defused(struct arena *a, struct span text)
{
	static const char *const mentions[] = {"@everyone", "@here", "<@1", "<@!", "<@&"};
	struct span s = bridge_defuse(a, text);
	ensure(utf8_valid(s));
	for (size_t i = 0; i < countof(mentions); i++)
		ensure(!has(s, mentions[i]));
}

static size_t visible(struct span s)
{
	size_t n = 0;
	for (size_t i = 0; i < s.n; i++)
		n += (unsigned char)s.p[i] > ' ';
	return n;
}

static void check_lines(struct span text, size_t max)
{
	size_t n = visible(text);
	struct span line;
	while ((line = bridge_next_line(&text, max)).n) {
		ensure(utf8_valid(line) && (line.n <= max || line.n <= 4));
		n -= visible(line);
	}
	ensure(!n);
}

static void check_template(struct arena *a, struct span text)
{
	struct bridge_values v = {0};
	struct buf why = {0};
	for (int i = 0; i < BRIDGE_PLACES; i++)
		v.of[i] = SPAN("{name}");
	if (bridge_template_check(text, (1u << BRIDGE_PLACES) - 1, BRIDGE_PLACE_TEXT, &why))
		ensure(bridge_template_fill(a, text, &v).n >= v.of[BRIDGE_PLACE_TEXT].n);
	else
		ensure(why.n);
	buf_fini(&why);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	char *copy = mem_alloc(size); // its own allocation: reading past the end is seen
	if (size)
		memcpy(copy, data, size);
	struct span text = span_of(copy, size);
	if (utf8_valid(text)) {
		check_clean(&arena, text, true);
		check_clean(&arena, text, false);
		check_defused(&arena, text);
		check_lines(text, size ? data[0] : 1);
		check_template(&arena, text);
	}
	free(copy);
	arena_fini(&arena);
	return 0;
}
