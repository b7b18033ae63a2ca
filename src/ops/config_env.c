// SPDX-License-Identifier: MIT
#include "ops/config_env.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	NAME_MAX_BYTES = 256,    // of a variable; longer ones are nobody's
	EXPANDED_MAX = 64 << 10, // of one text, however many variables it has
};

void config_env_fini(struct config_env *env)
{
	map_fini(&env->file);
	arena_fini(&env->arena);
}

static const char *terminated(struct arena *a, struct span s)
{
	char *p = arena_alloc(a, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

static bool is_name(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
		if (!letter && !(i && c >= '0' && c <= '9') && !(i && (c == '.' || c == '-')))
			return false;
	}
	return s.n > 0 && s.n < NAME_MAX_BYTES;
}

static char escaped(char c)
{
	switch (c) {
	case 'n': return '\n';
	case 'r': return '\r';
	case 't': return '\t';
	default: return c;
	}
}

// The value after the first =: in single quotes as it stands, in double quotes with escapes, bare
// up to a # that follows a blank.  False when a quote is not closed.
static bool env_value(struct span at, struct buf *out)
{
	char quote = at.n ? at.p[0] : 0;
	if (quote != '"' && quote != '\'') {
		size_t n = 0;
		while (n < at.n &&
			!(at.p[n] == '#' && (n == 0 || at.p[n - 1] == ' ' || at.p[n - 1] == '\t')))
			n++;
		buf_span(out, span_trim(span_of(at.p, n)));
		return true;
	}
	for (size_t i = 1; i < at.n; i++) {
		if (at.p[i] == quote)
			return true;
		if (at.p[i] == '\\' && quote == '"' && i + 1 < at.n)
			buf_char(out, escaped(at.p[++i]));
		else
			buf_char(out, at.p[i]);
	}
	return false;
}

static bool env_line(struct config_env *env, struct span line)
{
	if (span_starts(line, SPAN("export ")))
		line = span_trim(span_of(line.p + 7, line.n - 7));
	struct span before = span_until(line, '=');
	struct span name = span_trim(before);
	if (before.n == line.n || !is_name(name))
		return false;
	struct buf value = {0};
	bool good =
		env_value(span_trim(span_of(line.p + before.n + 1, line.n - before.n - 1)), &value);
	if (good)
		map_put(&env->file, name,
			(void *)(uintptr_t)terminated(&env->arena, buf_bytes(&value)));
	buf_fini(&value);
	return good;
}

void config_env_read(
	struct config_env *env, struct span text, const char *name, struct config_report *report)
{
	for (uint32_t number = 1; text.n; number++) {
		struct span line = span_until(text, '\n');
		span_take(&text, min_size(line.n + 1, text.n));
		line = span_trim(line);
		if (line.n && line.p[0] != '#' && !env_line(env, line))
			config_error(report, (struct config_place){name, number, 1},
				"not a line of the form NAME=value");
	}
}

static const char *lookup(const struct config_env *env, struct span name)
{
	char text[NAME_MAX_BYTES];
	if (name.n == 0 || name.n >= sizeof text || memchr(name.p, 0, name.n))
		return NULL;
	memcpy(text, name.p, name.n);
	text[name.n] = 0;
	const char *value = getenv(text);
	return value ? value : map_find(&env->file, name);
}

// Appends what `expression`, the text between the braces, comes to.
static void put_expression(const struct config_env *env, struct span expression, struct buf *out,
	struct config_expanded *got)
{
	struct span name = span_until(expression, ':');
	const char *value = lookup(env, name);
	if (value) {
		buf_str(out, value);
	} else if (name.n < expression.n) {
		buf_put(out, expression.p + name.n + 1, expression.n - name.n - 1);
	} else {
		buf_lit(out, "${");
		buf_span(out, expression);
		buf_char(out, '}');
		got->unset = name;
	}
}

static size_t find_open(struct span s)
{
	for (size_t i = 0; i + 1 < s.n; i++)
		if (s.p[i] == '$' && s.p[i + 1] == '{')
			return i;
	return s.n;
}

struct config_expanded config_env_expand(
	const struct config_env *env, struct arena *arena, struct span text)
{
	struct config_expanded got = {.text = text};
	struct span rest = text;
	struct buf out = {.max = EXPANDED_MAX};
	size_t start;
	while ((start = find_open(rest)) < rest.n) {
		bool whole = start == 0 && rest.p == text.p;
		struct span expression =
			span_until(span_of(rest.p + start + 2, rest.n - start - 2), '}');
		if (start + 2 + expression.n == rest.n)
			break;
		buf_put(&out, rest.p, start);
		put_expression(env, expression, &out, &got);
		span_take(&rest, start + 2 + expression.n + 1);
		if (whole) {
			got.lost = rest;
			rest.n = 0;
		}
	}
	if (rest.p != text.p) {
		buf_span(&out, rest);
		got.text = arena_span(arena, buf_bytes(&out));
	}
	buf_fini(&out);
	return got;
}

static bool read_all(int fd, size_t max, struct buf *out, const char **why)
{
	char piece[4096];
	for (;;) {
		ssize_t n = read(fd, piece, sizeof piece);
		if (n == 0)
			return true;
		if (n < 0 && errno == EINTR)
			continue;
		*why = n < 0 ? strerror(errno) : "the file is too large";
		if (n < 0 || out->n + (size_t)n > max)
			return false;
		buf_put(out, piece, (size_t)n);
	}
}

bool config_file_read(const char *path, size_t max, struct buf *out, const char **why)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		*why = strerror(errno);
		return false;
	}
	bool good = read_all(fd, max, out, why);
	close(fd);
	return good;
}
