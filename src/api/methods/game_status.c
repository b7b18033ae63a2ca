// SPDX-License-Identifier: MIT
#include "api/play.h"

enum { ETA_MAX = 86400 };

static bool run(struct call *c)
{
	struct gaming *g = call_gaming(c);
	struct span state = call_text(c, "state");
	struct gaming_status status = {.restarting = span_is(state, "restarting"),
		.eta_s = (uint32_t)call_int_or(c, "eta", 0),
		.message = call_text(c, "message")};
	if (!g)
		return false;
	if (!status.restarting && !span_is(state, "up"))
		return call_fail_say(
			c, ERROR_BAD_PARAM, "state", "state must be \"up\" or \"restarting\"");
	g->ops->status(g, c->identity, &status);
	call_put_text(c, "status", "noted");
	return true;
}

const struct method method_game_status = {
	.name = "game_status",
	.says = "Says that your game restarts, so that its players are told and held at once, or "
		"that "
		"it is up again, which connecting says as well.",
	.right = RIGHT_PLAYERS,
	.args = (const struct arg[]){{"state", NULL, ARG_TEXT, true, 1, 16, "up or restarting"},
		{"eta", NULL, ARG_INT, false, 0, ETA_MAX, "seconds until it is back, if you know"},
		{"message", NULL, ARG_TEXT, false, 0, 400,
			"what players read instead of notices.down and notices.waiting"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"noted\""}, {0}},
	.run = run,
};
