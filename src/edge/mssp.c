// SPDX-License-Identifier: MIT
#include "edge/mssp.h"
#include "edge/edge.h"
#include <stdio.h>

static void put(struct buf *b, const char *name, struct span value)
{
	buf_str(b, name);
	buf_char(b, '\0');
	buf_span(b, value);
	buf_char(b, '\0');
}

static void put_number(struct buf *b, const char *name, uint64_t n)
{
	char text[24];
	snprintf(text, sizeof text, "%llu", (unsigned long long)n);
	put(b, name, span_str(text));
}

static bool is_ours(struct span name)
{
	return span_caseeq(name, SPAN("NAME")) || span_caseeq(name, SPAN("PLAYERS")) ||
	       span_caseeq(name, SPAN("UPTIME"));
}

static bool is_configured(const struct game *g, struct span name)
{
	for (size_t i = 0; i < g->config->mssp.n; i++)
		if (span_caseeq(span_str(g->config->mssp.at[i].name), name))
			return true;
	return false;
}

// What the game said of itself, but for what the gate or the configuration knows better.
static void put_said(struct buf *b, const struct game *g)
{
	struct span all = buf_bytes(&g->mssp);
	while (all.n) {
		struct span name = span_until(all, '\0');
		span_take(&all, min_size(name.n + 1, all.n));
		struct span value = span_until(all, '\0');
		span_take(&all, min_size(value.n + 1, all.n));
		if (is_ours(name) || is_configured(g, name))
			continue;
		buf_span(b, name);
		buf_char(b, '\0');
		buf_span(b, value);
		buf_char(b, '\0');
	}
}

static uint64_t playing(const struct game *g)
{
	uint64_t n = 0;
	game_each(it, g) n += player_has_game(container_of(it, struct player, in_game));
	return n;
}

void mssp_pairs(const struct edge *e, const struct game *g, struct buf *b)
{
	const struct config_identity *mud = &e->config->identities.at[0];
	put(b, "NAME", span_str(g ? g->name : mud->name));
	put_number(b, "PLAYERS", g ? playing(g) : e->n_players);
	if (g && g->up_since_s)
		put_number(b, "UPTIME", g->up_since_s);
	for (size_t i = 0; g && i < g->config->mssp.n; i++)
		put(b, g->config->mssp.at[i].name, span_str(g->config->mssp.at[i].value));
	if (g)
		put_said(b, g);
}
