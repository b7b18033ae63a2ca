// SPDX-License-Identifier: MIT
// What the hub's moderation says to those who are stopped.
#include "api/moderate.h"
#include "base/clock.h"
#include "base/utf8.h"

enum { REASON_SHOWN_MAX = 140 }; // bytes: an error is one sentence

static void put_end(struct buf *out, const struct moderation_spec *s)
{
	char until[CLOCK_TEXT_BYTES];
	if (s->until_s) {
		clock_text(s->until_s * 1000000, until);
		buf_printf(out, " until %.19sZ", until);
	}
	struct span reason = utf8_cut(s->reason, REASON_SHOWN_MAX);
	if (reason.n)
		buf_printf(out, ": %.*s", (int)reason.n, reason.p);
}

static bool fail(struct call *c, const struct moderation_rule *r, struct span user)
{
	const struct moderation_spec *s = &r->spec;
	struct buf says = {0};
	enum error error = ERROR_MUTED;
	if (s->kind == MODERATION_OFF) {
		error = ERROR_OFF;
		buf_str(&says, error_rows[error].text);
	} else if (s->kind == MODERATION_WORD) {
		error = ERROR_FILTERED;
		buf_str(&says, error_rows[error].text);
	} else {
		buf_printf(&says, "%.*s is %s", (int)user.n, user.p,
			s->kind == MODERATION_BAN ? "banned" : "muted");
	}
	put_end(&says, s);
	call_fail_say(c, error, NULL, "%.*s", (int)says.n, says.p);
	buf_fini(&says);
	return false;
}

// With a channel and a text it is a line, with a text a tell, and a beep is a tell without one; else
// somebody asks for something.
static enum talk talk_of(const struct intent *i)
{
	if (!i->text.n)
		return i->kind == INTENT_BEEP ? TALK_TELL : TALK_REQUEST;
	return i->channel.n ? TALK_LINE : TALK_TELL;
}

bool call_moderate(struct call *c, struct intent *i)
{
	struct span texts[] = {i->visname, i->text, i->text_others, i->target_visname};
	struct utterance u = {.talk = talk_of(i),
		.user = i->from_user,
		.mud = span_str(c->identity->name),
		.texts = texts,
		.n = countof(texts),
		.names = {i->visname.n ? i->visname : i->from_user, i->target_visname,
			i->kind == INTENT_CHANNEL_TARGET}};
	const struct moderation_rule *r =
		moderation_judge(&c->identity->hub->moderation, c->identity, &u, c->arena);
	if (r)
		return fail(c, r, i->from_user);
	i->visname = texts[0];
	i->text = texts[1];
	i->text_others = texts[2];
	i->target_visname = texts[3];
	return true;
}

bool call_moderate_answer(struct call *c)
{
	struct utterance u = {.talk = TALK_ANSWER, .mud = span_str(c->identity->name)};
	const struct moderation_rule *r =
		moderation_judge(&c->identity->hub->moderation, c->identity, &u, c->arena);
	return !r || fail(c, r, u.mud);
}

struct span call_text_or_any(const struct call *c, const char *name)
{
	struct span text = call_text(c, name);
	return span_is(text, "*") ? (struct span){0} : text;
}

struct span call_scope(const struct call *c)
{
	struct span scope = call_text_or(c, "scope", span_str(c->identity->name));
	return span_is(scope, "*") ? (struct span){0} : scope;
}
