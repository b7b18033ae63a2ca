// SPDX-License-Identifier: MIT
// What an AMP game hears of the players in it: a plain one of objects, and which is left by everybody;
// one that speaks of players what clients of the API hear, by the same names.
#include "edge/gaming.h"
#include "edge/link/amp_link.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	FAULTS_MAX = 5, // each may cost the game its link, and so everybody else a moment
	KEY_BYTES = 32,
};

static bool is_plain(const struct game *g)
{
	const struct amp_link *l = g->link;
	return !l->extended;
}

// Does anybody else the game knows of control the object?
bool amp_is_controlled(const struct game *g, int64_t object, const struct player *but)
{
	game_each(it, g)
	{
		const struct player *p = container_of(it, struct player, in_game);
		if (p != but && p->object == object && amp_own(p) && amp_own(p)->in)
			return true;
	}
	return false;
}

// Of whom a call was, if it is still there and as it was.
static struct player *asked_for(struct amp_link *l, const struct amp_call *call)
{
	struct player *p = edge_player(l->game->edge, call->player);
	return p && p->game == l->game && amp_own(p) ? p : NULL;
}

// --- arguments ---

static void put_value(struct buf *b, const char *key, const struct value *v)
{
	switch (v->type) {
	case VALUE_BOOL: amp_put_bool(b, key, v->b); break;
	case VALUE_INT: amp_put_int(b, key, v->i); break;
	case VALUE_STRING: amp_put(b, key, value_text(v)); break;
	case VALUE_MAP: amp_put_facts(b, v); break;
	case VALUE_NULL:
	case VALUE_FLOAT:
	case VALUE_ARRAY: break;
	}
}

// Maps inside it are part of it: AMP has none.
void amp_put_facts(struct buf *b, const struct value *facts)
{
	for (size_t i = 0; i < facts->n; i++) {
		struct span name = value_text(&facts->at[2 * i]);
		char key[KEY_BYTES];
		snprintf(key, sizeof key, "%.*s", (int)name.n, name.p);
		put_value(b, key, &facts->at[2 * i + 1]);
	}
}

// --- lines ---

static void on_input(struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	struct player *p = asked_for(l, call);
	if (!p)
		return;
	if (reply->got == AMP_ANSWER) {
		amp_own(p)->faults = 0;
	} else if (reply->got == AMP_ERROR && ++amp_own(p)->faults >= FAULTS_MAX) {
		player_end(p, CLOSE_REFUSED, "The game fails at whatever you say.");
	} else if (reply->got == AMP_LOST && !amp_own(p)->unheard) {
		amp_own(p)->unheard = true;
		player_notice(p, "What you typed last may not have been heard.");
	}
}

void amp_through_object(struct amp_link *l, const struct player *p, struct span line)
{
	struct buf *b = amp_call(l, "SendThroughObjectCmd");
	amp_put_int(b, "object_id", p->object);
	amp_put(b, "input", line);
}

void amp_input(struct game *g, struct player *p, struct span line)
{
	struct amp_link *l = g->link;
	if (is_plain(g) && (!line.n || p->object < 0))
		return;
	if (is_plain(g)) {
		amp_through_object(l, p, line);
	} else {
		struct buf *b = amp_call(l, "PlayerInputCmd");
		amp_put_int(b, "player_id", (int64_t)p->id);
		amp_put(b, "line", line);
	}
	amp_call_send(l, &(struct amp_call){.player = p->id, .done = on_input});
}

// --- the rest ---

void amp_resize(struct game *g, struct player *p)
{
	struct amp_link *l = g->link;
	if (is_plain(g))
		return;
	struct value facts = game_describe_terminal(&l->arena, p);
	struct buf *b = amp_call(l, "PlayerWindowCmd");
	amp_put_int(b, "player_id", (int64_t)p->id);
	amp_put_facts(b, &facts);
	arena_clear(&l->arena);
	amp_call_send(l, &(struct amp_call){.player = p->id});
}

void amp_oob(struct game *g, struct player *p, struct span package, struct span json)
{
	struct amp_link *l = g->link;
	if (is_plain(g))
		return;
	struct buf *b = amp_call(l, "PlayerOobCmd");
	amp_put_int(b, "player_id", (int64_t)p->id);
	amp_put(b, "package", package);
	amp_put(b, "data", json);
	amp_call_send(l, &(struct amp_call){.player = p->id});
}

void amp_leave(struct game *g, struct player *p, const char *why)
{
	struct amp_link *l = g->link;
	struct amp_player *mine = p->link;
	p->link = NULL;
	if (mine && mine->in && amp_link_is_up(l))
		amp_gone_say(l, p->id, p->object, why);
	else if (mine && mine->in)
		amp_gone_keep(&l->gone, p, why);
	free(mine);
}
