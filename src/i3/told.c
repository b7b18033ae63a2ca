// SPDX-License-Identifier: MIT
#include "i3/told.h"
#include "base/mem.h"
#include <stdlib.h>

void told_init(struct told *t)
{
	*t = (struct told){0};
	list_init(&t->lines);
}

static struct told_line *of(struct link *it)
{
	return container_of(it, struct told_line, link);
}

void told_forget(struct told *t, struct told_line *line)
{
	list_unlink(&line->link);
	t->n--;
	free(line);
}

void told_fini(struct told *t)
{
	list_each(it, &t->lines) told_forget(t, of(it));
}

static void forget_old(struct told *t, uint64_t now_ms)
{
	list_each(it, &t->lines)
	{
		if (of(it)->until_ms > now_ms)
			return;
		told_forget(t, of(it));
	}
}

void told_put(struct told *t, const struct told_new *n, uint64_t now_ms)
{
	size_t bytes = n->type.n + n->id.n + n->from_user.n + n->to_mud.n + n->to_user.n;
	forget_old(t, now_ms);
	if (t->n >= TOLD_MAX)
		told_forget(t, of(t->lines.next));
	struct told_line *line = mem_alloc(sizeof *line + bytes);
	*line = (struct told_line){
		.until_ms = now_ms + TOLD_MS, .place = n->place, .digest = span_digest(n->text)};
	char *at = line->bytes;
	line->type = span_put(&at, n->type);
	line->id = span_put(&at, n->id);
	line->from_user = span_put(&at, n->from_user);
	line->to_mud = span_put(&at, n->to_mud);
	line->to_user = span_put(&at, n->to_user);
	list_append(&t->lines, &line->link);
	t->n++;
}

struct told_line *told_find(const struct told *t, struct span id)
{
	list_each(it, &t->lines) if (span_eq(of(it)->id, id)) return of(it);
	return NULL;
}

static bool is_copy(const struct told_line *line, const struct value *packet)
{
	return span_eq(value_text(value_at(packet, 0)), line->type) &&
	       span_caseeq(value_text(value_at(packet, 3)), line->from_user) &&
	       span_caseeq(value_text(value_at(packet, 4)), line->to_mud) &&
	       span_caseeq(value_text(value_at(packet, 5)), line->to_user);
}

struct told_line *told_quoted(struct told *t, const struct value *packet, uint64_t now_ms)
{
	struct told_line *first = NULL;
	uint64_t wanted = span_digest(value_text(value_at(packet, 7)));
	forget_old(t, now_ms);
	list_each(it, &t->lines)
	{
		struct told_line *line = of(it);
		if (!is_copy(line, packet))
			continue;
		if (line->digest == wanted)
			return line;
		if (!first)
			first = line;
	}
	return first;
}

struct told_line *told_by(struct told *t, struct span from_user, struct span mud, uint64_t now_ms)
{
	forget_old(t, now_ms);
	list_each(it, &t->lines)
	{
		struct told_line *line = of(it);
		if (span_caseeq(line->from_user, from_user) &&
			(!mud.n || span_caseeq(line->to_mud, mud)))
			return line;
	}
	return NULL;
}

struct told_line *told_unsent(const struct told *t, uint64_t taken)
{
	list_each(it, &t->lines) if (of(it)->place > taken) return of(it);
	return NULL;
}
