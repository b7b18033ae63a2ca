// SPDX-License-Identifier: MIT
// The news service, of which there is only a draft:
//
//	news-grplist-req  nothing                                 answer: groups
//	news-read-req     1-5 as in-band, 6 group  7 number       answer: time, thread, subject,
//	                                                          poster, text
//	news-post-req     1 MUD  2 port  3 group  4 thread        answer: a bare number
//	                  5 subject  6 poster  7 text
//
// A group is name, first and last number.  Answers have no type: the one question under way on a link
// knows its own.
#include "base/mem.h"
#include "base/utf8.h"
#include "i3/oob/group.h"
#include "i3/oob/request.h"
#include "i3/packet.h"
#include "i3/service.h"

enum {
	READ_ELEMENTS = PACKET_HEADER + 2,
	POST_ELEMENTS = 8,
	HEARD_GROUPS_MAX = 1000, // of a list we hear: it becomes one event
};

static void send_array(struct oob_session *s, const struct value *at, size_t n)
{
	struct value v = value_array(at, n);
	oob_session_send(s, &v);
}

// --- serving ---

static void hear_groups(struct oob_session *s, const struct value *v)
{
	struct value_list all = {.arena = &s->oob->arena};
	(void)v;
	for (struct map_at at = map_first(&s->office->groups); at.value; at = map_next(at)) {
		const struct oob_group *g = at.value;
		struct value one[] = {
			value_str(g->name), value_int(oob_group_first(g)), value_int(g->last)};
		value_push(&all, value_array(arena_copy(all.arena, one, sizeof one), countof(one)));
	}
	send_array(s, all.at, all.n);
}

static void hear_read(struct oob_session *s, const struct value *v)
{
	struct oob_group *g = oob_group_find(s->office, value_text(value_at(v, PACKET_HEADER)));
	struct oob_article *a =
		g ? oob_group_article(g, heard_int(value_at(v, PACKET_HEADER + 1))) : NULL;
	if (a)
		oob_session_send(s, &a->kept);
	else
		oob_session_refuse(s, "unk-article", g ? "no such article" : "no such newsgroup");
}

static void on_kept(void *owner, uint64_t id, enum store_result result)
{
	struct oob_article *a = owner;
	struct oob_office *f = a->office;
	struct oob_session *s = a->session ? oob_session_find(f->oob, a->session) : NULL;
	struct value number = value_int(a->number);
	(void)id;
	a->stored = result == STORE_OK;
	oob_begin(f->oob);
	if (!a->session) {
		struct value_list params = {.arena = &f->oob->arena};
		value_pair(&params, "status", value_str(a->stored ? "posted" : "failed"));
		value_pair(&params, a->stored ? "id" : "error_message",
			a->stored ? number : value_str("the store did not keep it"));
		oob_tell(f, EVENT_COUNT, a->request, &params);
	}
	if (s && a->stored)
		oob_session_send(s, &number);
	else if (s)
		oob_session_refuse(s, "not-allowed", "the store did not keep it");
	if (s)
		oob_session_go_on(s);
	if (!a->stored)
		oob_article_failed(a);
	oob_end(f->oob);
}

struct posting {
	struct span group, subject, poster, text;
	int64_t thread;
};

// NULL, or what is wrong with it; cleans it.
static const char *check(struct arena *a, struct posting *p)
{
	p->group = text_clean_name(a, p->group);
	p->subject = utf8_cut(text_clean_name(a, p->subject), ARTICLE_SUBJECT_MAX);
	p->poster = utf8_cut(text_clean_name(a, p->poster), TEXT_USER_MAX);
	p->text = utf8_clean(a, p->text);
	if (!p->group.n || p->group.n > GROUP_NAME_MAX)
		return "a newsgroup has a name of 1 to 64 bytes";
	if (!p->text.n || p->text.n > ARTICLE_TEXT_MAX)
		return "an article has 1 to 65536 bytes";
	return p->thread < 0 ? "no such thread" : NULL;
}

static struct oob_article *post(struct oob_office *f, const struct posting *p)
{
	struct value kept[ARTICLE_SIZE] = {
		[ARTICLE_TIME] = value_int((int64_t)(clock_wall_us() / 1000000)),
		[ARTICLE_THREAD] = value_int(p->thread),
		[ARTICLE_SUBJECT] = value_span(p->subject),
		[ARTICLE_POSTER] = value_span(p->poster),
		[ARTICLE_TEXT] = value_span(p->text)};
	return oob_group_post(f, p->group, kept, on_kept);
}

static bool lets_in(const struct oob_session *s, struct posting *p)
{
	struct span texts[] = {p->subject, p->text};
	struct utterance said = {
		.talk = TALK_TELL, .user = p->poster, .texts = texts, .n = countof(texts)};
	if (!oob_lets_in(s, &said))
		return false;
	p->subject = texts[0];
	p->text = texts[1];
	return true;
}

static struct span join(struct arena *a, struct span user, const char *mud)
{
	return arena_join(a, arena_join(a, user, SPAN("@")), span_str(mud));
}

static void hear_post(struct oob_session *s, const struct value *v)
{
	struct arena *arena = &s->oob->arena;
	struct posting p = {.group = value_text(value_at(v, 3)),
		.thread = heard_int(value_at(v, 4)),
		.subject = value_text(value_at(v, 5)),
		.poster = value_text(value_at(v, 6)),
		.text = value_text(value_at(v, 7))};
	const char *why = check(arena, &p);
	if (!oob_config(s->oob)->oob.news_post)
		why = "other MUDs may not post here";
	else if (!why && !oob_group_find(s->office, p.group))
		why = "no such newsgroup";
	if (!why && !lets_in(s, &p))
		why = "not let in";
	p.poster = join(arena, p.poster, s->mud);
	struct oob_article *a = why ? NULL : post(s->office, &p);
	if (a) {
		a->session = s->id;
		oob_session_hold(s);
	} else {
		oob_session_refuse(s, "not-allowed", why ? why : "there is no room");
	}
}

// --- ours ---

static struct value group_facts(struct arena *a, struct span name, int64_t first, int64_t last)
{
	struct value_list one = {.arena = a};
	value_pair(&one, "group", value_span(name));
	value_pair(&one, "first", value_int(first));
	value_pair(&one, "last", value_int(last));
	return value_list_map(&one);
}

static void put_article(struct value_list *out, const struct value *kept)
{
	value_pair(out, "time", kept[ARTICLE_TIME]);
	value_pair(out, "thread", kept[ARTICLE_THREAD]);
	value_pair(out, "subject", kept[ARTICLE_SUBJECT]);
	value_pair(out, "poster", kept[ARTICLE_POSTER]);
	value_pair(out, "message", kept[ARTICLE_TEXT]);
}

static void our_groups(struct oob_office *f, struct exchange_answer *a)
{
	struct value_list all = {.arena = a->result.arena};
	for (struct map_at at = map_first(&f->groups); at.value; at = map_next(at)) {
		const struct oob_group *g = at.value;
		value_push(&all,
			group_facts(all.arena, span_str(g->name), oob_group_first(g), g->last));
	}
	a->said = EXCHANGE_DONE;
	value_pair(&a->result, "status", value_str("done"));
	value_pair(&a->result, "groups", value_list_array(&all));
}

static void our_article(
	struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	struct oob_group *g = oob_group_find(f, w->name);
	struct oob_article *article = g ? oob_group_article(g, w->number) : NULL;
	if (!article) {
		oob_refuse(a, g ? "id" : "group", g ? "no such article" : "no such newsgroup");
		return;
	}
	struct value copy = value_copy(a->result.arena, &article->kept);
	a->said = EXCHANGE_DONE;
	value_pair(&a->result, "status", value_str("done"));
	put_article(&a->result, copy.at);
}

static void our_post(struct oob_office *f, struct posting *p, struct exchange_answer *a)
{
	struct oob_article *article = post(f, p);
	if (!article) {
		a->said = EXCHANGE_FULL;
		return;
	}
	a->said = EXCHANGE_LATER;
	a->soon_s = OOB_STORED_S;
	a->number = article->request = oob_number(f);
}

// --- asking ---

static bool read_groups(const struct oob_request *r, const struct value *v,
	struct value_list *params, const char **why)
{
	struct i3_link *l = oob_link(r->office);
	struct value_list all = {.arena = params->arena};
	(void)why;
	if (v->type != VALUE_ARRAY || (v->n && v->at[0].type != VALUE_ARRAY))
		return false;
	for (size_t i = 0; i < v->n && i < HEARD_GROUPS_MAX; i++) {
		struct span name = heard_name(l, value_text(value_at(&v->at[i], 0)));
		value_push(&all, group_facts(all.arena, utf8_cut(name, GROUP_NAME_MAX),
					 heard_int(value_at(&v->at[i], 1)),
					 heard_int(value_at(&v->at[i], 2))));
	}
	value_pair(params, "groups", value_list_array(&all));
	return true;
}

static bool read_article(const struct oob_request *r, const struct value *v,
	struct value_list *params, const char **why)
{
	struct i3_link *l = oob_link(r->office);
	if (v->type != VALUE_ARRAY || v->n < ARTICLE_SIZE || !value_is_int(&v->at[0]))
		return false;
	struct span text = utf8_clean(&l->arena, value_text(&v->at[ARTICLE_TEXT]));
	if (text.n > ARTICLE_TEXT_MAX)
		*why = "too long: at most 65536 bytes";
	const struct value kept[ARTICLE_SIZE] = {v->at[ARTICLE_TIME],
		value_int(heard_int(&v->at[ARTICLE_THREAD])),
		value_span(heard_name(l, value_text(&v->at[ARTICLE_SUBJECT]))),
		value_span(heard_name(l, value_text(&v->at[ARTICLE_POSTER]))), value_span(text)};
	put_article(params, kept);
	return true;
}

static bool read_posted(const struct oob_request *r, const struct value *v,
	struct value_list *params, const char **why)
{
	(void)r, (void)why;
	if (!value_is_int(v))
		return false;
	value_pair(params, "id", *v);
	return true;
}

static void ask(struct oob_office *f, const struct exchange_wish *w, const struct posting *p,
	struct exchange_answer *a)
{
	static const struct oob_request_kind kinds[] = {{EVENT_NEWS_GROUPS_REPLY, read_groups},
		{EVENT_NEWS_READ_REPLY, read_article}, {EVENT_NEWS_POST_REPLY, read_posted}};
	const struct config_identity *c = i3_identity(f->oob->i3, f->identity->name);
	struct value us = value_str(f->identity->name);
	struct value user = value_span(p->poster), group = value_span(p->group);
	struct value_list about = {.arena = a->result.arena};
	struct value groups[] = {value_str("news-grplist-req")};
	struct value article[] = {value_str("news-read-req"), value_int(PACKET_TTL), us, user,
		value_int(0), value_int(0), group, value_int(w->number)};
	struct value posted[] = {value_str("news-post-req"), us, value_int(c->port), group,
		value_int(p->thread), value_span(p->subject), user, value_span(p->text)};
	struct oob_request_new new = {.service = &oob_service_news,
		.kind = &kinds[w->verb - EXCHANGE_NEWS_GROUPS],
		.packet = groups,
		.n = countof(groups),
		.about = &about};
	if (w->verb == EXCHANGE_NEWS_READ) {
		new.packet = article;
		new.n = countof(article);
		value_pair(&about, "id", value_int(w->number));
	} else if (w->verb == EXCHANGE_NEWS_POST) {
		new.packet = posted;
		new.n = countof(posted);
	}
	if (w->verb != EXCHANGE_NEWS_GROUPS)
		value_pair(&about, "group", group);
	oob_request(f, w, &new, a);
}

static void wish(struct oob_office *f, const struct exchange_wish *w, struct exchange_answer *a)
{
	struct posting p = {.group = w->name,
		.subject = w->subject,
		.poster = w->from_user,
		.text = w->text,
		.thread = w->number};
	const char *why = check(a->result.arena, &p);
	if (why && w->verb == EXCHANGE_NEWS_POST)
		oob_refuse(a, p.group.n ? "message" : "group", why);
	else if (w->mud.n && !span_caseeq(w->mud, span_str(f->identity->name)))
		ask(f, w, &p, a);
	else if (w->verb == EXCHANGE_NEWS_POST)
		our_post(f, &p, a);
	else if (w->verb == EXCHANGE_NEWS_READ)
		our_article(f, w, a);
	else
		our_groups(f, a);
}

static void fini(struct oob_office *f)
{
	oob_requests_free(f);
	oob_groups_free(f);
}

const struct oob_service oob_service_news = {
	.advertise = "news",
	.offered = offsetof(struct config_identity, services.news),
	.packets = (const struct oob_packet_row[]){{"news-grplist-req", 1, hear_groups},
		{"news-post-req", POST_ELEMENTS, hear_post},
		{"news-read-req", READ_ELEMENTS, hear_read}, {0}},
	.first = EXCHANGE_NEWS_GROUPS,
	.last = EXCHANGE_NEWS_POST,
	.wish = wish,
	.load = oob_groups_load,
	.fini = fini,
};
