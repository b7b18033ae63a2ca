// SPDX-License-Identifier: MIT
#include "i3/oob/group.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/service.h"
#include "proto/lpc.h"
#include <stdlib.h>

static const struct span table = {"i3_news", sizeof "i3_news" - 1};

static struct buf key_of(const struct oob_article *a)
{
	struct buf key = {0};
	buf_printf(&key, "%s\n%s\n%020lld", a->office->identity->name, a->group->name,
		(long long)a->number);
	return key;
}

struct oob_group *oob_group_find(struct oob_office *f, struct span name)
{
	return map_find(&f->groups, name);
}

static struct oob_group *group_get(struct oob_office *f, struct span name)
{
	struct oob_group *g = oob_group_find(f, name);
	if (g || map_count(&f->groups) >= GROUPS_MAX)
		return g;
	g = mem_zalloc(sizeof *g);
	g->name = span_dup(name);
	list_init(&g->articles);
	map_put(&f->groups, name, g);
	return g;
}

static void group_free(struct oob_office *f, struct oob_group *g)
{
	map_take(&f->groups, span_str(g->name));
	free(g->name);
	free(g);
}

struct oob_article *oob_group_article(struct oob_group *g, int64_t number)
{
	list_each(it, &g->articles)
	{
		struct oob_article *a = container_of(it, struct oob_article, in_group);
		if (a->number == number && a->stored)
			return a;
	}
	return NULL;
}

int64_t oob_group_first(const struct oob_group *g)
{
	if (list_empty(&g->articles))
		return 0;
	return container_of(g->articles.next, struct oob_article, in_group)->number;
}

static struct oob_article *article_new(
	struct oob_office *f, struct oob_group *g, int64_t number, const struct value *kept)
{
	struct oob_article *a = mem_zalloc(sizeof *a);
	a->office = f;
	a->group = g;
	a->number = number;
	a->block = value_pack(kept, &a->kept);
	a->bytes = value_bytes(kept);
	f->oob->news_bytes += a->bytes;
	list_append(&g->articles, &a->in_group);
	g->n++;
	g->last = number > g->last ? number : g->last;
	return a;
}

static void article_free(struct oob_article *a)
{
	store_forget(a->office->oob->i3->store, a);
	a->office->oob->news_bytes -= a->bytes;
	a->group->n--;
	list_unlink(&a->in_group);
	free(a->block);
	free(a);
}

static void take(struct oob_article *a)
{
	struct buf key = key_of(a);
	store_take(a->office->oob->i3->store, table, buf_bytes(&key), NULL, NULL);
	buf_fini(&key);
	article_free(a);
}

// The store may hold it for later: whoever posted it is told that it is not there.
void oob_article_failed(struct oob_article *a)
{
	struct oob_group *g = a->group;
	struct oob_office *f = a->office;
	take(a);
	if (!g->n)
		group_free(f, g);
}

// The oldest goes, unless it is still on its way to the store.
static bool make_room(struct oob_group *g)
{
	struct oob_article *oldest = container_of(g->articles.next, struct oob_article, in_group);
	if (g->n < GROUP_ARTICLES)
		return true;
	if (!oldest->stored)
		return false;
	take(oldest);
	return true;
}

struct oob_article *oob_group_post(
	struct oob_office *f, struct span group, struct value *kept, store_done *done)
{
	struct value all = value_array(kept, ARTICLE_SIZE);
	struct oob_group *g = NULL;
	if (f->oob->news_bytes + value_bytes(&all) <= NEWS_BYTES_MAX)
		g = group_get(f, group);
	if (!g || !make_room(g))
		return NULL;
	if (!kept[ARTICLE_THREAD].i)
		kept[ARTICLE_THREAD] = value_int(g->last + 1);
	struct oob_article *a = article_new(f, g, g->last + 1, &all);
	struct buf key = key_of(a), text = {0};
	lpc_put(&text, &all);
	store_put(f->oob->i3->store, table, buf_bytes(&key), buf_bytes(&text), done, a);
	buf_fini(&key);
	buf_fini(&text);
	return a;
}

// --- life ---

static void on_row(void *owner, struct span key, struct span text)
{
	struct arena arena = {0};
	struct lpc_error error;
	struct value v;
	struct span digits = key, name = span_until(digits, '\n');
	span_take(&digits, min_size(name.n + 1, digits.n));
	struct span group = span_until(digits, '\n');
	span_take(&digits, min_size(group.n + 1, digits.n));
	uint64_t number;
	struct oob_office *f = oob_office_named(owner, name);
	while (digits.n > 1 && digits.p[0] == '0')
		span_take(&digits, 1);
	bool good = f && group.n && span_uint(digits, INT64_MAX, &number) &&
		    lpc_read(&arena, &text, &v, &error) && v.type == VALUE_ARRAY &&
		    v.n == ARTICLE_SIZE;
	struct oob_group *g = good ? group_get(f, group) : NULL;
	if (g)
		article_new(f, g, (int64_t)number, &v)->stored = true;
	else
		log_error("article_left", log_span("article", key),
			log_str("why", f ? "unreadable" : "not an identity of ours"));
	arena_fini(&arena);
}

void oob_groups_load(struct oob *o)
{
	store_load(o->i3->store, table, on_row, o, "the newsgroups");
}

void oob_groups_free(struct oob_office *f)
{
	for (struct map_at at = map_first(&f->groups); at.value; at = map_next(at)) {
		struct oob_group *g = at.value;
		list_each(it, &g->articles)
			article_free(container_of(it, struct oob_article, in_group));
		group_free(f, g);
	}
	map_fini(&f->groups);
}
