// SPDX-License-Identifier: MIT
#include "edge/entry.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "edge/edge.h"
#include "proto/codecs.h"
#include "proto/proxy.h"
#include <stdlib.h>

enum { HEADER_MS = 5000 }; // for a proxy to say whom the connection is for: three round trips

void *entry_for(void *owner, const struct config_listen *l)
{
	struct edge *edge = owner;
	for (struct entry *e = edge->entries; e; e = e->next)
		if (e->proxy == l->proxy && !strcmp(e->game, l->game))
			return e;
	struct entry *e = mem_zalloc(sizeof *e);
	*e = (struct entry){
		.next = edge->entries, .edge = edge, .proxy = l->proxy, .game = mem_str(l->game)};
	edge->entries = e;
	return e;
}

void entries_free(struct edge *edge)
{
	while (edge->entries) {
		struct entry *e = edge->entries;
		edge->entries = e->next;
		free(e->game);
		free(e);
	}
}

// False: the peer is gone already.  What it sent before might still be read, and must not pass for
// the word of one who has no address.
static bool address_of(struct conn *c, char peer[64], struct span *out)
{
	*out = conn_address(conn_peer(c, peer));
	if (out->n || !strcmp(peer, "unix"))
		return true;
	conn_close(c, CLOSE_RESET);
	return false;
}

static void turn_away(struct conn *c, enum metric reason, const char *words)
{
	metric_add(reason, 1);
	conn_write(c, span_str(words));
	conn_write(c, SPAN("\r\n"));
	conn_close(c, CLOSE_REFUSED);
}

static enum metric reason_of(enum door_says says)
{
	switch (says) {
	case DOOR_FULL: return METRIC_DOOR_FULL;
	case DOOR_ADDRESS_FULL: return METRIC_DOOR_ADDRESS;
	case DOOR_BANNED: return METRIC_DOOR_BANNED;
	case DOOR_TOO_FAST: return METRIC_DOOR_FAST;
	case DOOR_IN: break;
	}
	bug("no reason to be turned away");
}

static void come_in(struct conn *c, struct span address)
{
	struct entry *e = conn_owner(c);
	struct edge *edge = e->edge;
	char text[PLAYER_ADDRESS_BYTES];
	enum door_says says = door_enter(&edge->door, address, clock_ms());
	if (says != DOOR_IN) {
		LOG_AT(log_paced(&e->pace, LOG_INFO), "turned_away", log_id("conn", conn_id(c)),
			log_span("address", address), log_str("why", door_word(says)));
		turn_away(c, reason_of(says), door_word(says));
		return;
	}
	ensure(address.n < sizeof text);
	if (address.n)
		memcpy(text, address.p, address.n);
	text[address.n] = 0;
	player_arrive(edge, c, text, *e->game ? edge_game(edge, span_str(e->game)) : NULL);
}

// --- what a proxy says ---

static void refuse_proxy(struct conn *c, const char *why, const char *words)
{
	struct entry *e = conn_owner(c);
	char peer[64];
	LOG_AT(log_paced(&e->pace, LOG_WARNING), "proxy_refused", log_id("conn", conn_id(c)),
		log_str("peer", conn_peer(c, peer)), log_str("why", why));
	turn_away(c, METRIC_DOOR_PROXY, words);
}

static void on_open(struct conn *c)
{
	const struct entry *e = conn_owner(c);
	char peer[64];
	struct span address;
	if (!address_of(c, peer, &address))
		return;
	if (e->proxy == PROXY_NONE) {
		come_in(c, address);
		return;
	}
	if (!door_trusts(&e->edge->door, address)) {
		refuse_proxy(c, "not in players.trusted_proxies", "This port is for proxies only.");
		return;
	}
	conn_use(c, &codec_proxy, PROXY_HEADER_MAX);
	conn_deadline(c, HEADER_MS, CLOSE_IDLE);
}

static bool speaks(enum config_proxy asked, int version)
{
	return asked == PROXY_ANY || version == (asked == PROXY_V1 ? 1 : 2);
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	const struct entry *e = conn_owner(c);
	struct proxy_header header;
	char peer[64];
	struct span address;
	if (!proxy_read(msg->body, &header))
		bug("the codec reads what it gives");
	if (!speaks(e->proxy, header.version)) {
		refuse_proxy(c, "speaks the other version, see ?proxy=",
			"This port is for another version of PROXY.");
		return;
	}
	conn_deadline(c, 0, CLOSE_IDLE);
	if (header.known)
		come_in(c, span_str(header.address));
	else if (address_of(c, peer, &address))
		come_in(c, address);
}

// The log has the codec's words already.
static void on_bad(struct conn *c, struct codec_msg *msg)
{
	(void)c;
	(void)msg;
	metric_add(METRIC_DOOR_PROXY, 1);
}

const struct face face_telnet = {
	.name = "telnet",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_bad = on_bad,
	.full = SPAN("There is no room for more players. Please try again later.\r\n"),
};
