// SPDX-License-Identifier: MIT
// A value without bounds in its row cannot be set: every list has a count, every text a length.
#include "ops/config_value.h"
#include "base/utf8.h"
#include "ops/config_listen.h"
#include <stdio.h>

enum {
	COUNTS_MAX = 256, // entries of a mapping of names to numbers; there are 40 methods
	COUNT_NAME_MAX = 64,
	LIST_TEXT_MAX = 512, // bytes of a text in a list
	SHOWN_MAX = 64,      // bytes of a wrong value worth repeating
	ALLOWED_MAX = 200,
};

static bool secret(const struct option *o)
{
	return o->type == OPTION_DIGEST || o->type == OPTION_PASSWORD || o->type == OPTION_SECRET;
}

void config_value_refuse(const struct config_setting *s, const struct yaml *at, struct span shown)
{
	char allowed[ALLOWED_MAX];
	option_allowed(s->option, allowed, sizeof allowed);
	struct config_place place = place_of(s->reader->file, at);
	shown = utf8_valid(shown) ? utf8_cut(shown, SHOWN_MAX) : (struct span){0};
	if (secret(s->option) || at->type != YAML_SCALAR)
		config_error(s->reader->report, place, "%s: allowed is %s", s->path, allowed);
	else
		config_error(s->reader->report, place, "%s: \"%.*s\" is not allowed; allowed is %s",
			s->path, (int)shown.n, shown.p ? shown.p : "", allowed);
}

// The text of a scalar with its variables replaced.  False, with an error, for anything else.
bool config_value_scalar(const struct config_setting *s, const struct yaml *at, struct span *out)
{
	if (at->type != YAML_SCALAR) {
		config_value_refuse(s, at, (struct span){0});
		return false;
	}
	struct config_expanded got =
		config_env_expand(s->reader->env, s->reader->scratch, at->text);
	struct config_place place = place_of(s->reader->file, at);
	if (got.lost.n)
		config_warning(s->reader->report, place,
			"%s: what follows the } of a text that begins with ${ is dropped", s->path);
	if (got.unset.n)
		config_warning(s->reader->report, place,
			"%s: there is no environment variable %.*s%s", s->path,
			(int)min_size(got.unset.n, SHOWN_MAX), got.unset.p,
			secret(s->option) ? "; the secret is left out" : "");
	*out = got.text;
	if (got.unset.n && secret(s->option))
		*out = (struct span){0};
	return true;
}

bool config_value_clean(struct span text)
{
	return !span_has_controls(text) && utf8_valid(text);
}

// What a text of several lines may have besides: the escape of ANSI colours among it.
static bool clean_lines(struct span text)
{
	for (size_t i = 0; i < text.n; i++)
		if (((uint8_t)text.p[i] < ' ' && !strchr("\n\t\x1b", text.p[i])) || !text.p[i] ||
			text.p[i] == 0x7f)
			return false;
	return utf8_valid(text);
}

static void put_int(const struct config_setting *s, int n)
{
	memcpy(s->member, &n, sizeof n);
}

static void put_list(const struct config_setting *s, void *at, size_t n)
{
	struct {
		void *at;
		size_t n;
	} list = {at, n};
	memcpy(s->member, &list, sizeof list);
}

static void *zeroed(struct config_reader *r, size_t bytes)
{
	void *p = arena_alloc(r->arena, bytes);
	memset(p, 0, bytes);
	return p;
}

static void set_text(const struct config_setting *s)
{
	struct span text;
	if (!config_value_scalar(s, s->value, &text))
		return;
	if ((int64_t)text.n < s->option->min || (int64_t)text.n > s->option->max ||
		!(s->option->type == OPTION_LINES ? clean_lines : config_value_clean)(text)) {
		config_value_refuse(s, s->value, text);
		return;
	}
	const char *kept = config_text(s->reader, text);
	memcpy(s->member, &kept, sizeof kept);
}

bool config_value_bounded(const struct option *o, struct span text, int *out)
{
	uint64_t n;
	if (!span_uint(text, (uint64_t)o->max, &n) || (int64_t)n < o->min)
		return false;
	*out = (int)n;
	return true;
}

static void set_int(const struct config_setting *s)
{
	struct span text;
	int n;
	if (!config_value_scalar(s, s->value, &text))
		return;
	if (config_value_bounded(s->option, text, &n))
		put_int(s, n);
	else
		config_value_refuse(s, s->value, text);
}

static void set_port(const struct config_setting *s)
{
	struct span text;
	int n = -1;
	if (!config_value_scalar(s, s->value, &text))
		return;
	if (text.n == 0 || config_value_bounded(s->option, text, &n))
		put_int(s, n);
	else
		config_value_refuse(s, s->value, text);
}

// The words of YAML 1.1 and of the I3 gateway's settings.
static bool read_bool(struct span text, bool *out)
{
	static const char *const words[] = {
		"false", "true", "no", "yes", "off", "on", "0", "1", "n", "y", "f", "t"};
	for (size_t i = 0; i < countof(words); i++) {
		if (!span_caseeq(text, span_str(words[i])))
			continue;
		*out = i % 2;
		return true;
	}
	return false;
}

static void set_bool(const struct config_setting *s)
{
	struct span text;
	bool b;
	if (!config_value_scalar(s, s->value, &text))
		return;
	if (read_bool(text, &b))
		memcpy(s->member, &b, sizeof b);
	else
		config_value_refuse(s, s->value, text);
}

static void set_word(const struct config_setting *s)
{
	struct span text;
	int n;
	if (!config_value_scalar(s, s->value, &text))
		return;
	if (option_word(s->option, text, &n))
		put_int(s, n);
	else
		config_value_refuse(s, s->value, text);
}

static bool good_uri(const struct config_setting *s, const struct yaml *at, struct span uri)
{
	struct config_listen l;
	const char *why = "a listener URI is a text without control characters";
	if (config_value_clean(uri) && config_listen_parse(s->reader->scratch, uri, &l, &why)) {
		const char *scheme = s->option->how;
		if (!*scheme || (*scheme == 'm' ? l.kind == LISTEN_MUDMODE : l.kind == LISTEN_HTTP))
			return true;
		why = *scheme == 'm'
			      ? "this listener is mudmode://HOST:PORT or mudmode+unix:PATH"
			      : "this listener is http:// or https://HOST:PORT or http+unix:PATH";
	}
	struct span shown = config_value_clean(uri) ? utf8_cut(uri, SHOWN_MAX) : (struct span){0};
	config_error(s->reader->report, place_of(s->reader->file, at), "%s: \"%.*s\": %s", s->path,
		(int)shown.n, shown.p ? shown.p : "", why);
	return false;
}

static void set_uri(const struct config_setting *s)
{
	struct span text;
	if (!config_value_scalar(s, s->value, &text))
		return;
	if (text.n && !good_uri(s, s->value, text))
		return;
	const char *kept = config_text(s->reader, text);
	memcpy(s->member, &kept, sizeof kept);
}

static size_t count(const struct yaml *value, size_t max)
{
	size_t n = 0;
	for (const struct yaml *item = value->first; item && n <= max; item = item->next)
		n++;
	return n;
}

// A list of texts; one text alone stands for a list of it.
static void set_texts(const struct config_setting *s)
{
	bool alone = s->value->type == YAML_SCALAR;
	size_t n = alone ? 1 : count(s->value, (size_t)s->option->max);
	if (s->value->type == YAML_MAP || n > (size_t)s->option->max) {
		config_value_refuse(s, s->value, (struct span){0});
		return;
	}
	const char **at = zeroed(s->reader, n * sizeof *at);
	const struct yaml *item = alone ? s->value : s->value->first;
	for (size_t i = 0; i < n; i++, item = item->next) {
		struct span text;
		if (!config_value_scalar(s, item, &text))
			return;
		if (s->option->type == OPTION_URIS && !good_uri(s, item, text))
			return;
		if (text.n > LIST_TEXT_MAX || !config_value_clean(text)) {
			config_value_refuse(s, item, text);
			return;
		}
		at[i] = config_text(s->reader, text);
	}
	put_list(s, at, n);
}

static void set_counts(const struct config_setting *s)
{
	size_t n = count(s->value, COUNTS_MAX), i = 0;
	if (s->value->type != YAML_MAP || n > COUNTS_MAX) {
		config_value_refuse(s, s->value, (struct span){0});
		return;
	}
	struct config_count *at = zeroed(s->reader, n * sizeof *at);
	for (const struct yaml *key = s->value->first; key; key = key->next) {
		struct span text;
		if (config_yaml_null(key->value))
			continue;
		if (!config_value_scalar(s, key->value, &text))
			return;
		if (!config_value_bounded(s->option, text, &at[i].n) ||
			key->text.n > COUNT_NAME_MAX || !config_value_clean(key->text)) {
			config_value_refuse(s, key->value, text);
			return;
		}
		at[i++].name = config_text(s->reader, key->text);
	}
	put_list(s, at, i);
}

typedef void (*set_fn)(const struct config_setting *);

static const set_fn setters[OPTION_TYPE_COUNT] = {
	[OPTION_TEXT] = set_text,
	[OPTION_LINES] = set_text,
	[OPTION_INT] = set_int,
	[OPTION_PORT] = set_port,
	[OPTION_BOOL] = set_bool,
	[OPTION_WORD] = set_word,
	[OPTION_URI] = set_uri,
	[OPTION_URIS] = set_texts,
	[OPTION_TEXTS] = set_texts,
	[OPTION_COUNTS] = set_counts,
	[OPTION_DIGEST] = config_value_digest,
	[OPTION_PASSWORD] = config_value_password,
	[OPTION_SECRET] = config_value_secret,
};

void config_value_set(const struct config_setting *s)
{
	ensure(setters[s->option->type]);
	setters[s->option->type](s);
}
