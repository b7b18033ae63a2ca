// SPDX-License-Identifier: MIT
#include "ops/config_option.h"
#include <stdio.h>

#define RELOAD   true
#define RESTART  false
#define REQUIRED NULL

const struct option options[OPTION_COUNT] = {
#define OPT(sc, name, member, kind, low, high, words, def, when, text)                             \
	{.scope = SCOPE_##sc,                                                                      \
		.path = (name),                                                                    \
		.type = OPTION_##kind,                                                             \
		.offset = offsetof(struct sc, member),                                             \
		.min = (low),                                                                      \
		.max = (high),                                                                     \
		.how = (words),                                                                    \
		.fallback = (def),                                                                 \
		.reload = (when),                                                                  \
		.help = (text)},
#define RECORD(sc, name, member, kind, when, text)                                                 \
	{.scope = SCOPE_##sc,                                                                      \
		.path = (name),                                                                    \
		.type = OPTION_RECORD,                                                             \
		.offset = offsetof(struct sc, member),                                             \
		.item = SCOPE_##kind,                                                              \
		.reload = (when),                                                                  \
		.help = (text)},
#define LIST(sc, name, member, kind, high, def, when, text)                                        \
	{.scope = SCOPE_##sc,                                                                      \
		.path = (name),                                                                    \
		.type = OPTION_LIST,                                                               \
		.offset = offsetof(struct sc, member),                                             \
		.item = SCOPE_##kind,                                                              \
		.max = (high),                                                                     \
		.fallback = (def),                                                                 \
		.reload = (when),                                                                  \
		.help = (text)},
#define IGNORED(sc, name, reason)                                                                  \
	{.scope = SCOPE_##sc, .path = (name), .type = OPTION_IGNORED, .help = (reason)},
#include "tables/options.tbl"
};

size_t option_scope_bytes(enum option_scope scope)
{
	switch (scope) {
	case SCOPE_config: return sizeof(struct config);
	case SCOPE_config_identity: return sizeof(struct config_identity);
	case SCOPE_config_router_address: return sizeof(struct config_router_address);
	case SCOPE_config_router_peer: return sizeof(struct config_router_peer);
	case SCOPE_config_key: return sizeof(struct config_key);
	case SCOPE_config_channel: return sizeof(struct config_channel);
	case SCOPE_config_link: return sizeof(struct config_link);
	case SCOPE_config_game: return sizeof(struct config_game);
	case SCOPE_config_step: return sizeof(struct config_step);
	case SCOPE_config_pair: return sizeof(struct config_pair);
	}
	bug("no such scope");
}

const struct option *option_find(enum option_scope scope, struct span path)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].scope == scope && span_is(path, options[i].path))
			return &options[i];
	return NULL;
}

static bool is_below(struct span row, struct span section)
{
	return row.n > section.n && row.p[section.n] == '.' && span_starts(row, section);
}

bool option_section(enum option_scope scope, struct span path)
{
	for (size_t i = 0; i < OPTION_COUNT; i++)
		if (options[i].scope == scope && is_below(span_str(options[i].path), path))
			return true;
	return false;
}

bool option_is_short(const struct option *o)
{
	return o->type == OPTION_WORD && option_section(o->scope, span_str(o->path));
}

// Levenshtein's distance, with a swap of neighbours as one step; words of up to 63 bytes.
static size_t distance(struct span a, struct span b)
{
	enum { WORD_MAX = 64 };
	if (a.n >= WORD_MAX || b.n >= WORD_MAX)
		return SIZE_MAX;
	size_t rows[3][WORD_MAX];
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *now = rows[i % 3];
		const size_t *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3];
		now[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t change = up[j - 1] + (a.p[i - 1] != b.p[j - 1]);
			now[j] = min_size(change, min_size(up[j], now[j - 1]) + 1);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				now[j] = min_size(now[j], up2[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}

static struct span last_word(struct span path)
{
	size_t n = path.n;
	while (n && path.p[n - 1] != '.')
		n--;
	return span_of(path.p + n, path.n - n);
}

struct span option_nearest(enum option_scope scope, struct span path, char *out, size_t cap)
{
	struct span word = last_word(path), found = {0};
	struct span section = span_of(path.p, path.n - word.n); // with its dot, or empty
	size_t least = word.n < 4 ? 2 : word.n / 3 + 2;         // more changes make another word
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		struct span row = span_str(options[i].path);
		if (options[i].scope != scope || !span_starts(row, section))
			continue;
		struct span name = span_until(span_of(row.p + section.n, row.n - section.n), '.');
		size_t far = distance(word, name);
		if (far < least) {
			least = far;
			found = span_of(row.p, section.n + name.n);
		}
	}
	for (size_t i = 0; !found.n && i < OPTION_COUNT; i++) { // the right word in a wrong place
		struct span row = span_str(options[i].path), name = last_word(row);
		size_t parents = row.n - name.n;
		struct span parent = parents ? last_word(span_of(row.p, parents - 1)) : name;
		if (options[i].scope != scope)
			continue;
		if (span_eq(name, word))
			found = row;
		else if (parents && span_eq(parent, word))
			found = span_of(row.p, parents - 1);
	}
	size_t n = min_size(found.n, cap);
	if (n)
		memcpy(out, found.p, n);
	return span_of(out, n);
}

bool option_word(const struct option *o, struct span word, int *out)
{
	struct span rest = span_str(o->how);
	while (rest.n) {
		struct span entry = span_until(rest, '|');
		span_take(&rest, min_size(entry.n + 1, rest.n));
		struct span name = span_until(entry, '=');
		if (!span_caseeq(word, name))
			continue;
		*out = entry.p[name.n + 1] - '0';
		return true;
	}
	return false;
}

static void allowed_words(const struct option *o, char *out, size_t cap)
{
	struct span rest = span_str(o->how);
	size_t n = (size_t)snprintf(out, cap, "one of");
	while (rest.n && n < cap) {
		struct span entry = span_until(rest, '|');
		span_take(&rest, min_size(entry.n + 1, rest.n));
		struct span name = span_until(entry, '=');
		n += (size_t)snprintf(
			out + n, cap - n, "%s %.*s", n > 6 ? "," : "", (int)name.n, name.p);
	}
	if (option_is_short(o) && n < cap)
		snprintf(out + n, cap - n, ", or a mapping of keys");
}

void option_allowed(const struct option *o, char *out, size_t cap)
{
	long long min = o->min, max = o->max;
	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_DIGEST:
	case OPTION_SECRET:
		snprintf(out, cap, "a text of %lld to %lld bytes without control characters", min,
			max);
		return;
	case OPTION_LINES:
		snprintf(out, cap,
			"a text of %lld to %lld bytes without control characters but tabs, escapes "
			"and the ends of lines",
			min, max);
		return;
	case OPTION_INT:
	case OPTION_PORT:
	case OPTION_PASSWORD:
		snprintf(out, cap, "a whole number from %lld to %lld%s%s", min, max,
			o->how[0] ? " " : "", o->how);
		return;
	case OPTION_BOOL: snprintf(out, cap, "true or false"); return;
	case OPTION_WORD: allowed_words(o, out, cap); return;
	case OPTION_URI: snprintf(out, cap, "%s://HOST:PORT or nothing", o->how); return;
	case OPTION_URIS: snprintf(out, cap, "a list of up to %lld listener URIs", max); return;
	case OPTION_TEXTS: snprintf(out, cap, "a list of up to %lld texts", max); return;
	case OPTION_COUNTS:
		snprintf(out, cap, "a mapping of names to numbers from %lld to %lld", min, max);
		return;
	case OPTION_RECORD: snprintf(out, cap, "a mapping of keys"); return;
	case OPTION_LIST: snprintf(out, cap, "a list of up to %lld mappings", max); return;
	case OPTION_IGNORED:
	case OPTION_TYPE_COUNT: break;
	}
	bug("a row without values");
}
