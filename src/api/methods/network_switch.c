// SPDX-License-Identifier: MIT
#include "api/moderate.h"
#include "base/log.h"

static bool run(struct call *c)
{
	struct moderation *m = &c->identity->hub->moderation;
	bool on = call_bool(c, "on");
	struct moderation_spec spec = {.scope = call_scope(c),
		.reason = call_text(c, "reason"),
		.until_s = (uint64_t)call_int_or(c, "until", 0),
		.by = span_str(c->identity->name)};
	struct buf why = {0};
	bool done = moderation_switch(m, on, &spec, &why);
	if (!done)
		call_fail_say(c, ERROR_BAD_RULE, NULL, "%.*s", (int)why.n, why.p);
	buf_fini(&why);
	if (!done)
		return false;
	log_info("network_switch", log_span("by", spec.by), log_str("to", on ? "on" : "off"),
		log_span("scope", spec.scope), log_span("reason", spec.reason));
	const struct identity *scope = hub_identity(c->identity->hub, spec.scope);
	const char *words = moderation_off_words(m, scope, c->arena);
	call_put_text(c, "status", words ? "off" : "on");
	if (words)
		call_put_text(c, "switched_off", words);
	return true;
}

const struct method method_network_switch = {
	.name = "network_switch",
	.says = "Switches talk with the network off or on: tells, channel lines and requests, both "
		"ways.  The login at the router stays.  A MUD is on when neither it nor all of the "
		"gateway is off.  Survives restarts.",
	.right = RIGHT_ADMIN,
	.args = (const struct arg[]){{"on", NULL, ARG_BOOL, true, 0, 0, "on or off"},
		{"reason", NULL, ARG_TEXT, false, 0, MODERATION_REASON_MAX,
			"told to those who call and to sessions"},
		SCOPE_ARG,
		{"until", NULL, ARG_INT, false, 0, UNIX_TIME_MAX,
			"Unix time when it comes on again by itself; 0 or absent: not"},
		{0}},
	.results = (const struct result_field[]){{"status", "string",
							 "\"on\" or \"off\", as it is now"},
		{"switched_off", "string", "by whom and why; absent when on"}, {0}},
	.run = run,
};
