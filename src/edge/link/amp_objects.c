// SPDX-License-Identifier: MIT
// Commands of dott games: they speak of objects, and of everybody.
#include "edge/gaming.h"
#include "edge/link/amp_ask.h"
#include "edge/link/amp_link.h"

static struct value on_object(struct amp_link *l, int64_t object)
{
	return amp_index_find(&l->index, l->game, object, &l->arena);
}

// What a dott game emits is a line, without its end.
static void emit(struct amp_ask *a)
{
	struct amp_link *l = a->link;
	int64_t object = amp_ask_int(a, "object_id");
	struct span message = amp_ask_text(a, "message");
	if (amp_ask_failed(a))
		return;
	struct value ids = on_object(l, object);
	buf_clear(&l->text);
	buf_span(&l->text, message);
	buf_char(&l->text, '\n');
	game_output(l->game, &(struct gaming_whom){.ids = &ids},
		&(struct gaming_text){.text = buf_bytes(&l->text)});
}

static void announce(struct amp_ask *a)
{
	struct amp_link *l = a->link;
	struct span message = amp_ask_text(a, "message");
	struct span prefix = amp_ask_maybe(a, "prefix");
	if (amp_ask_failed(a))
		return;
	buf_clear(&l->text);
	buf_span(&l->text, prefix);
	if (prefix.n && prefix.p[prefix.n - 1] != ' ')
		buf_char(&l->text, ' ');
	buf_span(&l->text, message);
	game_announce(l->game, buf_bytes(&l->text));
}

// One value must hold all names; those beyond it are not said, but for a line in the log.
static void who(struct amp_ask *a)
{
	struct game *g = a->link->game;
	size_t left_out = 0;
	size_t list = amp_open(&a->answer, "accounts");
	game_each(it, g)
	{
		const struct player *p = container_of(it, struct player, in_game);
		struct span name = span_str(p->name);
		if (!player_has_game(p) || !p->name)
			continue;
		if (a->answer.n - list + 2 + name.n <= AMP_VALUE_MAX)
			amp_put_item(&a->answer, name);
		else
			left_out++;
	}
	amp_close(&a->answer, list);
	if (left_out)
		log_warning("amp_who", log_str("game", g->name),
			log_int("left_out", (int64_t)left_out));
}

static void disconnect(struct amp_ask *a)
{
	struct amp_link *l = a->link;
	int64_t object = amp_ask_int(a, "object_id");
	if (amp_ask_failed(a))
		return;
	struct value ids = on_object(l, object);
	uint32_t n = game_close(l->game, &(struct gaming_whom){.ids = &ids}, (struct span){0});
	amp_put_int(&a->answer, "num_sessions_closed", n);
}

// dott's proxy ends, and is started again.  This one has other games.
static void shut_down(struct amp_ask *a)
{
	struct game *g = a->link->game;
	log_warning("amp_shutdown", log_str("game", g->name), log_int("players", g->n_players));
	game_each(it, g) player_end(container_of(it, struct player, in_game), CLOSE_SHUTDOWN,
		"The game has closed its gate. Please come back soon.");
}

static void pong(struct amp_ask *a)
{
	(void)a;
}

const struct amp_command amp_commands_objects[] = {
	{"EmitToObjectCmd", emit},
	{"AnnounceToAllSessionsCmd", announce},
	{"WhoConnectedCmd", who},
	{"DisconnectSessionsOnObjectCmd", disconnect},
	{"ShutdownProxyCmd", shut_down},
	{"PingCmd", pong},
	{NULL, NULL},
};
