// SPDX-License-Identifier: MIT
#include "bridge/links.h"
#include "base/metric.h"

static struct bridge_link *of(struct link *it)
{
	return container_of(it, struct bridge_link, link);
}

void bridge_links_init(struct bridge_links *all, struct hub *hub, struct bridge_route *route,
	const struct bridge_links_ops *ops)
{
	*all = (struct bridge_links){.hub = hub, .route = route, .ops = ops};
	list_init(&all->links);
	list_init(&all->heard);
	bridge_guard_init(&all->guard);
}

static bool is_same(const struct config_link *a, const struct config_link *b)
{
	return strcmp(a->channel_id, b->channel_id) == 0 &&
	       strcmp(a->i3_channel, b->i3_channel) == 0 && strcmp(a->mud, b->mud) == 0;
}

static const struct config_link *entry_of(
	const struct config_links *entries, const struct config_link *was)
{
	for (size_t i = 0; i < entries->n; i++)
		if (is_same(&entries->at[i], was))
			return &entries->at[i];
	return NULL;
}

static bool is_open(const struct bridge_links *all, const struct config_link *entry)
{
	list_each(it, &all->links) if (of(it)->config == entry) return true;
	return false;
}

void bridge_links_configure(struct bridge_links *all, const struct config *c)
{
	struct config_links none = {0};
	const struct config_links *entries = c->bridge.enabled ? &c->bridge.links : &none;
	all->config = c;
	list_each(it, &all->links)
	{
		struct bridge_link *l = of(it);
		const struct config_link *entry = entry_of(entries, l->config);
		if (entry)
			l->config = entry;
		else
			bridge_link_close(l);
	}
	for (size_t i = 0; i < entries->n; i++)
		if (!is_open(all, &entries->at[i]))
			bridge_link_open(all, &entries->at[i]);
}

// Another may have brought it here since it was heard.
static void bring(struct bridge_links *all, struct bridge_message *m)
{
	uint64_t stop = bridge_stop(BRIDGE_STOP_CHANNEL, m->words.channel);
	if (bridge_trail_enter(m->trail, stop, m->by) == BRIDGE_ENTRY_NOT) {
		metric_add(METRIC_LINKS_STOPPED, !m->twin);
		bridge_message_free(m);
		return;
	}
	metric_add(METRIC_LINKS_IN, !m->twin);
	all->ops->pass(all, m);
}

void bridge_links_run(struct bridge_links *all)
{
	for (size_t n = all->n_heard; n; n--) {
		struct link *first = all->heard.next;
		list_unlink(first);
		all->n_heard--;
		bring(all, container_of(first, struct bridge_message, link));
	}
	if (all->n_heard)
		all->ops->wake(all);
}

struct value bridge_links_value(const struct bridge_links *all, struct arena *a)
{
	struct value_list list = {.arena = a};
	list_each(it, &all->links)
	{
		const struct bridge_link *l = of(it);
		struct value_list one = {.arena = a};
		value_pair(&one, "channel_id", value_str(l->config->channel_id));
		value_pair(&one, "i3_channel", value_str(l->config->i3_channel));
		value_pair(&one, "mud", value_str(l->config->mud));
		value_pair(&one, "state", value_str(bridge_link_state(l, a)));
		value_push(&list, value_list_map(&one));
	}
	return value_list_array(&list);
}

void bridge_links_fini(struct bridge_links *all)
{
	list_each(it, &all->links) bridge_link_close(of(it));
	list_each(it, &all->heard)
		bridge_message_free(container_of(it, struct bridge_message, link));
	bridge_guard_fini(&all->guard);
}
