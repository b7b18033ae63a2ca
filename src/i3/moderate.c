// SPDX-License-Identifier: MIT
// Knows which packets are people's doing, and where in them is what people read.
#include "i3/moderate.h"
#include "i3/service.h"

enum { TEXTS_MAX = 4, FILTER_LINE = 7 };

static const struct kind {
	const char *type;
	enum talk talk;
	unsigned char texts[TEXTS_MAX]; // elements: visible names and messages; 0 ends
	unsigned char by, to;           // the visible names of who speaks and whom it is aimed at
	unsigned char user;             // whom it is about, when nobody sends it
} kinds[] = {
	{"channel-m", TALK_LINE, {7, 8}, 7, 0, 0},
	{"channel-e", TALK_LINE, {7, 8}, 7, 0, 0},
	{"channel-t", TALK_LINE, {9, 10, 11, 12}, 11, 12, 0},
	{"tell", TALK_TELL, {6, 7}, 6, 0, 0},
	{"emoteto", TALK_TELL, {6, 7}, 6, 0, 0},
	{"beep", TALK_TELL, {6}, 6, 0, 0},
	{"ucache-update", TALK_REQUEST, {0}, 0, 0, 6},
	{"error", TALK_ANSWER, {0}, 0, 0, 0},
};

// NULL: nobody's talk, but how routers and MUDs keep house.
static const struct kind *kind_of(struct span type)
{
	static const struct kind request = {.talk = TALK_REQUEST}, answer = {.talk = TALK_ANSWER};
	for (size_t i = 0; i < countof(kinds); i++)
		if (span_is(type, kinds[i].type))
			return &kinds[i];
	if (span_ends(type, SPAN("-req")))
		return &request;
	return span_ends(type, SPAN("-reply")) ? &answer : NULL;
}

// The link must stay alive whatever is forbidden: the router's own packets pass, and probes we send
// to ourselves.
static bool is_housekeeping(const struct i3_link *l, const struct packet *p, enum talk talk)
{
	return !link_logged_in(l) || from_router(l, p) ||
	       (talk != TALK_LINE && span_caseeq(p->originator_mud, our_name(l)));
}

static const struct value *with(
	struct i3_link *l, const struct value *all, size_t i, struct value element)
{
	struct value *at = arena_copy(&l->arena, all->at, all->n * sizeof *at);
	struct value *changed = arena_alloc(&l->arena, sizeof *changed);
	at[i] = element;
	*changed = value_array(at, all->n);
	return changed;
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

static struct span name_at(struct i3_link *l, const struct packet *p, size_t i)
{
	return i ? heard_name(l, packet_text(p, i)) : (struct span){0};
}

// As long as it will be shown.
static struct span read_text(
	struct i3_link *l, const struct packet *p, const struct kind *kind, size_t i)
{
	return i == kind->by || i == kind->to ? name_at(l, p, i) : heard_text(l, p, i);
}

// What people would read of it may be masked in p.
static bool judge(struct i3_link *l, struct packet *p, const struct kind *kind)
{
	struct moderation *m = &l->identity->hub->moderation;
	struct span now[TEXTS_MAX], before[TEXTS_MAX];
	struct span by = name_at(l, p, kind->by);
	struct utterance u = {.talk = kind->talk,
		.user = p->originator_user.n ? p->originator_user : name_at(l, p, kind->user),
		.mud = p->originator_mud,
		.texts = now,
		.names = {by.n ? by : heard_name(l, p->originator_user), name_at(l, p, kind->to),
			kind->to}};
	for (; m->n_words && u.n < TEXTS_MAX && kind->texts[u.n]; u.n++)
		before[u.n] = now[u.n] = read_text(l, p, kind, kind->texts[u.n]);
	const struct moderation_rule *r = moderation_judge(m, l->identity, &u, &l->arena);
	if (r) {
		stop(l, p, &u, r);
		return false;
	}
	for (size_t i = 0; i < u.n; i++)
		if (now[i].p != before[i].p && value_is_str(value_at(p->all, kind->texts[i])))
			p->all = with(l, p->all, kind->texts[i], value_span(now[i]));
	return true;
}

// A line on a filtered channel of ours is its speaker's, though the router asks about it.
static bool judge_filtered(struct i3_link *l, struct packet *p)
{
	struct packet line;
	const char *why;
	if (!packet_read(value_at(p->all, FILTER_LINE), &line, &why))
		return true; // which its service drops
	const struct kind *kind = kind_of(line.type);
	const struct value *before = line.all;
	if (!kind || kind->talk != TALK_LINE)
		return true;
	if (!judge(l, &line, kind))
		return false;
	if (line.all != before)
		p->all = with(l, p->all, FILTER_LINE, *line.all);
	return true;
}

bool moderate_lets_in(struct i3_link *l, struct packet *p)
{
	const struct kind *kind = kind_of(p->type);
	if (span_is(p->type, "chan-filter-req") && from_router(l, p))
		return judge_filtered(l, p);
	return !kind || is_housekeeping(l, p, kind->talk) || judge(l, p, kind);
}
