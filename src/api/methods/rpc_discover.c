// SPDX-License-Identifier: MIT
#include "api/api.h"

static bool run(struct call *c)
{
	struct value doc;
	openrpc_document(c->arena, &doc);
	for (size_t i = 0; i < doc.n; i++) {
		value_push(&c->result, doc.at[2 * i]);
		value_push(&c->result, doc.at[2 * i + 1]);
	}
	return true;
}

const struct method method_rpc_discover = {
	.name = "rpc.discover",
	.says = "This document: every method with its arguments, results and permission (OpenRPC).",
	.results = (const struct result_field[]){{"openrpc", "string", "version of the format"},
		{"info", "object", "title and version"},
		{"methods", "array", "one object per method"}, {0}},
	.run = run,
};
