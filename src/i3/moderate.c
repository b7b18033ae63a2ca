// SPDX-License-Identifier: MIT
// Knows which packets are people's doing, and where in them is what people read.
#include "i3/moderate.h"
#include "i3/service.h"

enum { TEXTS_MAX = 4 };

static const struct {
	const char *type;
	enum talk talk;
	unsigned char texts[TEXTS_MAX]; // elements: visible names and messages; 0 ends
} kinds[] = {
	{"channel-m", TALK_LINE, {7, 8}},
	{"channel-e", TALK_LINE, {7, 8}},
	{"channel-t", TALK_LINE, {9, 10, 11, 12}},
	{"tell", TALK_TELL, {6, 7}},
	{"emoteto", TALK_TELL, {6, 7}},
};

// False: nobody's talk, but how routers and MUDs keep house.
static bool read_talk(const struct packet *p, struct utterance *u, const unsigned char **texts)
{
	static const unsigned char none[TEXTS_MAX];
	*texts = none;
	for (size_t i = 0; i < countof(kinds); i++) {
		if (!span_is(p->type, kinds[i].type))
			continue;
		u->talk = kinds[i].talk;
		*texts = kinds[i].texts;
		return true;
	}
	u->talk = span_ends(p->type, SPAN("-req")) ? TALK_REQUEST : TALK_ANSWER;
	return u->talk == TALK_REQUEST || span_ends(p->type, SPAN("-reply"));
}

// The link must stay alive whatever is forbidden: the router's own packets pass, and probes we send
// to ourselves.
static bool is_housekeeping(const struct i3_link *l, const struct packet *p, enum talk talk)
{
	return !link_logged_in(l) || from_router(l, p) ||
	       (talk != TALK_LINE && span_caseeq(p->originator_mud, our_name(l)));
}

static void put_back(
	struct i3_link *l, struct packet *p, const struct utterance *u, const unsigned char *texts)
{
	struct value *at = arena_copy(&l->arena, p->all->at, p->all->n * sizeof *at);
	struct value *all = arena_alloc(&l->arena, sizeof *all);
	for (size_t i = 0; i < u->n; i++)
		if (value_is_str(&at[texts[i]]))
			at[texts[i]] = value_span(u->texts[i]);
	*all = value_array(at, p->all->n);
	p->all = all;
}

static const char *words_for(enum moderation_kind kind)
{
	switch (kind) {
	case MODERATION_MUTE: break;
	case MODERATION_BAN: return "you may not talk to this MUD";
	case MODERATION_WORD: return "this MUD does not take such words";
	case MODERATION_OFF: return "this MUD has switched talk with the network off";
	}
	return "not allowed";
}

// Nobody waits for an answer to what went to everybody, or to an answer.
static void stop(struct i3_link *l, const struct packet *p, const struct utterance *u,
	const struct moderation_rule *r)
{
	const char *words = words_for(r->spec.kind);
	log_debug("moderated", log_str("mud", l->identity->name), log_span("type", p->type),
		log_span("user", p->originator_user), log_span("from", p->originator_mud),
		log_int("rule", (int64_t)r->id));
	if (p->target_mud.n && (u->talk == TALK_TELL || u->talk == TALK_REQUEST))
		answer_error(l, p, "not-allowed", words);
}

bool moderate_lets_in(struct i3_link *l, struct packet *p)
{
	struct moderation *m = &l->identity->hub->moderation;
	struct span now[TEXTS_MAX], before[TEXTS_MAX];
	const unsigned char *texts;
	struct utterance u = {.user = p->originator_user, .mud = p->originator_mud, .texts = now};
	if (!read_talk(p, &u, &texts) || is_housekeeping(l, p, u.talk))
		return true;
	for (; m->n_words && u.n < TEXTS_MAX && texts[u.n]; u.n++)
		before[u.n] = now[u.n] = heard_text(l, p, texts[u.n]);
	const struct moderation_rule *r = moderation_judge(m, l->identity, &u, &l->arena);
	if (r) {
		stop(l, p, &u, r);
		return false;
	}
	if (u.n && memcmp(before, now, u.n * sizeof *now) != 0)
		put_back(l, p, &u, texts);
	return true;
}
