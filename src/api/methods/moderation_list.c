// SPDX-License-Identifier: MIT
#include "api/method.h"

enum { LIST_DEFAULT = 100, LIST_MAX = 200 }; // a rule may take 2 KiB with all names full

static bool is_kind(struct span word)
{
	for (enum moderation_kind k = MODERATION_MUTE; k <= MODERATION_OFF; k++)
		if (!word.n || span_is(word, moderation_word(k)))
			return true;
	return false;
}

static bool run(struct call *c)
{
	struct moderation *m = &c->identity->hub->moderation;
	struct value_list rows = {.arena = c->arena};
	struct span kind = call_text(c, "kind");
	size_t limit = (size_t)call_int_or(c, "limit", LIST_DEFAULT);
	uint64_t after = (uint64_t)call_int_or(c, "after", 0);
	uint64_t last = 0;
	bool more = false;
	if (!is_kind(kind))
		return call_fail_say(c, ERROR_BAD_RULE, "kind", "kind is mute, ban, word or off");
	moderation_sweep(m);
	for (struct map_at at = map_first(&m->rules); at.value; at = map_next(at)) {
		const struct moderation_rule *r = at.value;
		if (r->id <= after || (kind.n && !span_is(kind, moderation_word(r->spec.kind))))
			continue;
		more = rows.n == limit;
		if (more)
			break;
		value_push(&rows, moderation_value(r, c->arena));
		last = r->id;
	}
	call_put_text(c, "status", "success");
	call_put(c, "rules", value_list_array(&rows));
	call_put(c, "count", value_int((int64_t)rows.n));
	if (more)
		call_put(c, "next", value_int((int64_t)last));
	return true;
}

const struct method method_moderation_list = {
	.name = "moderation_list",
	.says = "The rules in force, oldest first.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"kind", NULL, ARG_TEXT, false, 0, 16,
					     "only these: mute, ban, word or off"},
		{"after", NULL, ARG_INT, false, 0, MODERATION_ID_MAX,
			"only those behind this id: next of the page before"},
		{"limit", NULL, ARG_INT, false, 1, LIST_MAX, "at most so many; 100 by default"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"success\""},
		{"rules", "array",
			"{id, kind, scope, user, mud | pattern, regex, action, until, reason, by, "
			"created}"},
		{"count", "integer", "how many are here"},
		{"next", "integer", "when there are more: after of the next page"}, {0}},
	.run = run,
};
