// SPDX-License-Identifier: MIT
#include "api/answer.h"
#include "api/moderate.h"

bool answer_put(struct call *c, enum query_kind kind, const struct value *answer)
{
	struct queries *all = &c->identity->queries;
	struct query *r = queries_find(all, kind, call_text(c, "request_id"));
	if (!r)
		return call_fail(c, ERROR_NO_REQUEST, "request_id");
	if (!call_moderate_answer(c) || !call_sent(c, r->run(r, answer)))
		return false;
	call_put_text(c, "status", "answered");
	return true;
}

static bool check(struct call *c, const char *arg, const char *which, const struct value *v,
	const struct answer_field *f)
{
	bool good = (f->text && v->type == VALUE_STRING) || (f->number && v->type == VALUE_INT) ||
		    v->type == VALUE_NULL;
	const char *words = f->text && f->number ? "a string or integer"
			    : f->text            ? "a string"
						 : "an integer";
	if (good)
		return true;
	return call_fail_say(c, ERROR_BAD_PARAM, arg, "%s: %s must be %s", which, f->name, words);
}

bool answer_check(struct call *c, const char *arg, const char *which, const struct value *map,
	const struct answer_field *fields)
{
	if (map->type != VALUE_MAP)
		return call_fail_say(c, ERROR_BAD_PARAM, arg, "%s must be an object", which);
	for (const struct answer_field *f = fields; f->name; f++) {
		const struct value *v = value_get(map, f->name);
		if (v && !check(c, arg, which, v, f))
			return false;
	}
	return true;
}
