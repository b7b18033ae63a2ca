// SPDX-License-Identifier: MIT
// The life of an AMP link: dialling once a second for as long as it takes, HelloCmd, pings.
#include "base/clock.h"
#include "base/mem.h"
#include "edge/link/amp_link.h"
#include <stdlib.h>

static void enter(struct amp_link *l, enum amp_state state, uint64_t ms)
{
	l->state = state;
	timer_start(&l->deadline, ms);
}

// --- up ---

static void up(struct amp_link *l, bool extended)
{
	l->extended = extended;
	l->pinged = false;
	l->ping_ms = clock_ms() + AMP_PING_MS;
	l->said_away = false;
	backoff_reset(&l->backoff);
	enter(l, AMP_UP, AMP_TICK_MS);
	log_info("amp_up", log_str("game", l->game->name),
		log_str("speaks", extended ? "of players" : "of objects"));
	amp_gone_tell(l);
	game_up(l->game);
}

static void on_hello(struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	(void)call;
	if (reply->got == AMP_LOST || reply->got == AMP_EXPIRED)
		return;
	bool plain = reply->got == AMP_ERROR && span_is(reply->code, "UNHANDLED");
	if (reply->got == AMP_ANSWER || plain)
		up(l, !plain);
	else
		amp_socket_break(l->socket, CLOSE_REFUSED);
}

void amp_link_connected(struct amp_link *l)
{
	const char *secret = l->game->config->amp.secret;
	enter(l, AMP_HELLO, AMP_HELLO_MS);
	struct buf *b = amp_call(l, "HelloCmd");
	amp_put_int(b, "version", AMP_VERSION);
	amp_put(b, "gate", SPAN("Gatehouse"));
	if (*secret)
		amp_put(b, "secret", span_str(secret));
	amp_call_send(l, &(struct amp_call){.done = on_hello});
}

static void on_pong(struct amp_link *l, const struct amp_call *call, const struct amp_reply *reply)
{
	(void)call;
	if (reply->got == AMP_ANSWER || reply->got == AMP_ERROR) {
		l->pinged = false;
		l->ping_ms = clock_ms() + AMP_PING_MS;
	}
}

// A game that does not know it says UNHANDLED, which is an answer as well.
static void ping(struct amp_link *l)
{
	l->pinged = true;
	l->ping_ms = clock_ms() + AMP_PONG_MS;
	amp_call(l, "PingCmd");
	amp_call_send(l, &(struct amp_call){.done = on_pong});
}

// Those who were not let in, or whose joining had no answer, try again.
static void resume(struct amp_link *l)
{
	if (clock_ms() < l->again_ms)
		return;
	l->again_ms = clock_ms() + AMP_AGAIN_MS;
	game_each(it, l->game)
	{
		struct player *p = container_of(it, struct player, in_game);
		if (list_empty(&p->in_line))
			player_resume(p);
	}
}

static void tick(struct amp_link *l)
{
	timer_start(&l->deadline, AMP_TICK_MS);
	resume(l);
	amp_calls_expire(l, clock_ms());
	if (clock_ms() < l->ping_ms)
		return;
	if (l->pinged)
		amp_socket_break(l->socket, CLOSE_NO_PONG);
	else
		ping(l);
}

// --- down ---

void amp_link_lost(struct amp_link *l, const char *why)
{
	bool was_up = l->state == AMP_UP;
	l->socket = NULL;
	enter(l, AMP_PAUSE, backoff_next(&l->backoff));
	LOG_AT(l->said_away ? LOG_DEBUG : LOG_WARNING, "amp_down", log_str("game", l->game->name),
		log_str("why", why));
	l->said_away = true;
	if (was_up)
		game_down(l->game, why);
	amp_calls_lost(l);
}

static void on_deadline(struct timer *t)
{
	struct amp_link *l = container_of(t, struct amp_link, deadline);
	switch (l->state) {
	case AMP_PAUSE:
		if (l->game->edge->closing)
			break;
		l->state = AMP_DIALING; // its conn has a deadline
		l->socket = amp_socket_open(l, l->backoff.failures);
		break;
	case AMP_DIALING: break;
	case AMP_HELLO: amp_socket_break(l->socket, CLOSE_NO_PONG); break;
	case AMP_UP: tick(l); break;
	}
}

// --- boxes ---

static bool reply_of(struct span box, struct span *tag, struct amp_reply *reply)
{
	*reply = (struct amp_reply){.box = box};
	if (amp_find(box, "_answer", tag))
		return true;
	if (!amp_find(box, "_error", tag))
		return false;
	reply->got = AMP_ERROR;
	if (!amp_find(box, "_error_code", &reply->code) ||
		!amp_find(box, "_error_description", &reply->description))
		reply->description = SPAN("no words");
	return true;
}

void amp_link_heard(struct amp_link *l, struct span box)
{
	struct amp_reply reply;
	struct span tag;
	if (reply_of(box, &tag, &reply))
		amp_calls_answered(l, tag, &reply);
	else
		amp_serve(l, box);
	arena_clear(&l->arena);
}

// --- life ---

static void link_open(struct game *g)
{
	struct amp_link *l = mem_zalloc(sizeof *l);
	g->link = l;
	l->game = g;
	l->backoff = (struct backoff){.base_ms = AMP_RETRY_MS, .cap_ms = AMP_RETRY_MS};
	amp_calls_init(&l->calls);
	amp_gone_init(&l->gone);
	timer_init(net_loop(g->edge->net), &l->deadline, on_deadline);
	enter(l, AMP_PAUSE, 0);
}

static void on_closed(struct timer *t)
{
	free(container_of(t, struct amp_link, deadline));
}

static void link_close(struct game *g)
{
	struct amp_link *l = g->link;
	g->link = NULL;
	l->state = AMP_PAUSE;
	amp_calls_lost(l); // players stay when the game has another address
	if (l->socket)
		amp_socket_close(l->socket);
	amp_calls_fini(&l->calls);
	amp_gone_fini(&l->gone);
	arena_fini(&l->arena);
	buf_fini(&l->text);
	amp_index_fini(&l->index);
	timer_close(&l->deadline, on_closed);
}

const struct game_link_kind link_amp = {.name = "amp",
	.open = link_open,
	.close = link_close,
	.join = amp_join,
	.input = amp_input,
	.resize = amp_resize,
	.oob = amp_oob,
	.leave = amp_leave};
