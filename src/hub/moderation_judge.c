// SPDX-License-Identifier: MIT
// Which rule meets what is said or asked.
#include "base/metric.h"
#include "base/utf8.h"
#include "hub/moderation_priv.h"

static bool stops(enum moderation_kind kind, enum talk talk)
{
	switch (kind) {
	case MODERATION_MUTE: return talk == TALK_LINE;
	case MODERATION_BAN: return talk != TALK_ANSWER;
	case MODERATION_WORD: return talk == TALK_LINE || talk == TALK_TELL;
	case MODERATION_OFF: return true;
	}
	return false;
}

static const struct moderation_rule *rule_of(
	const struct moderation *m, const struct identity *i, enum talk talk, struct span party_key)
{
	const struct party *p = map_find(&m->parties, party_key);
	if (!p)
		return NULL;
	list_each(it, &p->rules)
	{
		struct moderation_rule *r = container_of(it, struct moderation_rule, in_kind);
		if (moderation_is_for(r, i) && stops(r->spec.kind, talk))
			return r;
	}
	return NULL;
}

static const struct moderation_rule *about_them(
	const struct moderation *m, const struct identity *i, const struct utterance *u)
{
	const struct span any = {0};
	const struct moderation_rule *r;
	struct folded f;
	if (!map_count(&m->parties))
		return NULL;
	r = rule_of(m, i, u->talk, moderation_fold(&f, u->user, u->mud));
	if (!r)
		r = rule_of(m, i, u->talk, moderation_fold(&f, any, u->mud));
	if (!r)
		r = rule_of(m, i, u->talk, moderation_fold(&f, u->user, any));
	return r;
}

// Masked by this word → whether it was there.
static bool mask(struct word *word, struct utterance *u, struct arena *arena)
{
	bool any = false;
	for (size_t n = 0; n < u->n; n++) {
		struct span masked = word_mask(word, u->texts[n], arena);
		any |= masked.p != u->texts[n].p;
		u->texts[n] = masked;
	}
	return any;
}

static bool is_said(struct word *word, const struct utterance *u)
{
	for (size_t n = 0; n < u->n; n++)
		if (word_is_in(word, u->texts[n]))
			return true;
	return false;
}

static bool is_in_force(const struct moderation_rule *r, const struct identity *i, bool drop)
{
	return r->spec.drop == drop && moderation_is_for(r, i);
}

static bool is_any_said(
	const struct moderation *m, const struct identity *i, const struct utterance *u)
{
	list_each(it, &m->words)
	{
		struct moderation_rule *r = container_of(it, struct moderation_rule, in_kind);
		if (moderation_is_for(r, i) && is_said(r->word, u))
			return true;
	}
	return false;
}

// A word may come about only where a name is put into a text.  Then the text is judged, and goes on,
// with the names in place; and when they make it too long to tell.  The name in front of an emote
// stays a token: it stands by itself, and is judged so.
static void put_names(const struct moderation *m, const struct identity *i, struct utterance *u,
	struct arena *arena)
{
	for (size_t n = 0; n < u->n; n++) {
		struct span text = u->texts[n], front = {0};
		if (span_starts(text, SPAN("$N ")))
			front = span_take(&text, 3);
		struct span filled = emote_fill(arena, text, &u->names);
		struct utterance one = {.texts = &filled, .n = 1};
		if (filled.p != text.p &&
			(filled.n > EMOTE_FILLED_MAX - 4 || is_any_said(m, i, &one)))
			u->texts[n] = arena_join(arena, front, filled);
	}
}

// What drops is looked for first: asterisks would hide it.
static const struct moderation_rule *about_words(const struct moderation *m,
	const struct identity *i, struct utterance *u, struct arena *arena)
{
	bool masked = false;
	if (!m->n_words || !stops(MODERATION_WORD, u->talk))
		return NULL;
	// Controls are taken out on the way to the network and from it: they hide no word until then.
	for (size_t n = 0; n < u->n; n++)
		u->texts[n] = utf8_clean(arena, u->texts[n]);
	u->names.by = utf8_clean(arena, u->names.by);
	u->names.to = utf8_clean(arena, u->names.to);
	put_names(m, i, u, arena);
	list_each(it, &m->words)
	{
		struct moderation_rule *r = container_of(it, struct moderation_rule, in_kind);
		if (is_in_force(r, i, true) && is_said(r->word, u))
			return r;
	}
	list_each(it, &m->words)
	{
		struct moderation_rule *r = container_of(it, struct moderation_rule, in_kind);
		if (is_in_force(r, i, false))
			masked |= mask(r->word, u, arena);
	}
	metric_add(METRIC_MODERATED_WORD, masked);
	return NULL;
}

const struct moderation_rule *moderation_judge(
	struct moderation *m, const struct identity *i, struct utterance *u, struct arena *arena)
{
	static const enum metric counts[] = {METRIC_MODERATED_MUTE, METRIC_MODERATED_BAN,
		METRIC_MODERATED_WORD, METRIC_MODERATED_OFF};
	const struct moderation_rule *r = moderation_off(m, i);
	if (!r)
		r = about_them(m, i, u);
	if (!r)
		r = about_words(m, i, u, arena);
	if (r)
		metric_add(counts[r->spec.kind], 1);
	return r;
}

// --- the switch ---

const struct moderation_rule *moderation_off(struct moderation *m, const struct identity *i)
{
	moderation_sweep(m);
	list_each(it, &m->switches)
	{
		struct moderation_rule *r = container_of(it, struct moderation_rule, in_kind);
		if (moderation_is_for(r, i))
			return r;
	}
	return NULL;
}

const char *moderation_off_words(
	struct moderation *m, const struct identity *i, struct arena *arena)
{
	const struct moderation_rule *r = moderation_off(m, i);
	struct buf words = {0};
	if (!r)
		return NULL;
	buf_str(&words, "switched off by ");
	buf_span(&words, r->spec.by);
	if (r->spec.reason.n)
		buf_str(&words, ": ");
	buf_span(&words, r->spec.reason);
	buf_char(&words, '\0');
	const char *kept = arena_copy(arena, words.p, words.n);
	buf_fini(&words);
	return kept;
}
