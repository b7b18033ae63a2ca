// SPDX-License-Identifier: MIT
#include "api/api.h"
#include "api/moderate.h"
#include "base/clock.h"
#include <stdarg.h>
#include <stdio.h>

#define METHOD(name) extern const struct method method_##name;
#include "tables/methods.tbl"
const struct method *const methods[] = {
#define METHOD(name) &method_##name,
#include "tables/methods.tbl"
	NULL,
};

const struct error_row error_rows[ERROR_COUNT] = {
#define ERROR(id, number, code, temporary, text) [ERROR_##id] = {number, code, temporary, text},
#include "tables/errors.tbl"
};

// Few rows, and the first letter rules most of them out: no table would be faster.
const struct method *method_find(struct span name)
{
	for (const struct method *const *m = methods; *m && name.n; m++)
		if ((*m)->name[0] == name.p[0] && span_is(name, (*m)->name))
			return *m;
	return NULL;
}

// --- failing ---

bool call_fail(struct call *c, enum error error, const char *field)
{
	c->failure.error = error;
	c->failure.field = field;
	return false;
}

bool call_fail_say(struct call *c, enum error error, const char *field, const char *format, ...)
{
	enum { SAY_MAX = 256 };
	char *text = arena_alloc(c->arena, SAY_MAX);
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, SAY_MAX, format, args);
	va_end(args);
	c->failure.message = span_of(text, min_size((size_t)n, SAY_MAX - 1));
	return call_fail(c, error, field);
}

// --- arguments ---

static const struct value *find(const struct call *c, const struct arg *a)
{
	const struct value *v = value_get(c->params, a->name);
	if (!v && a->alias)
		v = value_get(c->params, a->alias);
	return v && v->type == VALUE_NULL ? NULL : v;
}

static const struct arg *arg_of(const struct call *c, const char *name)
{
	const struct arg *a = c->method->args;
	while (a && a->name && strcmp(a->name, name))
		a++;
	ensure(a && a->name); // a handler asks for what its row declares
	return a;
}

const struct value *call_value(const struct call *c, const char *name)
{
	return find(c, arg_of(c, name));
}

struct span call_text_or(const struct call *c, const char *name, struct span otherwise)
{
	const struct value *v = call_value(c, name);
	return v && v->type == VALUE_STRING && v->n ? value_text(v) : otherwise;
}

struct span call_text(const struct call *c, const char *name)
{
	return call_text_or(c, name, (struct span){0});
}

int64_t call_int_or(const struct call *c, const char *name, int64_t otherwise)
{
	const struct value *v = call_value(c, name);
	return v && v->type == VALUE_INT ? v->i : otherwise;
}

bool call_bool(const struct call *c, const char *name)
{
	const struct value *v = call_value(c, name);
	return v && v->type == VALUE_BOOL && v->b;
}

// The required ones, in the order of the row: "target_mud, target_user, message".
static bool fail_missing(struct call *c, const char *field)
{
	char names[160] = "";
	size_t n = 0, count = 0;
	for (const struct arg *a = c->method->args; a->name; a++)
		if (a->required && n < sizeof names)
			n += (size_t)snprintf(
				names + n, sizeof names - n, "%s%s", count++ ? ", " : "", a->name);
	return call_fail_say(c, ERROR_MISSING_PARAM, field, "Missing required parameter%s: %s",
		count > 1 ? "s" : "", names);
}

static bool is_empty(const struct value *v)
{
	return (v->type == VALUE_STRING && v->n == 0) || (v->type == VALUE_INT && v->i == 0);
}

static bool is_type(const struct value *v, enum arg_type type)
{
	switch (type) {
	case ARG_TEXT: return v->type == VALUE_STRING;
	case ARG_INT: return v->type == VALUE_INT;
	case ARG_BOOL: return v->type == VALUE_BOOL;
	case ARG_OBJECT: return v->type == VALUE_MAP;
	case ARG_ARRAY: return v->type == VALUE_ARRAY;
	case ARG_SCALAR: return v->type == VALUE_STRING || v->type == VALUE_INT;
	case ARG_ANY: return true;
	}
	return false;
}

static bool check_type(struct call *c, const struct arg *a, const struct value *v)
{
	static const char *const words[] = {"a string", "an integer", "a boolean", "an object",
		"an array", "a string or integer", "a value"};
	if (is_type(v, a->type))
		return true;
	return call_fail_say(c, ERROR_BAD_PARAM, a->name, "%s must be %s", a->name, words[a->type]);
}

static bool check_bounds(struct call *c, const struct arg *a, const struct value *v)
{
	bool sized = v->type == VALUE_STRING || v->type == VALUE_ARRAY;
	int64_t size = v->type == VALUE_INT ? v->i : (int64_t)v->n;
	if (a->max == 0 || (!sized && v->type != VALUE_INT) || (size >= a->min && size <= a->max))
		return true;
	if (v->type == VALUE_INT)
		return call_fail_say(c, ERROR_BAD_PARAM, a->name, "%s must be %lld to %lld",
			a->name, (long long)a->min, (long long)a->max);
	return call_fail_say(c, ERROR_BAD_PARAM, a->name, "%s is too long: at most %lld %s",
		a->name, (long long)a->max, v->type == VALUE_ARRAY ? "elements" : "bytes");
}

bool method_check(struct call *c)
{
	static const struct value none = {.type = VALUE_MAP};
	if (c->params->type == VALUE_ARRAY && c->params->n == 0)
		c->params = &none; // by position, and there are none
	if (c->params->type != VALUE_MAP)
		return call_fail_say(c, ERROR_BAD_PARAM, NULL, "params must be an object");
	for (const struct arg *a = c->method->args; a && a->name; a++) {
		const struct value *v = find(c, a);
		if (a->required && (!v || is_empty(v)))
			return fail_missing(c, a->name);
		if (v && (!check_type(c, a, v) || !check_bounds(c, a, v)))
			return false;
	}
	return true;
}

// --- what several handlers do ---

void call_put_time(struct call *c, const char *name)
{
	char *text = arena_alloc(c->arena, CLOCK_TEXT_BYTES);
	clock_text(clock_wall_us(), text);
	call_put(c, name, value_span(span_of(text, CLOCK_TEXT_BYTES - 1)));
}

void call_name_message(struct call *c, const char *kind, struct span to)
{
	size_t room = strlen(kind) + to.n + 48;
	char *text = arena_alloc(c->arena, room);
	int n = snprintf(text, room, "%s_%.*s_%llu_%llu", kind, (int)to.n, to.p,
		(unsigned long long)(clock_wall_us() / 1000000),
		(unsigned long long)++c->identity->hub->said);
	c->message_id = span_of(text, (size_t)n);
}

void call_put_message_id(struct call *c, const char *kind, struct span to)
{
	call_name_message(c, kind, to);
	call_put_text(c, "status", "sent");
	call_put(c, "message_id", value_span(c->message_id));
}

void call_tell_others(struct call *c, enum event event, struct span channel)
{
	struct value params[] = {value_str("channel"), value_span(channel), value_str("mud_name"),
		value_str(c->identity->name), value_str("session"),
		value_int((int64_t)c->session->number)};
	struct value map = value_map(params, countof(params) / 2);
	identity_publish(
		c->identity, &(struct message){.event = event, .params = &map}, c->session);
}

void call_put_reply(struct call *c, const struct value *answer, const char *otherwise)
{
	if (!answer)
		call_put_text(c, "status", otherwise);
	for (size_t i = 0; answer && i < 2 * answer->n; i++)
		value_push(&c->result, value_copy(c->arena, &answer->at[i]));
}

bool call_check_line(struct call *c, const char *name)
{
	int most = c->api->config->channels.max_message_bytes;
	if (call_text(c, name).n <= (size_t)most)
		return true;
	return call_fail_say(
		c, ERROR_BAD_PARAM, name, "%s is too long: at most %d bytes", name, most);
}

bool call_sent(struct call *c, enum sent sent)
{
	switch (sent) {
	case SENT: return true;
	case SENT_NOT_UP: return call_fail(c, ERROR_NOT_UP, NULL);
	case SENT_FULL: return call_fail(c, ERROR_FULL, NULL);
	case SENT_TOO_BIG: break;
	}
	return call_fail(c, ERROR_TOO_BIG, NULL);
}

bool call_send(struct call *c, const struct intent *let)
{
	struct uplink *up = c->identity->uplink;
	return call_sent(c, up ? up->ops->submit(up, let) : SENT_NOT_UP);
}

bool call_submit(struct call *c, const struct intent *intent)
{
	struct intent let = *intent;
	return call_moderate(c, &let) && call_send(c, &let);
}
