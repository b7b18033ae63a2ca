// SPDX-License-Identifier: MIT
// A null means "as if the key were not there".
#include "ops/config_fill.h"
#include "ops/config_value.h"
#include <stdio.h>

enum {
	PATH_MAX_BYTES = 192, // of a key with its sections; the longest known one has 42
	SHOWN_MAX = 64,       // bytes of an unknown key worth repeating
};

// One struct being filled.
struct target {
	enum option_scope scope;
	char *base;
	const char *where; // how its keys begin for people: "" or "muds[2]."
	bool *set;         // by row: has the file set it already?
};

const char *config_text(struct config_reader *r, struct span s)
{
	char *p = arena_alloc(r->arena, s.n + 1);
	if (s.n)
		memcpy(p, s.p, s.n);
	p[s.n] = 0;
	return p;
}

struct config_place config_place(const struct config_reader *r, const char *path)
{
	const struct yaml *nearest = NULL;
	if (r->root)
		(void)config_yaml_find(r->root, path, &nearest);
	return place_of(r->file, nearest == r->root ? NULL : nearest);
}

static void fill_map(
	struct config_reader *, const struct target *, const struct yaml *map, struct span section);
static void set_option(struct config_reader *, const struct target *, const struct option *,
	const struct yaml *value);

static void set_default(struct config_reader *r, const struct option *o, char *base)
{
	struct yaml_fault fault;
	struct yaml text = {.type = YAML_SCALAR, .text = span_str(o->fallback)};
	bool composed = o->type != OPTION_TEXT && (o->fallback[0] == '[' || o->fallback[0] == '{');
	const struct yaml *value = &text;
	if (composed)
		ensure(value = config_yaml_read(r->scratch, text.text, &fault));
	const struct target target = {.scope = o->scope, .base = base, .where = ""};
	size_t errors = r->report->errors;
	set_option(r, &target, o, value);
	ensure(r->report->errors == errors);
}

static void set_defaults(struct config_reader *r, enum option_scope scope, char *base)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];
		if (o->scope != scope)
			continue;
		if (o->type == OPTION_RECORD)
			set_defaults(r, o->item, base + o->offset);
		else if (o->type != OPTION_IGNORED && o->fallback)
			set_default(r, o, base);
	}
}

void config_fill_defaults(struct config_reader *r)
{
	set_defaults(r, SCOPE_config, (char *)r->config);
}

static void check_required(struct config_reader *r, const struct target *t, const struct yaml *at)
{
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];
		if (o->scope == t->scope && o->type < OPTION_RECORD && !o->fallback && !t->set[i])
			config_error(r->report, place_of(r->file, at), "%s%s: must be given",
				t->where, o->path);
	}
}

static void set_record(struct config_reader *r, enum option_scope scope, char *base,
	const struct yaml *map, const char *path)
{
	bool set[OPTION_COUNT] = {0};
	char where[PATH_MAX_BYTES];
	snprintf(where, sizeof where, "%s.", path);
	const struct target target = {.scope = scope, .base = base, .where = where, .set = set};
	set_defaults(r, scope, base);
	fill_map(r, &target, map, (struct span){0});
	check_required(r, &target, map);
}

static void set_list(const struct config_setting *s)
{
	struct config_reader *r = s->reader;
	size_t n = 0, bytes = option_scope_bytes(s->option->item);
	for (const struct yaml *item = s->value->first; item; item = item->next)
		n++;
	if (s->value->type != YAML_LIST || n > (size_t)s->option->max) {
		config_value_refuse(s, s->value, (struct span){0});
		return;
	}
	char *at = arena_alloc(r->arena, n * bytes);
	memset(at, 0, n * bytes);
	const struct yaml *item = s->value->first;
	for (size_t i = 0; i < n; i++, item = item->next) {
		char path[PATH_MAX_BYTES];
		snprintf(path, sizeof path, "%s[%zu]", s->path, i);
		if (item->type == YAML_MAP)
			set_record(r, s->option->item, at + i * bytes, item, path);
		else
			config_error(r->report, place_of(r->file, item),
				"%s: allowed is a mapping of keys", path);
	}
	struct {
		void *at;
		size_t n;
	} list = {at, n};
	memcpy(s->member, &list, sizeof list);
}

static void set_option(struct config_reader *r, const struct target *t, const struct option *o,
	const struct yaml *value)
{
	char path[PATH_MAX_BYTES];
	snprintf(path, sizeof path, "%s%s", t->where, o->path);
	const struct config_setting s = {r, o, value, t->base + o->offset, path};
	if (o->type == OPTION_IGNORED)
		config_warning(r->report, place_of(r->file, value), "%s: has no effect: %s", path,
			o->help);
	else if (o->type == OPTION_LIST)
		set_list(&s);
	else if (o->type == OPTION_RECORD && value->type == YAML_MAP)
		set_record(r, o->item, s.member, value, path);
	else if (o->type == OPTION_RECORD)
		config_value_refuse(&s, value, (struct span){0});
	else
		config_value_set(&s);
}

static void unknown_key(
	struct config_reader *r, const struct target *t, const struct yaml *key, struct span path)
{
	char near[PATH_MAX_BYTES];
	struct span found = {0};
	if (r->report->errors < CONFIG_ERRORS_MAX) // the search is not cheap, and then unseen
		found = option_nearest(t->scope, path, near, sizeof near);
	struct config_place place = place_of(r->file, key);
	int n = (int)min_size(path.n, SHOWN_MAX);
	if (found.n)
		config_error(r->report, place, "%s%.*s: unknown key; did you mean %s%.*s?",
			t->where, n, path.p, t->where, (int)found.n, found.p);
	else
		config_error(r->report, place, "%s%.*s: unknown key", t->where, n, path.p);
}

static void fill_key(
	struct config_reader *r, const struct target *t, const struct yaml *key, struct span path)
{
	bool word = !memchr(key->text.p, '.', key->text.n); // sections are nested, not spelled out
	const struct option *o = word ? option_find(t->scope, path) : NULL;
	if (o && key->value->type == YAML_MAP && option_is_short(o))
		o = NULL;
	if (o) {
		if (t->set[option_index(o)])
			config_warning(r->report, place_of(r->file, key),
				"%s%s: set twice, the last one counts", t->where, o->path);
		if (o->type == OPTION_IGNORED || !config_yaml_null(key->value)) {
			set_option(r, t, o, key->value);
			t->set[option_index(o)] = true;
		}
	} else if (!word || !option_section(t->scope, path)) {
		unknown_key(r, t, key, path);
	} else if (key->value->type == YAML_MAP) {
		fill_map(r, t, key->value, path);
	} else if (!config_yaml_null(key->value)) {
		config_error(r->report, place_of(r->file, key->value),
			"%s%.*s: allowed is a mapping of keys", t->where, (int)path.n, path.p);
	}
}

static void fill_map(struct config_reader *r, const struct target *t, const struct yaml *map,
	struct span section)
{
	for (const struct yaml *key = map->first; key; key = key->next) {
		char path[PATH_MAX_BYTES];
		int n = section.n ? snprintf(path, sizeof path, "%.*s.", (int)section.n, section.p)
				  : 0;
		size_t word = min_size(key->text.n, sizeof path - (size_t)n);
		if (word)
			memcpy(path + n, key->text.p, word);
		fill_key(r, t, key, span_of(path, (size_t)n + word));
	}
}

void config_fill(struct config_reader *r, const struct yaml *root)
{
	bool set[OPTION_COUNT] = {0};
	const struct target target = {
		.scope = SCOPE_config, .base = (char *)r->config, .where = "", .set = set};
	if (root->type == YAML_MAP)
		fill_map(r, &target, root, (struct span){0});
	else if (!config_yaml_null(root))
		config_error(
			r->report, place_of(r->file, root), "a configuration is a mapping of keys");
}
