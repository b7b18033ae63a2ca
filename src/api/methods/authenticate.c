// SPDX-License-Identifier: MIT
// The only method for guests.  On a session it answers "success" and looks at no key.
#include "api/api.h"

static void put_who(struct call *c, const char *status)
{
	call_put_text(c, "status", status);
	call_put_text(c, "mud_name", c->client->session->identity->name);
	call_put_text(c, "session_id", c->client->session->id);
}

static bool run(struct call *c)
{
	struct client *cl = c->client;
	struct api_grant grant;
	struct span key = call_text(c, "api_key");
	if (c->session) {
		put_who(c, "success");
		return true;
	}
	if (key.n == 0)
		return call_fail_say(
			c, ERROR_MISSING_PARAM, "api_key", "Missing api_key parameter");
	if (!api_may_login(c->api, cl->conn))
		return call_fail(c, ERROR_NEEDS_TLS, NULL);
	if (!api_key_check(c->api, key, &grant)) {
		cl->tries++; // dispatch() closes when it has told the last one
		return call_fail(c, ERROR_BAD_KEY, "api_key");
	}
	client_admit(cl, &grant);
	put_who(c, "authenticated");
	return true;
}

const struct method method_authenticate = {
	.name = "authenticate",
	.says = "Opens the session the key is for.",
	.before_auth = true,
	.args = (const struct arg[]){{"api_key", NULL, ARG_TEXT, false, 0, 1024, "the key"}, {0}},
	.results =
		(const struct result_field[]){
			{"status", "string",
				"\"authenticated\", or \"success\" when it already was"},
			{"mud_name", "string", "the identity"},
			{"session_id", "string", "of this session"}, {0}},
	.run = run,
};
