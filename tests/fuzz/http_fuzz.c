// SPDX-License-Identifier: MIT
#include "codec_fuzz.h"
#include "proto/http.h"
#include "proto/ws.h"

// A whole request goes on to whoever looks at requests.
static void read_request(struct span wire)
{
	static const char *const protocols[] = {"a", "b", NULL};
	const struct ws_policy policy = {.deflate = true, .takeover = true, .protocols = protocols};
	struct http_request r;
	struct ws_upgrade up;
	struct buf out = {0};
	if (http_read(wire, &r) != 0)
		return;
	ensure(r.path.n && r.method.n && r.n <= HTTP_HEADERS_MAX);
	bool found = http_query(&r, "key", &out);
	ensure(!found || r.query.n);
	if (ws_wanted(&r) && ws_upgrade(&r, &policy, &up) == 101)
		ws_put_upgrade(&out, &up);
	buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct span wire = codec_fuzz(&codec_http, data, n);
	if (wire.n)
		read_request(wire);
	return 0;
}
