// SPDX-License-Identifier: MIT
// The only method for guests.  On a session it answers "success" and looks at nothing.
#include "api/api.h"

static bool succeed(struct call *c)
{
	call_put_text(c, "status", "success");
	call_put_text(c, "mud_name", c->identity->name);
	call_put_text(c, "session_id", c->session->id);
	call_put(c, "seq", value_int((int64_t)c->session->tape.sent));
	return true;
}

static bool admit(struct call *c, const struct api_grant *grant)
{
	struct api_return back = {.id = call_text(c, "session_id"),
		.last_seq = (uint64_t)call_int_or(c, "last_seq", 0)};
	client_admit(c->client, grant, &back);
	call_put_text(c, "status", "authenticated");
	call_put_text(c, "mud_name", grant->identity->name);
	client_put_return(c->client, &back, &c->result);
	return true;
}

static bool run(struct call *c)
{
	struct client *cl = c->client;
	struct api_grant grant;
	struct span key = call_text(c, "api_key");
	if (c->session)
		return succeed(c);
	if (key.n == 0)
		return call_fail_say(
			c, ERROR_MISSING_PARAM, "api_key", "Missing api_key parameter");
	if (!api_may_login(c->api, cl->conn))
		return call_fail(c, ERROR_NEEDS_TLS, NULL);
	if (!api_key_check(c->api, key, &grant)) {
		cl->tries++; // dispatch() closes when it has told the last one
		return call_fail(c, ERROR_BAD_KEY, "api_key");
	}
	return admit(c, &grant);
}

const struct method method_authenticate = {
	.name = "authenticate",
	.says = "Opens the session the key is for, or takes up one that was left behind.",
	.before_auth = true,
	.args = (const struct arg[]){{"api_key", NULL, ARG_TEXT, false, 0, 1024, "the key"},
		{"session_id", NULL, ARG_TEXT, false, 0, 64,
			"of the session to take up again, as it was last answered"},
		{"last_seq", NULL, ARG_INT, false, 0, (int64_t)HUB_SEQ_MAX,
			"the seq of the last event you have seen: what came after it is sent; "
			"without it, everything you have not acknowledged"},
		{0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"authenticated\", or \"success\" when it already was"},
			{"mud_name", "string", "the identity"},
			{"session_id", "string",
				"a secret: with it this session can be taken up again; mostly a "
				"new one each time: use the last one answered"},
			{"resumed", "boolean",
				"it is the session you asked for, with its channels; false: a new "
				"one"},
			{"recovered", "boolean", "and nothing that came meanwhile is lost"},
			{"missed", "integer", "events that follow at once"},
			{"lost", "integer",
				"events you will not see; the event gap says more about them"},
			{"seq", "integer", "all events that follow have higher numbers"}, {0}},
	.run = run,
};
