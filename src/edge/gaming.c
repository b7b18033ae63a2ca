// SPDX-License-Identifier: MIT
#include "edge/gaming.h"
#include "edge/edge.h"
#include "proto/charset.h"

// --- whom ---

struct deed { // one thing done to each of several players
	struct game *game;
	void (*run)(struct player *, const struct deed *); // may end the player
	// What that one takes of these:
	struct showing *showing;
	struct oob *oob;
	struct span words;
	int64_t object;
	bool on;
};

static struct player *named(const struct game *g, const struct value *id)
{
	struct player *p = edge_player(g->edge, (uint64_t)id->i);
	return p && p->game == g && player_has_game(p) ? p : NULL;
}

static uint32_t to_some(const struct deed *d, const struct gaming_whom *whom)
{
	uint32_t n = 0;
	for (size_t i = 0; i < whom->ids->n; i++) {
		const struct value *id = &whom->ids->at[i];
		struct player *p = named(d->game, id);
		if (p)
			d->run(p, d);
		else if (whom->missing)
			value_push(whom->missing, *id);
		n += p != NULL;
	}
	return n;
}

static uint32_t to_all(const struct deed *d)
{
	uint32_t n = 0;
	game_each(it, d->game)
	{
		struct player *p = container_of(it, struct player, in_game);
		if (!player_has_game(p))
			continue;
		d->run(p, d);
		n++;
	}
	return n;
}

static uint32_t perform(const struct deed *d, const struct gaming_whom *whom)
{
	return whom->ids ? to_some(d, whom) : to_all(d);
}

// --- what ---

static void show(struct player *p, const struct deed *d)
{
	player_show(p, d->showing);
}

uint32_t game_output(struct game *g, const struct gaming_whom *whom, const struct gaming_text *text)
{
	struct showing s;
	enum dialect dialect = (enum dialect)g->config->markup;
	if (text->markup.n && !dialect_find(text->markup, &dialect))
		return 0; // checked before
	edge_read(g->edge, dialect, text->text, &s);
	s.prompt = text->prompt;
	uint32_t n = perform(&(struct deed){.game = g, .run = show, .showing = &s}, whom);
	showing_fini(&s);
	return n;
}

uint32_t game_announce(struct game *g, struct span text)
{
	struct showing s;
	edge_read(g->edge, (enum dialect)g->config->markup, text, &s);
	s.notice = true;
	uint32_t n = to_all(&(struct deed){.game = g, .run = show, .showing = &s});
	showing_fini(&s);
	return n;
}

static void send_oob(struct player *p, const struct deed *d)
{
	player_tell(p, d->oob);
}

uint32_t game_oob(
	struct game *g, const struct gaming_whom *whom, struct span package, struct span json)
{
	struct oob m = {.package = package, .json = json};
	uint32_t n = perform(&(struct deed){.game = g, .run = send_oob, .oob = &m}, whom);
	oob_fini(&m);
	return n;
}

static void echo(struct player *p, const struct deed *d)
{
	player_hide(p, !d->on);
}

uint32_t game_echo(struct game *g, const struct gaming_whom *whom, bool on)
{
	return perform(&(struct deed){.game = g, .run = echo, .on = on}, whom);
}

static void attach(struct player *p, const struct deed *d)
{
	p->object = d->object;
	p->game->moves++;
	if (d->words.n)
		player_known_as(p, d->words);
	if (p->account)
		account_set_object(
			p->edge->accounts, p->account, span_str(p->game->name), d->object);
}

uint32_t game_attach(
	struct game *g, const struct gaming_whom *whom, int64_t object, struct span name)
{
	struct deed d = {.game = g, .run = attach, .object = object, .words = name};
	return perform(&d, whom);
}

static void finish(struct player *p, const struct deed *d)
{
	if (d->showing)
		player_show(p, d->showing);
	player_end(p, CLOSE_DONE, NULL);
}

uint32_t game_close(struct game *g, const struct gaming_whom *whom, struct span words)
{
	struct showing s;
	edge_read(g->edge, (enum dialect)g->config->markup, words, &s);
	s.notice = true;
	struct deed d = {.game = g, .run = finish, .showing = words.n ? &s : NULL};
	uint32_t n = perform(&d, whom);
	showing_fini(&s);
	return n;
}

// --- who is here ---

struct value game_describe_terminal(struct arena *a, const struct player *p)
{
	static const int64_t colours[] = {0, 16, 256, 16777216};
	struct value_list t = {.arena = a};
	struct terminal_facts f;
	player_facts(p, &f);
	value_pair(&t, "client", value_span(f.client));
	value_pair(&t, "version", value_span(f.version));
	value_pair(&t, "type", value_span(f.type));
	value_pair(&t, "width", value_int(f.width));
	value_pair(&t, "height", value_int(f.height));
	if (p->terminal) {
		const struct look *look = &p->terminal->look;
		value_pair(&t, "colors", value_int(colours[look->colours]));
		value_pair(&t, "charset", value_str(charset_name((enum charset)look->charset)));
		value_pair(&t, "screenreader", value_bool(look->reader));
	}
	value_pair(&t, "gmcp", value_bool(f.gmcp));
	value_pair(&t, "msdp", value_bool(f.msdp));
	return value_list_map(&t);
}

struct value game_describe(struct arena *a, const struct player *p)
{
	struct value_list l = {.arena = a};
	struct terminal_facts f;
	player_facts(p, &f);
	value_pair(&l, "player_id", value_int((int64_t)p->id));
	if (p->name)
		value_pair(&l, "name", value_str(p->name));
	if (p->account)
		value_pair(&l, "account_id", value_int((int64_t)p->account));
	if (p->object >= 0)
		value_pair(&l, "object_id", value_int(p->object));
	value_pair(&l, "address", value_str(p->address));
	value_pair(&l, "transport", value_str(f.transport));
	value_pair(&l, "secure", value_bool(f.secure));
	value_pair(&l, "terminal", game_describe_terminal(a, p));
	return value_list_map(&l);
}

// --- for the API ---

static struct game *of(struct gaming *gaming, const struct identity *i)
{
	return edge_game(container_of(gaming, struct edge, gaming), span_str(i->name));
}

static bool has(struct gaming *gaming, const struct identity *i)
{
	return of(gaming, i) != NULL;
}

static void presence(struct gaming *gaming, struct identity *i)
{
	struct game *g = of(gaming, i);
	if (!g || g->kind != &link_rpc)
		return;
	if (i->n_plays)
		game_up(g);
	else
		game_down(g, "its last session has gone");
}

// The edge's list is in order of id.
static bool list(struct gaming *gaming, const struct identity *i, const struct gaming_page *page,
	struct value_list *out)
{
	struct game *g = of(gaming, i);
	list_each(it, &g->edge->players)
	{
		struct player *p = container_of(it, struct player, in_edge);
		if (p->id <= page->after || p->game != g || !player_has_game(p))
			continue;
		if (out->n == page->limit)
			return true;
		value_push(out, game_describe(out->arena, p));
	}
	return false;
}

static uint32_t output(struct gaming *gaming, const struct identity *i,
	const struct gaming_whom *whom, const struct gaming_text *text)
{
	return game_output(of(gaming, i), whom, text);
}

static uint32_t oob(struct gaming *gaming, const struct identity *i, const struct gaming_whom *whom,
	struct span package, struct span json)
{
	return game_oob(of(gaming, i), whom, package, json);
}

static uint32_t echoing(
	struct gaming *gaming, const struct identity *i, const struct gaming_whom *whom, bool on)
{
	return game_echo(of(gaming, i), whom, on);
}

static uint32_t attaching(struct gaming *gaming, const struct identity *i,
	const struct gaming_whom *whom, int64_t object, struct span name)
{
	return game_attach(of(gaming, i), whom, object, name);
}

static uint32_t closing(struct gaming *gaming, const struct identity *i,
	const struct gaming_whom *whom, struct span words)
{
	return game_close(of(gaming, i), whom, words);
}

static uint32_t announce(struct gaming *gaming, const struct identity *i, struct span text)
{
	return game_announce(of(gaming, i), text);
}

static void status(struct gaming *gaming, const struct identity *i, const struct gaming_status *s)
{
	game_status(of(gaming, i), s);
}

const struct gaming_ops edge_gaming_ops = {.has = has,
	.presence = presence,
	.list = list,
	.output = output,
	.oob = oob,
	.echo = echoing,
	.attach = attaching,
	.close = closing,
	.announce = announce,
	.status = status};
