// SPDX-License-Identifier: MIT
// A line that a player has typed: for a dialogue with the gate, one of the gate's words, or for the
// game, which may be away.
#include "base/clock.h"
#include "edge/edge.h"
#include "edge/login.h"
#include "edge/menu.h"
#include "edge/player.h"
#include "edge/word.h"

enum {
	// Lines of one who is on the way to a game that is there: what clients send at once to log in.
	EARLY_LINES_MAX = 20,
};

// --- while the game is away, or has not got the player yet ---

static const char not_kept[] = "What you typed meanwhile was not kept.";

void player_drop_typed(struct player *p, bool tell)
{
	if (p->n_typed && tell)
		player_notice(p, not_kept);
	buf_fini(&p->typed);
	p->n_typed = 0;
}

static void keep(struct player *p, struct span line)
{
	const struct config_game *g = p->game->config;
	uint32_t most = (uint32_t)g->input_while_down.queue;
	if (p->told_away && !most) {
		player_notice(p, g->notices.refused);
		return;
	}
	if (p->was_hidden) { // a password, which the game would take for a command
		p->was_hidden = false;
		player_notice(p, not_kept);
		return;
	}
	if (!p->told_away && most < EARLY_LINES_MAX)
		most = EARLY_LINES_MAX;
	if (p->n_typed >= most || p->typed.n + line.n + 1 > PLAYER_TYPED_MAX) {
		player_notice(p, g->notices.dropped);
		return;
	}
	buf_span(&p->typed, line);
	buf_char(&p->typed, '\n');
	p->n_typed++;
}

// The game may go again on any of the lines, and the rest waits for the next time.
void player_send_typed(struct player *p)
{
	while (p->n_typed && p->state == PLAYER_PLAYING) {
		struct span line = span_until(buf_bytes(&p->typed), '\n');
		struct buf copy = {0};
		buf_span(&copy, line);
		buf_drop(&p->typed, line.n + 1);
		p->n_typed--;
		p->game->kind->input(p->game, p, buf_bytes(&copy));
		buf_fini(&copy);
	}
	if (!p->n_typed)
		buf_fini(&p->typed);
}

// --- whom a line is for ---

// The word that keeps a connection alive, and does not count.
static bool is_idle_word(const struct player *p, struct span line)
{
	return !p->hidden && span_caseeq(span_trim(line), SPAN("idle"));
}

static void to_game(struct player *p, struct span line)
{
	if (p->state == PLAYER_PLAYING)
		p->game->kind->input(p->game, p, line);
	else if (span_trim(line).n)
		keep(p, line);
}

void player_line(struct player *p, struct span line)
{
	if (p->state == PLAYER_ENDED || is_idle_word(p, line))
		return;
	p->typed_ms = clock_ms();
	if (!p->hidden && !p->login && word_run(p, line))
		return;
	if (p->login)
		login_line(p->login, line);
	else if (p->state == PLAYER_CHOOSING)
		menu_line(p, line);
	else if (player_has_game(p))
		to_game(p, line);
}
