// SPDX-License-Identifier: MIT
// The way into an AMP game.  A plain one is asked which object the account controls, and hears of the
// first session on it; so one that has restarted needs to be told nothing.  One that speaks of players
// is told who it is, with all that is known, each time.
#include "base/mem.h"
#include "edge/gaming.h"
#include "edge/link/amp_link.h"

// --- a plain game ---

static void enter_object(struct amp_link *l, struct player *p)
{
	if (!amp_is_controlled(l->game, p->object, p)) {
		amp_put_int(amp_call(l, "NotifyFirstSessionConnectedOnObjectCmd"), "object_id",
			p->object);
		amp_call_send(l, &(struct amp_call){.player = p->id});
	}
	amp_own(p)->in = true;
	amp_through_object(l, p, SPAN("look"));
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
	return p && p->game == l->game && p->state == PLAYER_JOINING && amp_own(p);
}

// Sessions of one account that came in together: one has asked for all.
static void ask_for_others(struct amp_link *l, uint64_t account)
{
	game_each(it, l->game)
	{
		struct player *p = container_of(it, struct player, in_game);
		if (account && p->account == account && is_joining(p, l) && !amp_own(p)->asking)
			ask_object(l, p);
	}
}

static bool read_object(const struct amp_reply *reply, int64_t *object)
{
	struct span text;
	return reply->got == AMP_ANSWER && amp_find(reply->box, "object_id", &text) &&
	       amp_int(text, object) && *object >= 0;
}

// The player may have gone, or be held because the game said that it restarts: the object is kept.
static void on_object(
	struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	struct player *p = edge_player(l->game->edge, call->player);
	int64_t object;
	bool good = read_object(reply, &object);
	bool is_here = p && p->game == l->game && amp_own(p);
	if (is_here)
		amp_own(p)->asking = false;
	if (reply->got == AMP_LOST)
		return;
	if (good)
		keep_object(l, call->account, object);
	if (good && is_here)
		set_object(p, object);
	if (is_joining(p, l)) {
		if (good)
			enter_object(l, p);
		else if (reply->got == AMP_EXPIRED)
			player_hold(p);
		else
			refuse(p, !p->was_in);
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
	amp_own(p)->asking = true;
	struct buf *b = amp_call(l, "OnSessionConnectToObjectCmd");
	amp_put_int(b, "account_id", (int64_t)p->account);
	amp_put_int(b, "controlling_id", p->object);
	amp_put(b, "username", p->name ? span_str(p->name) : SPAN("Guest"));
	amp_call_send(
		l, &(struct amp_call){.player = p->id, .account = p->account, .done = on_object});
}

// --- one that speaks of players ---

static void on_connected(
	struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	struct player *p = edge_player(l->game->edge, call->player);
	int64_t object;
	if (!is_joining(p, l) || reply->got == AMP_LOST)
		return;
	if (reply->got == AMP_EXPIRED) {
		player_hold(p);
	} else if (reply->got == AMP_ERROR) {
		amp_own(p)->in = false;
		refuse(p, !p->was_in);
	} else {
		if (read_object(reply, &object)) {
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
	amp_own(p)->in = true;
	amp_call_send(l, &(struct amp_call){.player = p->id, .done = on_connected});
}

void amp_join(struct game *g, struct player *p, bool again)
{
	struct amp_link *l = g->link;
	if (!p->link)
		p->link = mem_zalloc(sizeof(struct amp_player));
	amp_own(p)->unheard = false;
	if (l->extended)
		connect_player(l, p, again);
	else if (again && p->object >= 0)
		player_joined(p);
	else
		ask_object(l, p);
}
