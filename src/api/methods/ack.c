// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	session_ack(c->session, (uint64_t)call_int_or(c, "seq", 0));
	call_put_text(c, "status", "acknowledged");
	call_put(c, "seq", value_int((int64_t)c->session->tape.acked));
	return true;
}

const struct method method_ack = {
	.name = "ack",
	.says = "You have seen every event up to that one, and will not ask for them again.  As a "
		"notification it costs next to nothing; it does not count against your rate.",
	.uncounted = true,
	.args = (const struct arg[]){{"seq", NULL, ARG_INT, true, 0, (int64_t)HUB_SEQ_MAX,
					     "of the last event seen"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"acknowledged\""},
		{"seq", "integer", "up to which all is acknowledged now"}, {0}},
	.run = run,
};
