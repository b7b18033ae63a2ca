// SPDX-License-Identifier: MIT
#include "i3/listens.h"
#include "base/log.h"
#include "base/mem.h"
#include "i3/i3_priv.h"
#include "i3/packet.h"
#include <stdlib.h>

struct listen {
	enum { WANTED, ASKED, REFUSED } state;
};

static enum sent ask(struct i3_link *l, struct span channel, bool on)
{
	struct value packet[PACKET_HEADER + 2];
	packet_header(packet, &(struct packet){.type = SPAN("channel-listen"),
				      .originator_mud = span_str(l->identity->name),
				      .target_mud = span_str(l->router)});
	packet[6] = value_span(channel);
	packet[7] = value_int(on);
	struct value v = value_array(packet, countof(packet));
	return link_send(l, &v);
}

void listens_pump(struct i3_link *l)
{
	if (l->state != LINK_READY || !l->listens.open)
		return;
	for (struct map_at at = map_first(&l->listens.channels); at.value; at = map_next(at)) {
		struct listen *one = at.value;
		if (l->pacing.n >= LISTENS_AHEAD)
			return;
		if (one->state != WANTED)
			continue;
		one->state = ASKED; // before the router in this process can answer
		if (ask(l, at.key, true) != SENT) {
			one->state = WANTED;
			return;
		}
	}
}

static void on_gate(struct timer *t)
{
	struct i3_link *l = container_of(t, struct i3_link, listens.gate);
	listens_chanlist(l);
}

void listens_init(struct i3_link *l)
{
	link_timer(l, &l->listens.gate, on_gate);
}

void listens_fini(struct i3_link *l)
{
	for (struct map_at at = map_first(&l->listens.channels); at.value; at = map_next(at))
		free(at.value);
	map_fini(&l->listens.channels);
}

static void want(struct i3_link *l, struct span channel)
{
	struct listen *one = map_find(&l->listens.channels, channel);
	if (!one) {
		one = mem_zalloc(sizeof *one);
		map_put(&l->listens.channels, channel, one);
	}
	one->state = WANTED;
}

// The hub may have gained members before there was an uplink to tell.
void listens_start(struct i3_link *l)
{
	struct map *all = &l->identity->channels;
	for (struct map_at at = map_first(all); at.value; at = map_next(at))
		if (((const struct channel *)at.value)->n_members)
			want(l, at.key);
	for (struct map_at at = map_first(&l->listens.channels); at.value; at = map_next(at))
		((struct listen *)at.value)->state = WANTED;
	if (l->listens.open) // the list was faster than our disk
		listens_pump(l);
	else
		timer_start(&l->listens.gate, LISTENS_WAIT_MS);
}

void listens_stop(struct i3_link *l)
{
	l->listens.open = false;
	timer_stop(&l->listens.gate);
}

void listens_set(struct i3_link *l, struct span channel, bool on)
{
	if (on) {
		want(l, channel);
		listens_pump(l);
		return;
	}
	struct listen *one = map_take(&l->listens.channels, channel);
	if (one && one->state == ASKED && l->state == LINK_READY)
		ask(l, channel, false);
	free(one);
}

void listens_chanlist(struct i3_link *l)
{
	l->listens.open = true;
	timer_stop(&l->listens.gate);
	listens_pump(l);
}

void listens_changed(struct i3_link *l, struct span channel)
{
	struct listen *one = map_find(&l->listens.channels, channel);
	if (one && one->state == REFUSED)
		one->state = WANTED;
}

void listens_refused(struct i3_link *l, struct span channel)
{
	struct listen *one = map_find(&l->listens.channels, channel);
	if (!one)
		return;
	one->state = REFUSED;
	log_warning("channel_refused", log_str("mud", l->identity->name),
		log_span("channel", channel), log_str("router", l->router));
}
