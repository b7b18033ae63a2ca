// SPDX-License-Identifier: MIT
// Telnet link: any MUD that players can reach by telnet, behind the gate.  Each player has a
// connection of their own to it, and keeps it apart from what their own client does: the gate answers
// the game's options for the client, and knows when the game is gone and the player is not.
#include "base/mem.h"
#include "edge/link/telnet_priv.h"

static void open_link(struct game *g)
{
	g->link = reach_new(g);
	game_up(g); // as a whole it always is; each player's connection is up or down for itself
}

static void close_link(struct game *g)
{
	struct reach *r = g->link;
	g->link = NULL;
	reach_free(r);
}

static void join(struct game *g, struct player *p, bool again)
{
	(void)again; // the player knows
	if (!p->link)
		p->link = upstream_new(g->link, p);
	upstream_join(p->link);
}

static void input(struct game *g, struct player *p, struct span utf8)
{
	struct upstream *u = p->link;
	if (!u || u->state != UPSTREAM_OPEN)
		player_notice(p, g->config->notices.refused);
	else if (!upstream_typed(u, utf8))
		player_notice(p, g->config->notices.dropped);
}

static void resize(struct game *g, struct player *p)
{
	struct upstream *u = p->link;
	(void)g;
	if (u && u->state == UPSTREAM_OPEN)
		answers_changed(u);
}

static void oob(struct game *g, struct player *p, struct span package, struct span json)
{
	struct upstream *u = p->link;
	(void)g;
	if (u && u->state == UPSTREAM_OPEN)
		relay_oob(u, package, json);
}

static void drained(struct game *g, struct player *p)
{
	struct upstream *u = p->link;
	(void)g;
	if (u && u->conn && u->joined) // else it reads on when it is let in
		conn_resume(u->conn);
}

static void leave(struct game *g, struct player *p, const char *why)
{
	struct upstream *u = p->link;
	(void)g;
	(void)why;
	p->link = NULL;
	if (u)
		upstream_leave(u);
}

const struct game_link_kind link_telnet = {
	.name = "telnet",
	.open = open_link,
	.close = close_link,
	.join = join,
	.input = input,
	.resize = resize,
	.oob = oob,
	.drained = drained,
	.leave = leave,
};
