// SPDX-License-Identifier: MIT
#include "base/clock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "bridge/clean.h"
#include "bridge/links.h"
#include "bridge/wording.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	TEXT_LOOKED_AT =
		64 << 10, // bytes: four lines are made of far less, a message may have MiBs
	MSG_ID_BYTES = 32,
};

static const char ellipsis[] = "\u2026";

// --- towards the network ---

static const struct moderation_rule *judge(
	const struct bridge_link *l, struct bridge_line *line, struct arena *a)
{
	struct identity *i = l->session->identity;
	struct span texts[] = {line->name, line->text};
	struct utterance u = {.talk = TALK_LINE,
		.user = line->user,
		.mud = span_str(i->name),
		.texts = texts,
		.n = countof(texts),
		.names = {.by = line->name}};
	const struct moderation_rule *r = moderation_judge(&i->hub->moderation, i, &u, a);
	line->name = texts[0];
	line->text = texts[1];
	return r;
}

static void log_refused(const struct bridge_link *l, const char *why)
{
	metric_add(METRIC_LINKS_REFUSED, 1);
	log_debug("link_refused", log_str("channel", l->config->channel_id),
		log_str("i3_channel", l->config->i3_channel), log_str("why", why));
}

// NULL, or why not.
static const char *submit(
	struct bridge_link *l, const struct bridge_line *line, struct bridge_trail *trail)
{
	struct uplink *up = l->session->identity->uplink;
	struct intent i = {.kind = INTENT_CHANNEL_MESSAGE,
		.from_user = line->user,
		.visname = line->name,
		.channel = line->channel,
		.text = line->text};
	// Before it is said: the router in this process echoes at once.
	struct bridge_known *known = bridge_guard_say(&l->all->guard, line, trail, clock_ms());
	if (!known)
		return "too many lines in a minute";
	enum sent sent = up->ops->submit(up, &i);
	if (sent == SENT) {
		metric_add(METRIC_LINKS_OUT, 1);
		return NULL;
	}
	bridge_guard_unsaid(&l->all->guard, known);
	return sent == SENT_FULL ? "the router is slower than we are" : "the network is away";
}

static size_t line_max(const struct bridge_link *l)
{
	return min_size((size_t)l->all->config->channels.max_message_bytes, BRIDGE_LINK_LINE_MAX);
}

static struct span with_ellipsis(struct arena *a, struct span text, size_t max)
{
	size_t n = sizeof ellipsis - 1;
	if (max <= n)
		return text;
	return arena_join(a, bridge_next_line(&text, max - n), span_str(ellipsis));
}

// → lines said
static unsigned say_lines(struct bridge_link *l, const struct bridge_line *whole,
	struct bridge_trail *trail, struct arena *a)
{
	struct span rest = whole->text;
	size_t max = line_max(l);
	for (unsigned n = 0; n < BRIDGE_LINK_LINES_MAX; n++) {
		struct bridge_line line = *whole;
		line.text = bridge_next_line(&rest, max);
		if (!line.text.n)
			return n;
		if (n == BRIDGE_LINK_LINES_MAX - 1 && rest.n)
			line.text = with_ellipsis(a, line.text, max);
		const char *why = judge(l, &line, a) ? "moderation" : submit(l, &line, trail);
		if (why) {
			log_refused(l, why);
			return n;
		}
	}
	return BRIDGE_LINK_LINES_MAX;
}

static bool say(struct bridge_link *l, const struct bridge_message *m)
{
	struct arena a = {0};
	struct bridge_line line;
	const char *trouble = identity_trouble(l->session->identity);
	if (trouble) {
		log_refused(l, trouble);
		return false;
	}
	bridge_wording_out(l->config, &m->words, &a, &line);
	unsigned said = say_lines(l, &line, m->trail, &a);
	arena_fini(&a);
	return said > 0;
}

static bool take(struct bridge_link *l, struct bridge_message *m)
{
	uint64_t stop = bridge_stop(BRIDGE_STOP_NETWORK, span_str(l->config->i3_channel));
	if (m->twin || m->by == l->number)
		return false;
	if (!m->trail) {
		m->trail = bridge_trail_new();
		bridge_trail_enter(m->trail, bridge_stop(BRIDGE_STOP_CHANNEL, m->words.channel), 0);
	}
	enum bridge_entry entry = bridge_trail_enter(m->trail, stop, l->number);
	if (entry == BRIDGE_ENTRY_NOT) {
		metric_add(METRIC_LINKS_STOPPED, 1);
		return false;
	}
	if (say(l, m))
		return true;
	if (entry == BRIDGE_ENTRY_FIRST)
		bridge_trail_retract(m->trail, stop); // another link may come through
	return false;
}

static bool take_from_mod(struct bridge_recipient *r, struct bridge_message *m)
{
	return take(container_of(r, struct bridge_link, recipients[BRIDGE_MOD]), m);
}

static bool take_from_bot(struct bridge_recipient *r, struct bridge_message *m)
{
	return take(container_of(r, struct bridge_link, recipients[BRIDGE_BOT]), m);
}

// --- towards the bridge ---

// One for each side: to bots it comes from a mod, to mods from a bot.
static void keep(struct bridge_link *l, struct bridge_words *w, struct bridge_trail *trail)
{
	for (int side = 0; side < BRIDGE_SIDES; side++) {
		w->from = (enum bridge_side)side;
		struct bridge_message *m = bridge_message_new(w);
		m->trail = bridge_trail_ref(trail);
		m->by = l->number;
		m->twin = side > 0;
		list_append(&l->all->heard, &m->link);
		l->all->n_heard++;
	}
	l->all->ops->wake(l->all);
}

static void bring(struct bridge_link *l, const struct message *m, struct bridge_trail *trail)
{
	struct arena a = {0};
	char id[MSG_ID_BYTES];
	struct bridge_words w;
	if (bridge_wording_in(l->config, m, &a, &w)) {
		snprintf(id, sizeof id, "i3-%llu", (unsigned long long)m->seq);
		w.msg_id = span_str(id);
		keep(l, &w, trail);
	}
	arena_fini(&a);
}

static void hear(void *to, const struct message *m)
{
	struct bridge_link *l = to;
	struct bridge_line line;
	if (m->event != EVENT_CHANNEL_MESSAGE && m->event != EVENT_CHANNEL_EMOTE)
		return;
	bridge_wording_line(m, &line);
	struct bridge_trail *trail = bridge_guard_hear(&l->all->guard, &line, l->slot, clock_ms());
	if (!trail || l->all->n_heard >= BRIDGE_LINKS_HEARD_MAX) {
		log_refused(l, "too many lines");
		return;
	}
	uint64_t stop = bridge_stop(BRIDGE_STOP_CHANNEL, span_str(l->config->channel_id));
	if (bridge_trail_open(trail, stop, l->number))
		bring(l, m, trail);
	else
		metric_add(METRIC_LINKS_STOPPED, 1);
}

// --- being there ---

const char *bridge_link_state(const struct bridge_link *l, struct arena *a)
{
	const struct identity *i = l->session->identity;
	const char *off = moderation_off_words(&i->hub->moderation, i, a);
	const char *trouble = identity_trouble(i);
	if (off)
		return off;
	return trouble ? trouble : "up";
}

static unsigned take_slot(struct bridge_links *all)
{
	unsigned slot = 0;
	while (all->slots[slot / 64] >> slot % 64 & 1)
		slot++;
	all->slots[slot / 64] |= UINT64_C(1) << slot % 64;
	bridge_guard_forget(&all->guard, slot);
	return slot;
}

static const struct outlet outlet = {.hear = hear};

struct bridge_link *bridge_link_open(struct bridge_links *all, const struct config_link *c)
{
	struct bridge_link *l = mem_zalloc(sizeof *l);
	struct span channel = span_str(c->channel_id);
	struct identity *i = hub_identity(all->hub, span_str(c->mud));
	ensure(i); // the configuration's check
	*l = (struct bridge_link){.all = all,
		.config = c,
		.number = ++all->number,
		.slot = take_slot(all),
		.session = session_open(i, &(struct session_spec){.rights = RIGHT_CHANNEL,
						   .per_minute = 1,
						   .burst = 1,
						   .outlet = &outlet,
						   .outlet_to = l})};
	list_append(&all->links, &l->link);
	metric_add(METRIC_LINKS, 1);
	channel_join(l->session, span_str(c->i3_channel));
	bridge_recipient_init(&l->recipients[BRIDGE_MOD], take_from_mod);
	bridge_recipient_init(&l->recipients[BRIDGE_BOT], take_from_bot);
	for (int side = 0; side < BRIDGE_SIDES; side++) {
		l->recipients[side].aside = true;
		bridge_route_join(
			all->route, &l->recipients[side], (enum bridge_side)side, channel);
	}
	log_info("link_opened", log_span("channel", channel), log_str("i3_channel", c->i3_channel),
		log_str("mud", c->mud));
	return l;
}

void bridge_link_close(struct bridge_link *l)
{
	struct bridge_links *all = l->all;
	log_info("link_closed", log_str("channel", l->config->channel_id),
		log_str("i3_channel", l->config->i3_channel), log_str("mud", l->config->mud));
	for (int side = 0; side < BRIDGE_SIDES; side++)
		bridge_route_leave(all->route, &l->recipients[side]);
	session_close(l->session);
	all->slots[l->slot / 64] &= ~(UINT64_C(1) << l->slot % 64);
	list_unlink(&l->link);
	metric_add(METRIC_LINKS, -1);
	free(l);
}
