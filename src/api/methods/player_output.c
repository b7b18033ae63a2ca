// SPDX-License-Identifier: MIT
#include "api/play.h"
#include "proto/markup.h"

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	struct gaming_whom whom;
	enum dialect dialect;
	struct gaming_text text = {.text = call_text(c, "text"),
		.markup = call_text(c, "markup"),
		.prompt = call_bool(c, "prompt")};
	if (!g || !call_whom(c, &whom))
		return false;
	if (text.markup.n && !dialect_find(text.markup, &dialect))
		return call_fail_say(c, ERROR_BAD_PARAM, "markup",
			"markup must be none, ansi, pinkfish, evennia, rom, smaug or circle");
	call_reached(c, &whom, g->ops->output(g, c->identity, &whom, &text));
	return true;
}

const struct method method_player_output = {
	.name = "player_output",
	.says = "Shows text to players of your game.  Every line of it ends with a newline; text "
		"without one at its end stays open.",
	.right = RIGHT_PLAYERS,
	.uncounted = true,
	.args = (const struct arg[]){WHOM_ARGS,
		{"text", NULL, ARG_TEXT, false, 0, PLAY_TEXT_MAX, "what they read"},
		{"markup", NULL, ARG_TEXT, false, 0, 16,
			"none, ansi, pinkfish, evennia, rom, smaug or circle; that of the game by "
			"default"},
		{"prompt", NULL, ARG_BOOL, false, 0, 0,
			"its end is a prompt, and is marked for the client as one"},
		{0}},
	.results = (const struct result_field[]){REACHED_RESULTS, {0}},
	.run = run,
};
