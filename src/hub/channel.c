// SPDX-License-Identifier: MIT
#include "base/mem.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "hub/delivery.h"
#include "hub/hub.h"
#include <stdlib.h>

bool channel_name_ok(struct span name)
{
	if (name.n == 0 || name.n > CHANNEL_NAME_MAX || !utf8_valid(name))
		return false;
	for (size_t i = 0; i < name.n; i++)
		if ((unsigned char)name.p[i] <= ' ' || name.p[i] == 0x7f)
			return false;
	return true;
}

struct channel *channel_find(const struct identity *i, struct span name)
{
	return map_find(&i->channels, name);
}

void channel_free(struct channel *c)
{
	ensure(list_empty(&c->members));
	for (uint32_t i = 0; i < c->n_lines; i++)
		free(c->lines[i].text);
	for (int w = 0; w < WIRE_COUNT; w++)
		blob_unref(c->tick.blob[w]);
	list_unlink(&c->tick.open);
	free(c->lines);
	free(c->name);
	free(c);
}

static void drop(struct channel *c)
{
	map_take(&c->identity->channels, span_str(c->name));
	channel_free(c);
}

// Channels nobody is in are kept for their history, but not without end: the oldest goes.
static void make_room(struct identity *i)
{
	struct map_at at = map_first(&i->channels);
	if (i->n_idle <= CHANNEL_IDLE_MAX)
		return;
	while (((const struct channel *)at.value)->n_members)
		at = map_next(at);
	drop(at.value);
	i->n_idle--;
}

static struct channel *channel_get(struct identity *i, struct span name)
{
	struct channel *c = channel_find(i, name);
	if (c)
		return c;
	c = mem_zalloc(sizeof *c);
	c->identity = i;
	c->name = span_dup(name);
	list_init(&c->members);
	list_init(&c->tick.open);
	map_put(&i->channels, name, c);
	i->n_idle++;
	return c;
}

static struct member *member_of(const struct channel *c, const struct session *s)
{
	list_each(it, &s->memberships)
	{
		struct member *m = container_of(it, struct member, in_session);
		if (m->channel == c)
			return m;
	}
	return NULL;
}

bool channel_has(const struct channel *c, const struct session *s)
{
	return member_of(c, s) != NULL;
}

enum channel_joined channel_join(struct session *s, struct span name)
{
	struct identity *i = s->identity;
	struct channel *c = channel_find(i, name);
	if (c && member_of(c, s))
		return CHANNEL_ALREADY;
	if (s->n_channels >= SESSION_CHANNELS_MAX)
		return CHANNEL_TOO_MANY;
	struct member *m = mem_zalloc(sizeof *m);
	m->session = s;
	m->since = i->hub->seq;
	list_append(&s->memberships, &m->in_session);
	s->n_channels++;
	m->channel = c = channel_get(i, name);
	list_append(&c->members, &m->in_channel);
	session_changed(s);
	if (c->n_members++)
		return CHANNEL_JOINED;
	i->n_idle--;
	if (i->uplink)
		i->uplink->ops->listen(i->uplink, name, true);
	return CHANNEL_JOINED;
}

bool channel_leave(struct session *s, struct span name)
{
	struct identity *i = s->identity;
	struct channel *c = channel_find(i, name);
	struct member *m = c ? member_of(c, s) : NULL;
	if (!m)
		return false;
	list_unlink(&m->in_channel);
	list_unlink(&m->in_session);
	free(m);
	s->n_channels--;
	session_changed(s);
	if (--c->n_members)
		return true;
	if (i->uplink)
		i->uplink->ops->listen(i->uplink, span_str(c->name), false);
	if (c->n_lines == 0) {
		drop(c);
	} else {
		i->n_idle++;
		make_room(i);
	}
	return true;
}

void channel_publish(struct channel *c, struct message *m)
{
	struct delivery d;
	unsigned right = event_rows[m->event].right;
	delivery_begin(&d, c->identity, c, m);
	list_each(it, &c->members)
	{
		struct session *s = container_of(it, struct member, in_channel)->session;
		if (rights_cover(s->rights, right))
			delivery_to(&d, s);
	}
	delivery_end(&d);
}

static struct channel_line *line_at(const struct channel *c, uint32_t i)
{
	uint32_t first = (c->next_line + c->lines_max - c->n_lines) % c->lines_max;
	return &c->lines[(first + i) % c->lines_max];
}

// A reload may have changed how many are kept: the newest stay.
static void resize(struct channel *c, uint32_t max)
{
	struct channel_line *lines = max ? mem_array(max, sizeof *lines) : NULL;
	uint32_t n = 0, too_many = c->n_lines > max ? c->n_lines - max : 0;
	for (uint32_t i = 0; i < c->n_lines; i++)
		if (i < too_many)
			free(line_at(c, i)->text);
		else
			lines[n++] = *line_at(c, i);
	free(c->lines);
	c->lines = lines;
	c->lines_max = max;
	c->n_lines = n;
	c->next_line = max ? n % max : 0;
}

void channel_remember(struct channel *c, const struct channel_line *line)
{
	if (c->identity->hub->history)
		history_keep(c->identity->hub->history, c, line);
	if (c->lines_max != c->identity->hub->history_lines)
		resize(c, c->identity->hub->history_lines);
	if (!c->lines_max)
		return;
	struct channel_line *l = &c->lines[c->next_line];
	free(l->text);
	*l = *line;
	char *at = l->text =
		mem_alloc(line->from_mud.n + line->from_user.n + line->visname.n + line->message.n);
	l->from_mud = span_put(&at, line->from_mud);
	l->from_user = span_put(&at, line->from_user);
	l->visname = span_put(&at, line->visname);
	l->message = span_put(&at, line->message);
	c->next_line = (c->next_line + 1) % c->lines_max;
	if (c->n_lines < c->lines_max)
		c->n_lines++;
}

const struct channel_line *channel_line(const struct channel *c, uint32_t i)
{
	ensure(i < c->n_lines);
	return line_at(c, i);
}
