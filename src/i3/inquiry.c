// SPDX-License-Identifier: MIT
#include "i3/inquiry.h"
#include "base/mem.h"
#include "i3/service.h"
#include <stdlib.h>

struct inquiry {
	struct query query;
	struct i3_link *link;
	inquiry_answer *answer;
	struct packet packet;
	struct value all;
	void *block;
};

static void start_timer(struct i3_link *l)
{
	uint64_t due = queries_due(&l->identity->queries), now = clock_ms();
	if (due == CLOCK_NEVER)
		timer_stop(&l->inquiries.timer);
	else
		timer_start(&l->inquiries.timer, due > now ? due - now : 0);
}

static void on_time(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, inquiries.timer);
	queries_expire(&l->identity->queries, clock_ms());
	start_timer(l);
}

void inquiries_init(struct i3_link *l)
{
	link_timer(l, &l->inquiries.timer, on_time);
}

static void inquiry_free(struct inquiry *q)
{
	free(q->block);
	free(q);
}

// Answering may end the link, and with it all that are still open: so this one is not, meanwhile.
static enum sent run(struct query *r, const struct value *answer)
{
	struct inquiry *q = container_of(r, struct inquiry, query);
	struct i3_link *l = q->link;
	query_close(&l->identity->queries, r);
	link_begin(l);
	bool off = moderation_off(&l->identity->hub->moderation, l->identity);
	enum sent sent = off ? SENT : q->answer(l, &q->packet, answer);
	link_end(l);
	if (answer && sent != SENT && link_logged_in(l))
		query_reopen(&l->identity->queries, r);
	else
		inquiry_free(q);
	return sent;
}

void inquiries_drop(struct i3_link *l)
{
	struct queries *all = &l->identity->queries;
	list_each(it, &all->open)
	{
		struct query *r = container_of(it, struct query, link);
		query_close(all, r);
		inquiry_free(container_of(r, struct inquiry, query));
	}
	timer_stop(&l->inquiries.timer);
}

static bool may_wait(const struct i3_link *l, const struct packet *p, enum query_kind kind)
{
	const struct identity *i = l->identity;
	return identity_wants(i, kind) && !queries_full(&i->queries, kind) &&
	       value_bytes(p->all) <= INQUIRY_BYTES_MAX;
}

void inquiry_open(struct i3_link *l, const struct packet *p, const struct inquiry_spec *spec)
{
	const char *why;
	if (!may_wait(l, p, spec->kind)) {
		spec->answer(l, p, NULL);
		return;
	}
	struct inquiry *q = mem_zalloc(sizeof *q);
	q->query.kind = spec->kind;
	q->query.run = run;
	q->link = l;
	q->answer = spec->answer;
	q->block = value_pack(p->all, &q->all);
	ensure(packet_read(&q->all, &q->packet, &why));
	query_open(&l->identity->queries, &q->query, clock_ms());
	value_pair(spec->params, "request_id", value_str(q->query.id));
	struct value params = value_list_map(spec->params);
	identity_ask(l->identity, spec->kind, &params);
	start_timer(l);
}

void inquiry_hear(struct i3_link *l, const struct packet *p, const struct inquiry_about *about,
	inquiry_answer *answer)
{
	struct value_list params = {.arena = &l->arena};
	event_name(l, &params, "from_mud", p->originator_mud);
	event_name(l, &params, "from_user", p->originator_user);
	if (about->key)
		event_name(l, &params, about->key, packet_text(p, 6));
	inquiry_open(l, p, &(struct inquiry_spec){about->kind, answer, &params});
}

struct span inquiry_text(struct i3_link *l, const struct value *answer, const char *key, size_t max)
{
	return utf8_cut(utf8_clean(&l->arena, user_field(answer, key)), max);
}

struct span inquiry_name(struct i3_link *l, const struct value *answer, const char *key)
{
	return utf8_cut(text_clean_name(&l->arena, user_field(answer, key)), INQUIRY_NAME_MAX);
}
