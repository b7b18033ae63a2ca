// SPDX-License-Identifier: MIT
// Links without sockets: identities on a network that is made here and echoes at once, as the router
// in this process does, and members of the bridge that write down what they are given.
#include "check.h"

#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "bridge/links.h"
#include <stdlib.h>

enum { MUDS = 2, EARS = 4, LINKS = 8, ROUNDS_MAX = 20 };
#define NOW_US UINT64_C(1765189860000000)

struct net_mud {
	struct uplink uplink;
	struct identity *identity;
	bool down, full;
};

struct ear { // all of one channel: what mods say and what bots say
	struct bridge_recipient mods, bots;
	struct buf heard; // "mod Ann: hi|"
};

struct rig {
	struct hub hub;
	struct net_mud muds[MUDS];
	struct bridge_route route;
	struct bridge_links links;
	struct config config;
	struct config_link entries[LINKS];
	struct ear ears[EARS]; // of channels A, B, C, D
	struct buf network;    // "chat Ann@M1: hi|"
	bool late;             // echoes wait for echo()
	struct buf waiting;    // echoes: five texts each, terminated
	bool woken;
};

static struct rig *the_rig;

static void no_text(const struct message *m, struct buf *out)
{
	(void)m;
	(void)out;
}
static void no_frame(enum wire wire, struct span text, struct buf *out)
{
	(void)wire;
	(void)text;
	(void)out;
}
static const struct wires wires = {no_text, no_frame};

// --- the network ---

struct said {
	const char *channel, *mud, *user, *name, *text;
	enum event event;
	const char *target; // of an emote
};

// Every identity hears it, in the order they are in.
static void on_network(struct rig *r, const struct said *s)
{
	struct value pairs[] = {value_str("channel"), value_str(s->channel), value_str("from_mud"),
		value_str(s->mud), value_str("from_user"), value_str(s->user), value_str("visname"),
		value_str(s->name), value_str("message"), value_str(s->text),
		value_str("target_mud"), value_str(s->target), value_str("message_others"),
		value_str(s->text)};
	struct value params = value_map(pairs, s->target ? 7 : 5);
	buf_printf(&r->network, "%s %s@%s: %s|", s->channel, s->name, s->mud, s->text);
	for (int i = 0; i < MUDS; i++) {
		struct channel *c = channel_find(r->muds[i].identity, span_str(s->channel));
		struct message m = {.event = s->event, .params = &params};
		if (c && !r->muds[i].down)
			channel_publish(c, &m);
	}
}

static void from_abroad(struct rig *r, const char *channel, const char *text)
{
	on_network(r, &(struct said){channel, "Far", "eve", "Eve", text, EVENT_CHANNEL_MESSAGE});
}

// Hearing may say more: what waits now is taken out first.
static void echo(struct rig *r)
{
	struct buf now = r->waiting;
	const char *p = now.p, *end = p + now.n, *parts[5];
	r->waiting = (struct buf){0};
	while (p < end) {
		for (int i = 0; i < 5; i++, p += strlen(p) + 1)
			parts[i] = p;
		on_network(r, &(struct said){parts[0], parts[1], parts[2], parts[3], parts[4],
				      EVENT_CHANNEL_MESSAGE});
	}
	buf_fini(&now);
}

static enum sent submit(struct uplink *u, const struct intent *i)
{
	struct net_mud *m = container_of(u, struct net_mud, uplink);
	const struct span parts[] = {
		i->channel, span_str(m->identity->name), i->from_user, i->visname, i->text};
	struct buf *out = &the_rig->waiting;
	assert_int_equal(i->kind, INTENT_CHANNEL_MESSAGE);
	if (m->down)
		return SENT_NOT_UP;
	if (m->full)
		return SENT_FULL;
	for (int p = 0; p < 5; p++) {
		buf_span(out, parts[p]);
		buf_char(out, '\0');
	}
	if (!the_rig->late)
		echo(the_rig);
	return SENT;
}

static void listen_to(struct uplink *u, struct span channel, bool on)
{
	(void)u;
	(void)channel;
	(void)on;
}
static bool ready(const struct uplink *u)
{
	return !container_of(u, struct net_mud, uplink)->down;
}
static const char *trouble(const struct uplink *u)
{
	return container_of(u, struct net_mud, uplink)->down ? "the router is away" : NULL;
}
static const struct uplink_ops net_ops = {
	.submit = submit, .listen = listen_to, .ready = ready, .trouble = trouble};

// --- members of the bridge ---

static bool put(struct ear *e, const struct bridge_message *m)
{
	struct bridge_words w = m->words;
	buf_printf(&e->heard, "%s %.*s: %.*s|", bridge_side_word(w.from), (int)w.author_name.n,
		w.author_name.p, (int)w.content.n, w.content.p);
	return true;
}
static bool take_mods(struct bridge_recipient *r, struct bridge_message *m)
{
	return put(container_of(r, struct ear, mods), m);
}
static bool take_bots(struct bridge_recipient *r, struct bridge_message *m)
{
	return put(container_of(r, struct ear, bots), m);
}

static enum bridge_status say_as(
	struct rig *r, enum bridge_side side, const char *channel, const char *text)
{
	struct bridge_words w = {.from = side,
		.msg_id = SPAN("m"),
		.channel = span_str(channel),
		.author_id = SPAN("p1"),
		.author_name = SPAN("Ann"),
		.content = span_str(text),
		.meta = SPAN("{\"server_name\":\"sky\"}")};
	return bridge_route_send(&r->route, bridge_message_new(&w));
}

// Until nothing is left to bring on; a loop would never end.
static void settle(struct rig *r)
{
	int rounds = 0;
	while (r->woken) {
		r->woken = false;
		assert_true(++rounds < ROUNDS_MAX);
		bridge_links_run(&r->links);
	}
}

static void say(struct rig *r, const char *channel, const char *text)
{
	say_as(r, BRIDGE_MOD, channel, text);
	settle(r);
}

static void check_heard(struct rig *r, char channel, const char *want)
{
	struct ear *e = &r->ears[channel - 'A'];
	check_text(buf_bytes(&e->heard), want);
	buf_clear(&e->heard);
}

static void check_network(struct rig *r, const char *want)
{
	check_text(buf_bytes(&r->network), want);
	buf_clear(&r->network);
}

// --- links ---

static void wake(struct bridge_links *all)
{
	container_of(all, struct rig, links)->woken = true;
}

static void pass(struct bridge_links *all, struct bridge_message *m)
{
	bridge_route_send(all->route, m);
}

static const struct bridge_links_ops links_ops = {wake, pass};

static void link_up(struct rig *r, const char *channel, const char *i3_channel, const char *mud)
{
	struct config_links *links = &r->config.bridge.links;
	links->at[links->n++] = (struct config_link){.channel_id = channel,
		.i3_channel = i3_channel,
		.mud = mud,
		.template_in = "{text}",
		.emote_in = "* {text}",
		.name_in = "{name}@{mud}",
		.template_out = "{text}",
		.name_out = "{name}"};
	bridge_links_configure(&r->links, &r->config);
}

static int setup(void **state)
{
	static const char *const names[] = {"M1", "M2"};
	static const char *const channels[] = {"A", "B", "C", "D"};
	struct rig *r = *state = the_rig = mem_zalloc(sizeof *r);
	memset(metric_values, 0, sizeof metric_values);
	clock_set(1000, NOW_US);
	hub_init(&r->hub, &wires, 3);
	for (int i = 0; i < MUDS; i++) {
		r->muds[i].identity = hub_add_identity(&r->hub, names[i]);
		r->muds[i].identity->wanted = true;
		r->muds[i].uplink.ops = &net_ops;
		r->muds[i].identity->uplink = &r->muds[i].uplink;
	}
	bridge_route_init(&r->route, 8);
	bridge_links_init(&r->links, &r->hub, &r->route, &links_ops);
	r->config.bridge.enabled = true;
	r->config.bridge.links.at = r->entries;
	r->config.channels.max_message_bytes = 40;
	for (int i = 0; i < EARS; i++) {
		bridge_recipient_init(&r->ears[i].mods, take_mods);
		bridge_recipient_init(&r->ears[i].bots, take_bots);
		bridge_route_join(&r->route, &r->ears[i].mods, BRIDGE_MOD, span_str(channels[i]));
		bridge_route_join(&r->route, &r->ears[i].bots, BRIDGE_BOT, span_str(channels[i]));
	}
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;
	bridge_links_fini(&r->links);
	for (int i = 0; i < EARS; i++) {
		bridge_route_leave(&r->route, &r->ears[i].mods);
		bridge_route_leave(&r->route, &r->ears[i].bots);
		buf_fini(&r->ears[i].heard);
	}
	bridge_route_fini(&r->route);
	for (int i = 0; i < MUDS; i++)
		r->muds[i].identity->uplink = NULL;
	hub_fini(&r->hub);
	buf_fini(&r->network);
	buf_fini(&r->waiting);
	assert_int_equal(metric_get(METRIC_LINKS), 0);
	free(r);
	return 0;
}

// --- one link ---

static void a_line_of_the_network_is_told_to_both_sides(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	from_abroad(r, "chat", "%^RED%^hi @everyone%^RESET%^");
	from_abroad(r, "other", "not for you");
	settle(r);
	check_heard(r, 'A', "mod Eve@Far: hi @\u200beveryone|bot Eve@Far: hi @\u200beveryone|");
	check_heard(r, 'B', "");
	check_network(r, "chat Eve@Far: %^RED%^hi @everyone%^RESET%^|other Eve@Far: not for you|");
	assert_int_equal(metric_get(METRIC_LINKS_IN), 1);
}

static void an_emote_says_who_does_it(void **state)
{
	struct rig *r = *state;
	struct said s = {"chat", "Far", "eve", "Eve", "waves", EVENT_CHANNEL_EMOTE};
	link_up(r, "A", "chat", "M1");
	on_network(r, &s);
	s.text = "The ghost haunts $N.";
	on_network(r, &s);
	s.text = "Eve pokes Bob@Near.";
	s.target = "Near";
	on_network(r, &s);
	settle(r);
	check_heard(r, 'A',
		"mod Eve@Far: * Eve waves|bot Eve@Far: * Eve waves|"
		"mod Eve@Far: * The ghost haunts Eve.|bot Eve@Far: * The ghost haunts Eve.|"
		"mod Eve@Far: * Eve pokes Bob@Near.|bot Eve@Far: * Eve pokes Bob@Near.|");
}

static void what_mods_and_bots_say_is_said_on_the_network_and_not_heard_again(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	assert_int_equal(say_as(r, BRIDGE_MOD, "A", "\x1b[1mhi\a"), BRIDGE_COMPLETED);
	assert_int_equal(say_as(r, BRIDGE_BOT, "A", "ho"), BRIDGE_COMPLETED);
	settle(r);
	check_heard(r, 'A', "mod Ann: \x1b[1mhi\a|bot Ann: ho|");
	check_network(r, "chat Ann@M1: hi|chat Ann@M1: ho|");
	assert_int_equal(metric_get(METRIC_LINKS_OUT), 2);
	assert_int_equal(metric_get(METRIC_LINKS_STOPPED), 2);
}

static void an_echo_may_take_its_time(void **state)
{
	struct rig *r = *state;
	r->late = true;
	link_up(r, "A", "chat", "M1");
	say(r, "A", "lol");
	say(r, "A", "lol");
	clock_set(1000 + BRIDGE_GUARD_MS - 1, NOW_US);
	echo(r);
	settle(r);
	check_heard(r, 'A', "mod Ann: lol|mod Ann: lol|");
}

static void players_of_the_same_mud_are_heard_even_with_the_same_words(void **state)
{
	struct rig *r = *state;
	struct said s = {"chat", "M1", "bob", "Bob", "hi", EVENT_CHANNEL_MESSAGE};
	link_up(r, "A", "chat", "M1");
	say(r, "A", "hi"); // by Ann, echoed
	on_network(r, &s);
	s.user = s.name = "Ann";
	on_network(r, &s); // another Ann: her echo has been counted
	settle(r);
	check_heard(
		r, 'A', "mod Ann: hi|mod Bob@M1: hi|bot Bob@M1: hi|mod Ann@M1: hi|bot Ann@M1: hi|");
}

static void what_could_not_be_said_is_not_taken_for_said(void **state)
{
	struct rig *r = *state;
	struct said s = {"chat", "M1", "Ann", "Ann", "hi", EVENT_CHANNEL_MESSAGE};
	link_up(r, "A", "chat", "M1");
	r->muds[0].full = true;
	say(r, "A", "hi");
	on_network(r, &s);
	settle(r);
	check_heard(r, 'A', "mod Ann: hi|mod Ann@M1: hi|bot Ann@M1: hi|");
	assert_int_equal(metric_get(METRIC_LINKS_REFUSED), 1);
}

static void a_network_that_is_away_has_heard_nothing(void **state)
{
	struct rig *r = *state;
	link_up(r, "X", "chat", "M1"); // where nobody else is
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "hi"), BRIDGE_COMPLETED);
	r->muds[0].down = true;
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "lost"), BRIDGE_QUEUED);
	bridge_route_configure(&r->route, 0);
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "lost"), BRIDGE_FAILED);
	r->muds[0].down = false;
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "ho"), BRIDGE_COMPLETED);
	check_network(r, "chat Ann@M1: hi|chat Ann@M1: ho|");
	assert_int_equal(metric_get(METRIC_LINKS_REFUSED), 2);
}

static void what_the_network_has_heard_waits_for_a_bot_and_is_not_said_again(void **state)
{
	struct rig *r = *state;
	struct ear late = {0};
	link_up(r, "X", "chat", "M1");
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "one"), BRIDGE_COMPLETED);
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "two"), BRIDGE_COMPLETED);
	bridge_recipient_init(&late.mods, take_mods);
	bridge_route_join(&r->route, &late.mods, BRIDGE_MOD, SPAN("X"));
	check_text(buf_bytes(&late.heard), "mod Ann: one|mod Ann: two|");
	check_network(r, "chat Ann@M1: one|chat Ann@M1: two|");
	bridge_route_leave(&r->route, &late.mods);
	buf_fini(&late.heard);
}

static void a_long_text_is_four_lines_at_most(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	link_up(r, "B", "chat", "M1");
	r->config.channels.max_message_bytes = 8;
	say(r, "A", "one two three\nfour five six seven eight");
	check_network(r, "chat Ann@M1: one two|chat Ann@M1: three|chat Ann@M1: four|chat Ann@M1: "
			 "five\u2026|");
	check_heard(r, 'B',
		"mod Ann@M1: one two|bot Ann@M1: one two|mod Ann@M1: three|bot Ann@M1: three|"
		"mod Ann@M1: four|bot Ann@M1: four|mod Ann@M1: five\u2026|bot Ann@M1: five\u2026|");
}

static void templates_hold_for_both_ways(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	r->entries[0].template_in = "[{mud}] {text}";
	r->entries[0].name_in = "{name}";
	r->entries[0].template_out = "({server}) {text}";
	r->entries[0].name_out = "{name} of {user}";
	from_abroad(r, "chat", "hi");
	settle(r);
	check_heard(r, 'A', "mod Eve: [Far] hi|bot Eve: [Far] hi|");
	buf_clear(&r->network);
	say(r, "A", "ho");
	check_network(r, "chat Ann of p1@M1: (sky) ho|");
	check_heard(r, 'A', "mod Ann: ho|");
}

static void mentions_pass_where_they_may(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	r->entries[0].mentions = true;
	from_abroad(r, "chat", "@here <@1>");
	settle(r);
	check_heard(r, 'A', "mod Eve@Far: @here <@1>|bot Eve@Far: @here <@1>|");
}

static void moderation_holds_towards_the_network(void **state)
{
	struct rig *r = *state;
	struct buf why = {0};
	const char *const words[] = {"darn"};
	struct moderation_spec mute = {
		.kind = MODERATION_MUTE, .user = SPAN("ann"), .mud = SPAN("M1")};
	link_up(r, "X", "chat", "M1");
	moderation_configure(&r->hub.moderation, words, 1);
	say_as(r, BRIDGE_MOD, "X", "darn it");
	check_network(r, "chat Ann@M1: **** it|");
	const struct moderation_rule *rule = moderation_add(&r->hub.moderation, &mute, &why);
	assert_non_null(rule);
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "hi"), BRIDGE_QUEUED);
	assert_true(moderation_remove(&r->hub.moderation, rule->id));
	assert_true(moderation_switch(&r->hub.moderation, false,
		&(struct moderation_spec){.reason = SPAN("rest")}, &why));
	assert_int_equal(say_as(r, BRIDGE_MOD, "X", "ho"), BRIDGE_QUEUED);
	check_network(r, "");
	assert_int_equal(metric_get(METRIC_LINKS_REFUSED), 2);
	settle(r);
	buf_fini(&why);
}

// --- topologies: every place hears it once ---

static void two_channels_on_one_network_channel_hear_each_other_once(void **state)
{
	struct rig *r = *state;
	for (int late = 0; late < 2; late++) {
		r->late = late;
		if (!late) {
			link_up(r, "A", "chat", "M1");
			link_up(r, "B", "chat", "M1");
		}
		say(r, "A", "hi");
		echo(r);
		settle(r);
		check_heard(r, 'A', "mod Ann: hi|");
		check_heard(r, 'B', "mod Ann@M1: hi|bot Ann@M1: hi|");
		check_network(r, "chat Ann@M1: hi|");
	}
}

static void a_pair_linked_through_two_identities_does_not_circle(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	link_up(r, "A", "chat", "M2");
	say(r, "A", "hi");
	check_network(r, "chat Ann@M1: hi|");
	check_heard(r, 'A', "mod Ann: hi|");
	from_abroad(r, "chat", "ho");
	settle(r);
	check_heard(r, 'A', "mod Eve@Far: ho|bot Eve@Far: ho|");
	buf_clear(&r->network);
	r->muds[0].down = true; // the other comes through
	say(r, "A", "still there");
	check_network(r, "chat Ann@M2: still there|");
	from_abroad(r, "chat", "so are we");
	settle(r);
	check_heard(r, 'A', "mod Ann: still there|mod Eve@Far: so are we|bot Eve@Far: so are we|");
}

static void channels_joined_through_different_identities_hear_each_other_once(void **state)
{
	struct rig *r = *state;
	r->late = true;
	link_up(r, "A", "chat", "M1");
	link_up(r, "B", "chat", "M2");
	say(r, "A", "hi");
	say(r, "B", "ho");
	echo(r);
	settle(r);
	check_heard(r, 'A', "mod Ann: hi|mod Ann@M2: ho|bot Ann@M2: ho|");
	check_heard(r, 'B', "mod Ann: ho|mod Ann@M1: hi|bot Ann@M1: hi|");
	check_network(r, "chat Ann@M1: hi|chat Ann@M2: ho|");
}

static void two_network_channels_on_one_channel_are_joined_by_it(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	link_up(r, "A", "trade", "M2");
	from_abroad(r, "chat", "hi");
	settle(r);
	check_network(r, "chat Eve@Far: hi|trade Eve@Far@M2: hi|");
	check_heard(r, 'A', "mod Eve@Far: hi|bot Eve@Far: hi|");
}

static int count(struct rig *r, char channel, const char *text)
{
	struct buf *b = &r->ears[channel - 'A'].heard;
	int n = 0;
	buf_char(b, '\0');
	for (const char *p = b->p; (p = strstr(p, text)); p++)
		n++;
	buf_clear(b);
	return n;
}

// A ─ chat ─ B ─ trade ─ C ─ news ─ A, and chat ─ C through the other identity.
static void ring(struct rig *r)
{
	link_up(r, "A", "chat", "M1");
	link_up(r, "B", "chat", "M2");
	link_up(r, "B", "trade", "M1");
	link_up(r, "C", "trade", "M1");
	link_up(r, "C", "news", "M2");
	link_up(r, "A", "news", "M1");
	link_up(r, "C", "chat", "M2");
}

static void in_a_ring_every_place_hears_it_once(void **state)
{
	struct rig *r = *state;
	ring(r);
	for (int from = 0; from < 3; from++)
		for (r->late = false;; r->late = true) {
			const char channel[] = {(char)('A' + from), '\0'};
			say(r, channel, "hi there");
			for (int i = 0; i < ROUNDS_MAX && r->waiting.n; i++) {
				echo(r);
				settle(r);
			}
			for (char c = 'A'; c <= 'C'; c++)
				assert_int_equal(count(r, c, "hi there"), c == channel[0] ? 1 : 2);
			buf_char(&r->network, '\0');
			int lines = 0;
			for (const char *p = r->network.p; (p = strstr(p, "hi there")); p++)
				lines++;
			assert_int_equal(lines, 3);
			buf_clear(&r->network);
			if (r->late)
				break;
		}
}

static void a_line_from_abroad_goes_round_a_ring_once(void **state)
{
	struct rig *r = *state;
	ring(r);
	from_abroad(r, "trade", "hi there");
	settle(r);
	for (char c = 'A'; c <= 'C'; c++)
		assert_int_equal(count(r, c, "hi there"), 2); // one for each side
}

// --- changes ---

static void a_reload_leaves_the_links_that_stay_alone(void **state)
{
	struct rig *r = *state;
	struct config next = r->config;
	struct config_link entries[2];
	link_up(r, "A", "chat", "M1");
	link_up(r, "B", "chat", "M1");
	const struct link *kept = r->links.links.prev;
	entries[0] = r->entries[1];
	entries[0].template_in = "new {text}";
	entries[1] = r->entries[0];
	entries[1].channel_id = "C";
	next.bridge.links = (struct config_links){entries, 2};
	bridge_links_configure(&r->links, &next);
	assert_ptr_equal(r->links.links.next, kept);
	from_abroad(r, "chat", "hi");
	settle(r);
	check_heard(r, 'A', "");
	check_heard(r, 'B', "mod Eve@Far: new hi|bot Eve@Far: new hi|");
	check_heard(r, 'C', "mod Eve@Far: hi|bot Eve@Far: hi|");
	next.bridge.enabled = false;
	bridge_links_configure(&r->links, &next);
	assert_int_equal(metric_get(METRIC_LINKS), 0);
	from_abroad(r, "chat", "anybody?");
	settle(r);
	check_heard(r, 'B', "");
}

static void a_link_in_place_of_another_knows_its_echoes(void **state)
{
	struct rig *r = *state;
	struct said s = {"chat", "M1", "Ann", "Ann", "hi", EVENT_CHANNEL_MESSAGE};
	r->late = true;
	link_up(r, "A", "chat", "M1");
	say(r, "A", "hi");
	buf_clear(&r->waiting);
	on_network(r, &s);
	r->config.bridge.links.n = 0;
	bridge_links_configure(&r->links, &r->config);
	link_up(r, "A", "chat", "M2"); // whose router is slower
	on_network(r, &s);
	settle(r);
	check_heard(r, 'A', "mod Ann: hi|");
}

static void links_say_how_they_are(void **state)
{
	struct rig *r = *state;
	struct arena a = {0};
	struct buf why = {0};
	link_up(r, "A", "chat", "M1");
	link_up(r, "B", "chat", "M2");
	r->muds[1].down = true;
	struct value v = bridge_links_value(&r->links, &a);
	assert_int_equal(v.n, 2);
	check_text(value_text(value_get(value_at(&v, 0), "state")), "up");
	check_text(value_text(value_get(value_at(&v, 1), "state")), "the router is away");
	check_text(value_text(value_get(value_at(&v, 1), "channel_id")), "B");
	assert_true(moderation_switch(&r->hub.moderation, false,
		&(struct moderation_spec){.reason = SPAN("rest"), .by = SPAN("ops")}, &why));
	v = bridge_links_value(&r->links, &a);
	check_text(value_text(value_get(value_at(&v, 0), "state")), "switched off by ops: rest");
	arena_fini(&a);
	buf_fini(&why);
}

static void a_flood_is_cut_and_counted(void **state)
{
	struct rig *r = *state;
	link_up(r, "A", "chat", "M1");
	for (int i = 0; i < BRIDGE_LINKS_HEARD_MAX; i++)
		from_abroad(r, "chat", "spam");
	settle(r);
	assert_int_equal(metric_get(METRIC_LINKS_IN), BRIDGE_LINKS_HEARD_MAX / 2);
	assert_int_equal(metric_get(METRIC_LINKS_REFUSED), BRIDGE_LINKS_HEARD_MAX / 2);
	assert_int_equal(r->links.guard.n, BRIDGE_LINKS_HEARD_MAX);
	clock_set(1000 + BRIDGE_GUARD_MS, NOW_US);
	from_abroad(r, "chat", "later");
	settle(r);
	assert_int_equal(r->links.guard.n, 1);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_line_of_the_network_is_told_to_both_sides),
		CASE(an_emote_says_who_does_it),
		CASE(what_mods_and_bots_say_is_said_on_the_network_and_not_heard_again),
		CASE(an_echo_may_take_its_time),
		CASE(players_of_the_same_mud_are_heard_even_with_the_same_words),
		CASE(what_could_not_be_said_is_not_taken_for_said),
		CASE(a_network_that_is_away_has_heard_nothing),
		CASE(what_the_network_has_heard_waits_for_a_bot_and_is_not_said_again),
		CASE(a_long_text_is_four_lines_at_most),
		CASE(templates_hold_for_both_ways),
		CASE(mentions_pass_where_they_may),
		CASE(moderation_holds_towards_the_network),
		CASE(two_channels_on_one_network_channel_hear_each_other_once),
		CASE(a_pair_linked_through_two_identities_does_not_circle),
		CASE(channels_joined_through_different_identities_hear_each_other_once),
		CASE(two_network_channels_on_one_channel_are_joined_by_it),
		CASE(in_a_ring_every_place_hears_it_once),
		CASE(a_line_from_abroad_goes_round_a_ring_once),
		CASE(a_reload_leaves_the_links_that_stay_alone),
		CASE(a_link_in_place_of_another_knows_its_echoes),
		CASE(links_say_how_they_are),
		CASE(a_flood_is_cut_and_counted),
	};
	log_setup(LOG_ERROR, LOG_CONSOLE);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
