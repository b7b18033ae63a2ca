// SPDX-License-Identifier: MIT
#include "edge/menu.h"
#include "edge/edge.h"

struct game *menu_only(const struct edge *e)
{
	const char *name = e->config->players.default_game;
	if (*name)
		return edge_game((struct edge *)e, span_str(name));
	bool one = e->games.next != &e->games && e->games.next->next == &e->games;
	return one ? container_of(e->games.next, struct game, in_edge) : NULL;
}

void menu_show(struct player *p)
{
	struct buf b = {0};
	int number = 0;
	if (list_empty(&p->edge->games)) {
		player_end(p, CLOSE_REMOVED, "There is no game behind this gate.");
		return;
	}
	list_each(it, &p->edge->games)
	{
		const struct game *g = container_of(it, struct game, in_edge);
		buf_printf(&b, "%3d  %s%s\n", ++number, g->name,
			game_is_in(g) ? "" : "  (away for a moment)");
	}
	buf_char(&b, '\0');
	player_notice(p, b.p);
	player_prompt(p, "Which game? ");
	buf_fini(&b);
}

static struct game *chosen(struct edge *e, struct span word)
{
	uint64_t number;
	struct game *g = edge_game(e, word);
	if (g || !span_uint(word, 1000, &number))
		return g;
	list_each(it, &e->games) if (--number == 0) return container_of(it, struct game, in_edge);
	return NULL;
}

void menu_line(struct player *p, struct span utf8)
{
	struct span word = span_trim(utf8);
	struct game *g = chosen(p->edge, word);
	if (!word.n)
		player_prompt(p, "Which game? ");
	else if (g)
		player_choose(p, g);
	else
		menu_show(p);
}
