// SPDX-License-Identifier: MIT
#include "api/moderate.h"
#include "base/log.h"

static bool read_kind(struct span word, enum moderation_kind *kind)
{
	for (*kind = MODERATION_MUTE; *kind <= MODERATION_WORD; (*kind)++)
		if (span_is(word, moderation_word(*kind)))
			return true;
	return false;
}

static bool read_spec(struct call *c, struct moderation_spec *s)
{
	struct span action = call_text_or(c, "action", SPAN("mask"));
	*s = (struct moderation_spec){.scope = call_scope(c),
		.user = call_text_or_any(c, "user"),
		.mud = call_text_or_any(c, "mud"),
		.pattern = call_text(c, "pattern"),
		.regex = call_bool(c, "regex"),
		.drop = span_is(action, "drop"),
		.until_s = (uint64_t)call_int_or(c, "until", 0),
		.reason = call_text(c, "reason"),
		.by = span_str(c->identity->name)};
	if (!read_kind(call_text(c, "kind"), &s->kind))
		return call_fail_say(c, ERROR_BAD_RULE, "kind", "kind is mute, ban or word");
	if (!s->drop && !span_is(action, "mask"))
		return call_fail_say(c, ERROR_BAD_RULE, "action", "action is mask or drop");
	if (s->kind == MODERATION_WORD && (s->user.n || s->mud.n))
		return call_fail_say(c, ERROR_BAD_RULE, "user", "a word is for everybody");
	if (s->kind != MODERATION_WORD && (s->pattern.n || s->regex || s->drop))
		return call_fail_say(
			c, ERROR_BAD_RULE, "pattern", "a pattern and an action are of a word");
	return true;
}

static bool run(struct call *c)
{
	struct moderation_spec spec;
	struct buf why = {0};
	if (!read_spec(c, &spec))
		return false;
	const struct moderation_rule *r =
		moderation_add(&c->identity->hub->moderation, &spec, &why);
	if (!r)
		call_fail_say(c, ERROR_BAD_RULE, NULL, "%.*s", (int)why.n, why.p);
	buf_fini(&why);
	if (!r)
		return false;
	log_info("moderation_add", log_span("by", r->spec.by), log_int("rule", (int64_t)r->id),
		log_str("kind", moderation_word(r->spec.kind)), log_span("scope", r->spec.scope),
		log_span("user", r->spec.user), log_span("mud", r->spec.mud),
		log_span("pattern", r->spec.pattern), log_int("until", (int64_t)r->spec.until_s),
		log_span("reason", r->spec.reason));
	call_put_text(c, "status", "added");
	call_put(c, "rule", moderation_value(r, c->arena));
	return true;
}

const struct method method_moderation_add = {
	.name = "moderation_add",
	.says = "Adds a rule.  mute: lines of this player or MUD are not heard on channels.  ban: "
		"nor "
		"are their tells, and their requests are refused.  word: a word is masked, or what "
		"has it is dropped.  Players of this MUD who are stopped get an error.  A rule "
		"that "
		"says the same is replaced.  It holds at once, and over restarts; when the disk "
		"did "
		"not keep it, a moderation_changed event says \"not_kept\".",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"kind", NULL, ARG_TEXT, true, 1, 16, "mute, ban or word"},
		{"user", NULL, ARG_TEXT, false, 0, MODERATION_NAME_MAX,
			"login name in any case, not the name as shown; * or absent for anybody"},
		{"mud", NULL, ARG_TEXT, false, 0, MODERATION_NAME_MAX,
			"name of the MUD in any case; * or absent for any"},
		{"pattern", NULL, ARG_TEXT, false, 0, WORD_PATTERN_MAX,
			"the word: a whole word, or an expression; of ASCII letters the case is "
			"ignored"},
		{"regex", NULL, ARG_BOOL, false, 0, 0,
			"pattern is a POSIX extended regular expression, found anywhere"},
		{"action", NULL, ARG_TEXT, false, 0, 16,
			"of a word: mask (the default; an asterisk a character) or drop"},
		SCOPE_ARG,
		{"until", NULL, ARG_INT, false, 0, UNIX_TIME_MAX,
			"Unix time when it ends; 0 or absent for ever"},
		{"reason", NULL, ARG_TEXT, false, 0, MODERATION_REASON_MAX,
			"told to your own players"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"added\""},
		{"rule", "object",
			"{id, kind, scope, user, mud | pattern, regex, action, until, reason, by, "
			"created}"},
		{0}},
	.run = run,
};
