// SPDX-License-Identifier: MIT
// What an AMP game is told of its players.  A plain one knows objects: a login asks which object the
// account controls, and the first session on it is announced; so one that has restarted needs to be
// told nothing.  One that speaks of players hears what clients of the API hear, by the same names.
#include "base/mem.h"
#include "edge/gaming.h"
#include "edge/link/amp_link.h"
#include <stdio.h>
#include <stdlib.h>

enum {
	FAULTS_MAX = 5, // each may cost the game its link, and so everybody else a moment
	KEY_BYTES = 32,
};

static struct amp_player *own(const struct player *p)
{
	return p->link;
}

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
		if (p != but && p->object == object && own(p) && own(p)->in)
			return true;
	}
	return false;
}

// Of whom a call was, if it is still there and as it was.
static struct player *asked_for(struct amp_link *l, const struct amp_call *call)
{
	struct player *p = edge_player(l->game->edge, call->player);
	return p && p->game == l->game && own(p) ? p : NULL;
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
		own(p)->faults = 0;
	} else if (reply->got == AMP_ERROR && ++own(p)->faults >= FAULTS_MAX) {
		player_end(p, CLOSE_REFUSED, "The game fails at whatever you say.");
	} else if (reply->got == AMP_LOST && !own(p)->unheard) {
		own(p)->unheard = true;
		player_notice(p, "What you typed last may not have been heard.");
	}
}

static void through_object(struct amp_link *l, const struct player *p, struct span line)
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
		through_object(l, p, line);
	} else {
		struct buf *b = amp_call(l, "PlayerInputCmd");
		amp_put_int(b, "player_id", (int64_t)p->id);
		amp_put(b, "line", line);
	}
	amp_call_send(l, &(struct amp_call){.player = p->id, .done = on_input});
}

// --- joining a plain game ---

static void enter_object(struct amp_link *l, struct player *p)
{
	if (!amp_is_controlled(l->game, p->object, p)) {
		amp_put_int(amp_call(l, "NotifyFirstSessionConnectedOnObjectCmd"), "object_id",
			p->object);
		amp_call_send(l, &(struct amp_call){.player = p->id});
	}
	own(p)->in = true;
	through_object(l, p, SPAN("look"));
	amp_call_send(l, &(struct amp_call){.player = p->id});
	player_joined(p);
}

static void keep_object(struct amp_link *l, uint64_t account, int64_t object)
{
	struct accounts *a = l->game->edge->accounts;
	struct span game = span_str(l->game->name);
	if (account && account_object(a, account, game) != object)
		account_set_object(a, account, game, object);
}

static void set_object(struct player *p, int64_t object)
{
	p->object = object;
	p->game->moves++;
}

static void refuse(struct player *p, bool is_new)
{
	if (is_new)
		player_end(p, CLOSE_REFUSED, "The game could not let you in.");
	else
		player_hold(p);
}

static void ask_object(struct amp_link *l, struct player *p);

static bool is_joining(const struct player *p, const struct amp_link *l)
{
	return p && p->game == l->game && p->state == PLAYER_JOINING && own(p);
}

// Sessions of one account that came in together: one has asked for all.
static void ask_for_others(struct amp_link *l, uint64_t account)
{
	game_each(it, l->game)
	{
		struct player *p = container_of(it, struct player, in_game);
		if (account && p->account == account && is_joining(p, l))
			ask_object(l, p);
	}
}

static void on_object(
	struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	struct player *p = edge_player(l->game->edge, call->player);
	struct span text;
	int64_t object = -1;
	if (reply->got == AMP_LOST)
		return;
	bool good = reply->got == AMP_ANSWER && amp_find(reply->box, "object_id", &text) &&
		    amp_int(text, &object) && object >= 0;
	if (good)
		keep_object(l, call->account, object);
	if (is_joining(p, l)) {
		if (good) {
			set_object(p, object);
			enter_object(l, p);
		} else if (reply->got == AMP_EXPIRED) {
			player_hold(p);
		} else {
			refuse(p, !p->was_in);
		}
	}
	ask_for_others(l, call->account);
}

static bool is_asked_for(const struct amp_link *l, uint64_t account)
{
	list_each(it, &l->calls.waiting)
	{
		const struct amp_call *call = container_of(it, struct amp_call, in_calls);
		if (call->account == account && call->done == on_object)
			return true;
	}
	return false;
}

// An account that has no object yet is asked for once, or the game makes two.
static void ask_object(struct amp_link *l, struct player *p)
{
	if (p->account)
		set_object(p, account_object(l->game->edge->accounts, p->account,
				      span_str(l->game->name)));
	if (p->account && p->object < 0 && is_asked_for(l, p->account))
		return;
	struct buf *b = amp_call(l, "OnSessionConnectToObjectCmd");
	amp_put_int(b, "account_id", (int64_t)p->account);
	amp_put_int(b, "controlling_id", p->object);
	amp_put(b, "username", p->name ? span_str(p->name) : SPAN("Guest"));
	amp_call_send(
		l, &(struct amp_call){.player = p->id, .account = p->account, .done = on_object});
}

// --- joining a game that speaks of players ---

static void on_connected(
	struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	struct player *p = edge_player(l->game->edge, call->player);
	struct span text;
	int64_t object;
	if (!is_joining(p, l) || reply->got == AMP_LOST)
		return;
	if (reply->got == AMP_EXPIRED) {
		player_hold(p);
	} else if (reply->got == AMP_ERROR) {
		own(p)->in = false;
		refuse(p, !p->was_in);
	} else {
		if (amp_find(reply->box, "object_id", &text) && amp_int(text, &object)) {
			set_object(p, object);
			keep_object(l, p->account, object);
		}
		player_joined(p);
	}
}

static void connect_player(struct amp_link *l, struct player *p, bool again)
{
	struct value facts = game_describe(&l->arena, p);
	struct buf *b = amp_call(l, "PlayerConnectedCmd");
	amp_put_facts(b, &facts);
	amp_put_bool(b, "resumed", again);
	arena_clear(&l->arena);
	own(p)->in = true;
	amp_call_send(l, &(struct amp_call){.player = p->id, .done = on_connected});
}

void amp_join(struct game *g, struct player *p, bool again)
{
	struct amp_link *l = g->link;
	if (!p->link)
		p->link = mem_zalloc(sizeof(struct amp_player));
	own(p)->unheard = false;
	if (l->extended)
		connect_player(l, p, again);
	else if (again && p->object >= 0)
		player_joined(p);
	else
		ask_object(l, p);
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
