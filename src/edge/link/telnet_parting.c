// SPDX-License-Identifier: MIT
// Why the game may have closed a connection: because the player asked it to, because it does not want
// the player, or because it is gone.
#include "base/clock.h"
#include "edge/link/telnet_priv.h"

// Words that end a game, or the menu behind it.
static const char *const goodbyes[] = {
	"quit", "quit!", "qui", "@quit", "logout", "logoff", "@logout", "exit", "bye", "0"};

static bool is_goodbye(struct span line)
{
	for (size_t i = 0; i < countof(goodbyes); i++)
		if (span_caseeq(line, span_str(goodbyes[i])))
			return true;
	return false;
}

void parting_typed(struct upstream *u, struct span line)
{
	enum { LINES = 3 }; // the word, and two answers: "Are you sure?", "Where to?"
	if (is_goodbye(span_trim(line)))
		u->quitting = LINES;
	else if (u->quitting)
		u->quitting--;
	u->typed_ms = clock_ms();
}

bool parting_is_quit(const struct upstream *u, enum conn_close why)
{
	return u->joined && u->quitting && why == CLOSE_EOF &&
	       clock_ms() - u->typed_ms <= UPSTREAM_QUIT_MS;
}

void parting_lost(struct upstream *u)
{
	u->lost_ms = clock_ms();
	u->was_short = u->joined && u->lost_ms - u->opened_ms < UPSTREAM_SHORT_MS;
}

// Asked when the game has let the player in anew: only then is it certain that it was alive all along.
bool parting_is_unwanted(struct upstream *u)
{
	u->shorts = u->was_short && reach_has_others(u->reach, u) ? u->shorts + 1 : 0;
	u->was_short = false;
	return u->shorts >= UPSTREAM_SHORT_MAX;
}
