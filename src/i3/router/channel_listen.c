// SPDX-License-Identifier: MIT
// Who listens to what.  It ends with the link.
#include "base/mem.h"
#include "i3/router/router_priv.h"
#include <stdlib.h>

static struct router_listen *listen_of(const struct router_link *l, const struct router_channel *c)
{
	list_each(it, &l->listens)
	{
		struct router_listen *n = container_of(it, struct router_listen, of_link);
		if (n->channel == c)
			return n;
	}
	return NULL;
}

static void leave(struct router_listen *n)
{
	if (!n)
		return;
	router_channel_used(n->channel);
	n->who->listening--;
	list_unlink(&n->of_channel);
	list_unlink(&n->of_link);
	free(n);
}

bool router_channel_hears(const struct router_link *l, const struct router_channel *c)
{
	return listen_of(l, c) != NULL;
}

bool router_channel_join(struct router_link *l, struct router_channel *c, const struct packet *p)
{
	if (l->listening >= ROUTER_LISTENS_MAX) {
		router_error(l, "not-allowed", "you listen to too many channels", p);
		return false;
	}
	struct router_listen *n = mem_zalloc(sizeof *n);
	n->channel = c;
	n->who = l;
	list_append(&c->listens, &n->of_channel);
	list_append(&l->listens, &n->of_link);
	l->listening++;
	return true;
}

void router_channels_leave(struct router_link *l)
{
	list_each(it, &l->listens) leave(container_of(it, struct router_listen, of_link));
}

void router_channel_empty(struct router_channel *c)
{
	list_each(it, &c->listens) leave(container_of(it, struct router_listen, of_channel));
}

void router_channel_sift(struct router_channel *c)
{
	list_each(it, &c->listens)
	{
		struct router_listen *n = container_of(it, struct router_listen, of_channel);
		if (!router_channel_admits(c, router_link_name(n->who)))
			leave(n);
	}
}

void router_channel_refuse(
	struct router_link *l, const struct router_channel *c, const struct packet *p)
{
	struct buf words = {0};
	buf_printf(&words,
		c->type == ROUTER_CHANNEL_OPEN ? "your MUD is banned from %s"
					       : "your MUD is not admitted to %s",
		c->name);
	buf_char(&words, '\0');
	router_error(l, "not-allowed", words.p, p);
	buf_fini(&words);
}

void router_channel_listen(struct router_link *l, struct packet *p)
{
	const struct value *on = value_at(p->all, CHANNEL_FLAG);
	if (p->all->n != CHANNEL_SIZE_FLAG || !value_is_str(value_at(p->all, CHANNEL_NAME)) ||
		!value_is_int(on)) {
		router_error(l, "bad-pkt", "channel-listen is a channel and 1 or 0", p);
		return;
	}
	struct router_channel *c = router_channel_of(l, p);
	if (!c)
		return;
	struct router_listen *n = listen_of(l, c);
	if (!on->i)
		leave(n);
	else if (!router_channel_admits(c, router_link_name(l)))
		router_channel_refuse(l, c, p);
	else if (!n)
		(void)router_channel_join(l, c, p);
}
