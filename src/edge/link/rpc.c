// SPDX-License-Identifier: MIT
// A game that is a client of the API: it hears of players by events and answers by methods
// (hub/gaming.h).  It is up while a session of its identity that has the right `players` is connected.
// Events go on that session's tape as all others do: a game that resumes its session gets what it
// missed, one that does not is told who is here by player_connected, and can ask with player_list.
#include "edge/edge.h"
#include "edge/gaming.h"
#include "proto/json.h"

static void look(struct game *g)
{
	if (g->identity && g->identity->n_plays)
		game_up(g);
	else
		game_down(g, "nobody is the game");
}

static void link_open(struct game *g)
{
	look(g);
}

static void link_close(struct game *g)
{
	(void)g;
}

static void publish(struct game *g, enum event event, const struct value_list *facts)
{
	struct value params = value_list_map(facts);
	struct message m = {.event = event, .params = &params};
	if (g->identity)
		identity_publish(g->identity, &m, NULL);
	arena_clear(&g->edge->arena);
}

static struct value_list about(struct game *g, const struct player *p)
{
	struct value_list l = {.arena = &g->edge->arena};
	value_pair(&l, "player_id", value_int((int64_t)p->id));
	return l;
}

static void join(struct game *g, struct player *p, bool again)
{
	struct value_list l = {.arena = &g->edge->arena};
	struct value facts = game_describe(l.arena, p);
	for (size_t i = 0; i < 2 * (size_t)facts.n; i++)
		value_push(&l, facts.at[i]);
	value_pair(&l, "resumed", value_bool(again));
	publish(g, EVENT_PLAYER_CONNECTED, &l);
	player_joined(p);
}

// A game that is connected and does not read would be told of a gap; the player would not.
static bool keeps_up(const struct game *g)
{
	if (!g->identity)
		return false;
	list_each(it, &g->identity->sessions)
	{
		const struct session *s = container_of(it, struct session, in_identity);
		if (s->plays && session_keeps_up(s))
			return true;
	}
	return false;
}

static void input(struct game *g, struct player *p, struct span line)
{
	struct value_list l = about(g, p);
	if (!keeps_up(g)) {
		player_notice(p, g->config->notices.dropped);
		return;
	}
	value_pair(&l, "line", value_span(line));
	publish(g, EVENT_PLAYER_INPUT, &l);
}

static void resize(struct game *g, struct player *p)
{
	struct value_list l = about(g, p);
	value_pair(&l, "terminal", game_describe_terminal(l.arena, p));
	publish(g, EVENT_PLAYER_WINDOW, &l);
}

static void oob(struct game *g, struct player *p, struct span package, struct span json)
{
	struct value_list l = about(g, p);
	struct value data = value_null();
	if (json.n && !json_read_copy(l.arena, json, &data))
		return; // its terminal has checked it
	value_pair(&l, "package", value_span(package));
	value_pair(&l, "data", data);
	publish(g, EVENT_PLAYER_OOB, &l);
}

static void leave(struct game *g, struct player *p, const char *why)
{
	struct value_list l = about(g, p);
	value_pair(&l, "reason", value_str(why));
	publish(g, EVENT_PLAYER_DISCONNECTED, &l);
}

const struct game_link_kind link_rpc = {.name = "rpc",
	.open = link_open,
	.close = link_close,
	.join = join,
	.input = input,
	.resize = resize,
	.oob = oob,
	.leave = leave};
