// SPDX-License-Identifier: MIT
#include "api/method.h"
#include "base/log.h"

static bool run(struct call *c)
{
	struct moderation *m = &c->identity->hub->moderation;
	int64_t id = call_int_or(c, "id", 0);
	const struct moderation_rule *r = moderation_find(m, (uint64_t)id);
	if (!r)
		return call_fail(c, ERROR_NO_RULE, "id");
	if (r->fixed)
		return call_fail_say(c, ERROR_BAD_RULE, "id",
			"This rule stands in the configuration: moderation.words");
	if (r->spec.kind == MODERATION_OFF)
		return call_fail_say(c, ERROR_BAD_RULE, "id", "This is for network_switch to end");
	log_info("moderation_remove", log_str("by", c->identity->name), log_int("rule", id),
		log_str("kind", moderation_word(r->spec.kind)), log_span("scope", r->spec.scope),
		log_span("user", r->spec.user), log_span("mud", r->spec.mud),
		log_span("pattern", r->spec.pattern));
	ensure(moderation_remove(m, (uint64_t)id));
	call_put_text(c, "status", "removed");
	call_put(c, "id", value_int(id));
	return true;
}

const struct method method_moderation_remove = {
	.name = "moderation_remove",
	.says = "Removes a rule.",
	.right = RIGHT_ADMIN,
	.args =
		(const struct arg[]){
			{"id", NULL, ARG_INT, true, 1, MODERATION_ID_MAX, "of the rule"}, {0}},
	.results = (const struct result_field[]){{"status", "string", "\"removed\""},
		{"id", "integer", "of the rule"}, {0}},
	.run = run,
};
