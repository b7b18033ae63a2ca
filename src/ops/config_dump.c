// SPDX-License-Identifier: MIT
// Effective values as YAML that reads back to the same values, but for the secrets.
#include "base/buf.h"
#include "ops/config.h"
#include "ops/config_option.h"

enum { INDENT = 2 };

#define MASK "\"********\""

static void put_text(struct buf *out, const char *text)
{
	static const char plain[] = "\"\\\n\t\x1b", escaped[] = "\"\\nte";
	buf_char(out, '"');
	for (; *text; text++) { // no other control character, see config_value.c
		const char *at = strchr(plain, *text);
		if (at)
			buf_char(out, '\\');
		buf_char(out, at ? escaped[at - plain] : *text);
	}
	buf_char(out, '"');
}

static int int_at(const char *member)
{
	int n;
	memcpy(&n, member, sizeof n);
	return n;
}

static void put_word(struct buf *out, const struct option *o, int n)
{
	struct span rest = span_str(o->how);
	while (rest.n) {
		struct span entry = span_until(rest, '|');
		span_take(&rest, min_size(entry.n + 1, rest.n));
		struct span name = span_until(entry, '=');
		if (entry.p[name.n + 1] - '0' != n)
			continue;
		buf_span(out, name);
		return;
	}
	bug("a number without a word");
}

static void put_texts(struct buf *out, const struct config_texts *texts)
{
	buf_char(out, '[');
	for (size_t i = 0; i < texts->n; i++) {
		buf_str(out, i ? ", " : "");
		put_text(out, texts->at[i]);
	}
	buf_char(out, ']');
}

static void put_counts(struct buf *out, const struct config_counts *counts)
{
	buf_char(out, '{');
	for (size_t i = 0; i < counts->n; i++) {
		buf_str(out, i ? ", " : "");
		put_text(out, counts->at[i].name);
		buf_printf(out, ": %d", counts->at[i].n);
	}
	buf_char(out, '}');
}

static void put_value(struct buf *out, const struct option *o, const char *member)
{
	const char *text;
	int n;
	switch (o->type) {
	case OPTION_TEXT:
	case OPTION_LINES:
	case OPTION_URI:
		memcpy(&text, member, sizeof text);
		put_text(out, text);
		return;
	case OPTION_INT: buf_int(out, int_at(member)); return;
	case OPTION_PORT:
		n = int_at(member);
		if (n >= 0)
			buf_int(out, n);
		else
			buf_str(out, "null");
		return;
	case OPTION_BOOL: buf_str(out, *(const bool *)member ? "true" : "false"); return;
	case OPTION_WORD: put_word(out, o, int_at(member)); return;
	case OPTION_URIS:
	case OPTION_TEXTS:
		put_texts(out, (const struct config_texts *)(const void *)member);
		return;
	case OPTION_COUNTS:
		put_counts(out, (const struct config_counts *)(const void *)member);
		return;
	case OPTION_DIGEST:
		buf_str(out, ((const struct config_digest *)(const void *)member)->given ? MASK
											 : "\"\"");
		return;
	case OPTION_SECRET:
		memcpy(&text, member, sizeof text);
		buf_str(out, *text ? MASK : "\"\"");
		return;
	case OPTION_PASSWORD: buf_str(out, int_at(member) ? MASK : "0"); return;
	case OPTION_RECORD:
	case OPTION_LIST:
	case OPTION_IGNORED:
	case OPTION_TYPE_COUNT: break;
	}
	bug("a row without a value");
}

// Where lines are being written.  The dash of a list's item stands in its first line's indent.
struct place {
	struct buf *out;
	bool dash;
};

static void begin_line(struct place *p, size_t depth)
{
	size_t blanks = depth * INDENT - (p->dash ? INDENT : 0);
	for (size_t i = 0; i < blanks; i++)
		buf_char(p->out, ' ');
	if (p->dash)
		buf_lit(p->out, "- ");
	p->dash = false;
}

// Opens the sections of `path` that are not those of `before`.  → how many sections it is in.
static size_t open_sections(struct place *p, const char *path, const char *before, size_t depth)
{
	size_t sections = 0;
	bool shared = true;
	for (const char *dot, *at = path; (dot = strchr(at, '.')); at = dot + 1, sections++) {
		size_t n = (size_t)(dot + 1 - path);
		shared = shared && strncmp(path, before, n) == 0;
		if (shared)
			continue;
		begin_line(p, depth + sections);
		buf_put(p->out, at, (size_t)(dot - at));
		buf_lit(p->out, ":\n");
	}
	return sections;
}

static void put_struct(struct place *, enum option_scope, const char *base, size_t depth);

static void put_items(struct place *p, const struct option *o, const char *member, size_t depth)
{
	struct {
		const char *at;
		size_t n;
	} list;
	memcpy(&list, member, sizeof list);
	buf_str(p->out, list.n ? "\n" : " []\n");
	for (size_t i = 0; i < list.n; i++) {
		p->dash = true;
		put_struct(p, o->item, list.at + i * option_scope_bytes(o->item), depth + 1);
	}
}

// What follows the colon.
static void put_row(struct place *p, const struct option *o, const char *member, size_t depth)
{
	if (o->type == OPTION_RECORD) {
		buf_char(p->out, '\n');
		put_struct(p, o->item, member, depth + 1);
	} else if (o->type == OPTION_LIST) {
		put_items(p, o, member, depth);
	} else {
		buf_char(p->out, ' ');
		put_value(p->out, o, member);
		buf_char(p->out, '\n');
	}
}

static void put_struct(struct place *p, enum option_scope scope, const char *base, size_t depth)
{
	const char *before = "";
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];
		if (o->scope != scope || o->type == OPTION_IGNORED || option_is_short(o))
			continue;
		size_t inside = depth + open_sections(p, o->path, before, depth);
		const char *dot = strrchr(o->path, '.');
		begin_line(p, inside);
		buf_str(p->out, dot ? dot + 1 : o->path);
		buf_char(p->out, ':');
		before = o->path;
		put_row(p, o, base + o->offset, inside);
	}
}

void config_dump(const struct config *c, struct buf *out)
{
	struct place p = {.out = out};
	put_struct(&p, SCOPE_config, (const char *)c, 0);
}

size_t config_restart_keys(const struct config *now, const struct config *next, struct buf *out)
{
	size_t n = 0;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];
		if (o->scope != SCOPE_config || o->type == OPTION_IGNORED || o->reload)
			continue;
		struct buf a = {0}, b = {0};
		put_row(&(struct place){.out = &a}, o, (const char *)now + o->offset, 0);
		put_row(&(struct place){.out = &b}, o, (const char *)next + o->offset, 0);
		if (!span_eq(buf_bytes(&a), buf_bytes(&b))) {
			buf_str(out, n++ ? ", " : "");
			buf_str(out, o->path);
		}
		buf_fini(&a);
		buf_fini(&b);
	}
	return n;
}
