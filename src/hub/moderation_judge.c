// SPDX-License-Identifier: MIT
// Which rule meets what is said or asked.
#include "base/metric.h"
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

static bool is_unseen(struct span s, size_t i)
{
	unsigned char c = (unsigned char)s.p[i];
	unsigned char next = i + 1 < s.n ? (unsigned char)s.p[i + 1] : 0;
	return (c < ' ' && c != '\n' && c != '\t') || c == 0x7f ||
	       (c == 0xc2 && next >= 0x80 && next < 0xa0); // C1
}

// Controls are taken out on the way to the network and from it: they must not hide a word until
// then.
static struct span seen(struct span s, struct arena *arena)
{
	size_t i = 0, n = 0;
	while (i < s.n && !is_unseen(s, i))
		i++;
	if (i == s.n)
		return s;
	char *out = arena_alloc(arena, s.n);
	for (i = 0; i < s.n; i++)
		if (!is_unseen(s, i))
			out[n++] = s.p[i];
		else if ((unsigned char)s.p[i] == 0xc2)
			i++;
	return span_of(out, n);
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

static struct span join(struct arena *arena, struct span a, struct span b)
{
	char *out = arena_alloc(arena, a.n + b.n), *at = out;
	span_put(&at, a);
	span_put(&at, b);
	return span_of(out, a.n + b.n);
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
			u->texts[n] = join(arena, front, filled);
	}
}

// What drops is looked for first: asterisks would hide it.
static const struct moderation_rule *about_words(const struct moderation *m,
	const struct identity *i, struct utterance *u, struct arena *arena)
{
	bool masked = false;
	if (!m->n_words || !stops(MODERATION_WORD, u->talk))
		return NULL;
	for (size_t n = 0; n < u->n; n++)
		u->texts[n] = seen(u->texts[n], arena);
	u->names.by = seen(u->names.by, arena);
	u->names.to = seen(u->names.to, arena);
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
