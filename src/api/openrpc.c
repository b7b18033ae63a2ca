// SPDX-License-Identifier: MIT
// The OpenRPC 1.2 description of the API, made from the rows the daemon runs on.
#include "api/api.h"

static const char *const json_types[] = {
	"string", "integer", "boolean", "object", "array", NULL, NULL};

const char *api_version(void)
{
	return "1.0.0";
} // of the protocol: what clients of old expect

static struct value schema_of(struct arena *arena, const struct arg *a)
{
	struct value_list s = {.arena = arena};
	if (json_types[a->type])
		value_pair(&s, "type", value_str(json_types[a->type]));
	bool text = a->type == ARG_TEXT, array = a->type == ARG_ARRAY, integer = a->type == ARG_INT;
	if (text && a->max)
		value_pair(&s, "maxLength", value_int(a->max));
	if (array && a->max)
		value_pair(&s, "maxItems", value_int(a->max));
	if (integer && a->max) {
		value_pair(&s, "minimum", value_int(a->min));
		value_pair(&s, "maximum", value_int(a->max));
	}
	return value_list_map(&s);
}

static struct value params_of(struct arena *arena, const struct method *m)
{
	struct value_list all = {.arena = arena};
	for (const struct arg *a = m->args; a && a->name; a++) {
		struct value_list one = {.arena = arena};
		value_pair(&one, "name", value_str(a->name));
		value_pair(&one, "description", value_str(a->says));
		value_pair(&one, "required", value_bool(a->required));
		value_pair(&one, "schema", schema_of(arena, a));
		if (a->alias)
			value_pair(&one, "x-alias", value_str(a->alias));
		value_push(&all, value_list_map(&one));
	}
	return value_list_array(&all);
}

static struct value result_of(struct arena *arena, const struct method *m)
{
	struct value_list properties = {.arena = arena}, schema = {.arena = arena},
			  result = {.arena = arena};
	for (const struct result_field *f = m->results; f && f->name; f++) {
		struct value_list one = {.arena = arena};
		value_pair(&one, "type", value_str(f->type));
		value_pair(&one, "description", value_str(f->says));
		value_pair(&properties, f->name, value_list_map(&one));
	}
	value_pair(&schema, "type", value_str("object"));
	value_pair(&schema, "properties", value_list_map(&properties));
	value_pair(&result, "name", value_str("result"));
	value_pair(&result, "schema", value_list_map(&schema));
	return value_list_map(&result);
}

static struct value method_of(struct arena *arena, const struct method *m)
{
	struct value_list one = {.arena = arena};
	value_pair(&one, "name", value_str(m->name));
	value_pair(&one, "summary", value_str(m->says));
	value_pair(&one, "paramStructure", value_str("by-name"));
	value_pair(&one, "params", params_of(arena, m));
	value_pair(&one, "result", result_of(arena, m));
	value_pair(&one, "x-permission", value_str(rights_name(m->right)));
	return value_list_map(&one);
}

static struct value events_of(struct arena *arena)
{
	struct value_list all = {.arena = arena};
	for (int i = 0; i < EVENT_COUNT; i++) {
		struct value_list one = {.arena = arena};
		value_pair(&one, "name", value_str(event_rows[i].name));
		value_pair(&one, "summary", value_str(event_rows[i].help));
		value_pair(&one, "permission", value_str(rights_name(event_rows[i].right)));
		value_push(&all, value_list_map(&one));
	}
	return value_list_array(&all);
}

static struct value errors_of(struct arena *arena)
{
	struct value_list all = {.arena = arena};
	for (int i = 0; i < ERROR_COUNT; i++) {
		struct value_list one = {.arena = arena};
		value_pair(&one, "code", value_int(error_rows[i].number));
		value_pair(&one, "message", value_str(error_rows[i].text));
		value_pair(&one, "data", value_str(error_rows[i].code));
		value_pair(&one, "temporary", value_bool(error_rows[i].temporary));
		value_push(&all, value_list_map(&one));
	}
	return value_list_array(&all);
}

void openrpc_document(struct arena *arena, struct value *out)
{
	struct value_list doc = {.arena = arena}, info = {.arena = arena}, all = {.arena = arena};
	value_pair(&info, "title", value_str("Gatehouse"));
	value_pair(&info, "version", value_str(api_version()));
	for (const struct method *const *m = methods; *m; m++)
		value_push(&all, method_of(arena, *m));
	value_pair(&doc, "openrpc", value_str("1.2.6"));
	value_pair(&doc, "info", value_list_map(&info));
	value_pair(&doc, "methods", value_list_array(&all));
	value_pair(&doc, "x-events", events_of(arena));
	value_pair(&doc, "x-errors", errors_of(arena));
	*out = value_list_map(&doc);
}
