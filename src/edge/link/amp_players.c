// SPDX-License-Identifier: MIT
// Commands of games that speak of players: what clients of the API say by methods of the same names.
#include "edge/gaming.h"
#include "edge/link/amp_ask.h"
#include "edge/link/amp_link.h"
#include "proto/gmcp.h"
#include "proto/json.h"

// --- whom ---

struct whom {
	struct value ids; // type VALUE_NULL: all
	struct value_list missing;
};

static void push_id(struct amp_ask *a, struct value_list *ids, struct span text)
{
	int64_t id;
	if (amp_int(text, &id))
		value_push(ids, value_int(id));
	else
		amp_ask_fault(a, "player_ids", "is no list of integers");
}

static struct whom read_whom(struct amp_ask *a)
{
	struct whom w = {.ids = value_null(), .missing = {.arena = &a->link->arena}};
	struct value_list ids = {.arena = &a->link->arena};
	struct span list, item;
	if (amp_find(a->box, "player_ids", &list)) {
		while (amp_item(&list, &item))
			push_id(a, &ids, item);
	} else if (amp_ask_has(a, "player_id")) {
		value_push(&ids, value_int(amp_ask_int(a, "player_id")));
	} else {
		return w;
	}
	w.ids = value_list_array(&ids);
	return w;
}

static struct whom read_some(struct amp_ask *a)
{
	struct whom w = read_whom(a);
	if (w.ids.type == VALUE_NULL)
		amp_ask_fault(a, "player_ids", "is missing");
	return w;
}

static struct gaming_whom of(struct whom *w)
{
	return (struct gaming_whom){
		.ids = w->ids.type == VALUE_NULL ? NULL : &w->ids, .missing = &w->missing};
}

// Those who are missing are some of those who were asked for, so they fit.
static void answer(struct amp_ask *a, const struct whom *w, uint32_t reached)
{
	amp_put_int(&a->answer, "reached", reached);
	size_t list = amp_open(&a->answer, "missing");
	for (size_t i = 0; i < w->missing.n; i++) {
		size_t item = amp_open(&a->answer, NULL);
		buf_int(&a->answer, w->missing.at[i].i);
		amp_close(&a->answer, item);
	}
	amp_close(&a->answer, list);
}

// --- what ---

static void output(struct amp_ask *a)
{
	struct whom w = read_whom(a);
	struct gaming_whom whom = of(&w);
	struct gaming_text text = {.text = amp_ask_text(a, "text"),
		.markup = amp_ask_maybe(a, "markup"),
		.prompt = amp_ask_has(a, "prompt") && amp_ask_bool(a, "prompt")};
	enum dialect dialect;
	if (text.markup.n && !dialect_find(text.markup, &dialect))
		amp_ask_fault(a, "markup", "is no markup we know");
	if (!amp_ask_failed(a))
		answer(a, &w, game_output(a->link->game, &whom, &text));
}

static bool is_json(struct amp_ask *a, struct span text)
{
	struct value v;
	return !text.n || json_read_copy(&a->link->arena, text, &v);
}

static void oob(struct amp_ask *a)
{
	struct whom w = read_whom(a);
	struct gaming_whom whom = of(&w);
	struct span package = amp_ask_text(a, "package");
	struct span data = amp_ask_maybe(a, "data");
	if (!gmcp_is_package(package))
		amp_ask_fault(a, "package", "is no name of a GMCP package");
	if (!is_json(a, data))
		amp_ask_fault(a, "data", "is no JSON");
	if (!amp_ask_failed(a))
		answer(a, &w, game_oob(a->link->game, &whom, package, data));
}

static void echo(struct amp_ask *a)
{
	struct whom w = read_whom(a);
	struct gaming_whom whom = of(&w);
	bool on = amp_ask_bool(a, "on");
	if (!amp_ask_failed(a))
		answer(a, &w, game_echo(a->link->game, &whom, on));
}

static void attach(struct amp_ask *a)
{
	struct whom w = read_some(a);
	struct gaming_whom whom = of(&w);
	int64_t object = amp_ask_int(a, "object_id");
	struct span name = amp_ask_maybe(a, "name");
	if (!amp_ask_failed(a))
		answer(a, &w, game_attach(a->link->game, &whom, object, name));
}

static void finish(struct amp_ask *a)
{
	struct whom w = read_some(a);
	struct gaming_whom whom = of(&w);
	struct span reason = amp_ask_maybe(a, "reason");
	if (!amp_ask_failed(a))
		answer(a, &w, game_close(a->link->game, &whom, reason));
}

static void announce(struct amp_ask *a)
{
	struct span text = amp_ask_text(a, "text");
	if (!amp_ask_failed(a))
		amp_put_int(&a->answer, "reached", game_announce(a->link->game, text));
}

static void status(struct amp_ask *a)
{
	struct span state = amp_ask_text(a, "state");
	struct gaming_status s = {
		.restarting = span_is(state, "restarting"), .message = amp_ask_maybe(a, "message")};
	int64_t eta = amp_ask_has(a, "eta") ? amp_ask_int(a, "eta") : 0;
	if (!s.restarting && !span_is(state, "up"))
		amp_ask_fault(a, "state", "is neither up nor restarting");
	if (eta < 0 || eta > UINT32_MAX)
		amp_ask_fault(a, "eta", "is no number of seconds");
	s.eta_s = (uint32_t)eta;
	if (!amp_ask_failed(a))
		game_status(a->link->game, &s);
}

// --- who is here ---

// As many as one value holds, in order of their ids; `more` says that the last one's id is to be
// asked for as `after`.
static void list(struct amp_ask *a)
{
	struct game *g = a->link->game;
	uint64_t after = amp_ask_has(a, "after") ? (uint64_t)amp_ask_int(a, "after") : 0;
	bool more = false;
	if (amp_ask_failed(a))
		return;
	size_t opened = amp_open(&a->answer, "players");
	list_each(it, &g->edge->players)
	{
		const struct player *p = container_of(it, struct player, in_edge);
		size_t before = a->answer.n;
		if (p->game != g || !player_has_game(p) || p->id <= after)
			continue;
		struct value facts = game_describe(&a->link->arena, p);
		amp_put_facts(&a->answer, &facts);
		amp_end(&a->answer);
		more = a->answer.n - opened > AMP_VALUE_MAX;
		if (more) {
			a->answer.n = before;
			break;
		}
	}
	amp_close(&a->answer, opened);
	amp_put_bool(&a->answer, "more", more);
}

const struct amp_command amp_commands_players[] = {
	{"PlayerListCmd", list},
	{"PlayerOutputCmd", output},
	{"PlayerOobCmd", oob},
	{"PlayerEchoCmd", echo},
	{"PlayerAttachCmd", attach},
	{"PlayerCloseCmd", finish},
	{"PlayerAnnounceCmd", announce},
	{"GameStatusCmd", status},
	{NULL, NULL},
};
