// SPDX-License-Identifier: MIT
// Any bytes into any codec.  First byte: the first letter of its name.  Second: how the bytes are
// cut (5 bits) and, for ws, what is agreed (2 bits).  Whatever they are, the contract holds and the
// cutting changes nothing.
#include "../unit/proto/codec_rules.h"
#include "proto/http.h"
#include "proto/ws.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { MESSAGE_MAX = 4096 };

enum { CUT = 0x1f, DEFLATE = 0x40, TAKEOVER = 0x80 };

static const struct codec *pick(uint8_t choice)
{
	size_t n = 0;
	for (; codecs[n]; n++)
		if (codecs[n]->name[0] == choice)
			return codecs[n];
	return codecs[choice % n];
}

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
	static struct rules r; // maps its guarded page once
	if (n < 2)
		return 0;
	if (!r.edge)
		rules_init(&r, codecs[0], MESSAGE_MAX);
	r.codec = pick(data[0]);
	r.deflate = (struct ws_deflate){.on = data[1] & DEFLATE, .server_bits = 15};
	r.deflate.client_bits = 12;
	r.deflate.client_takeover = data[1] & TAKEOVER;
	struct span wire = span_of((const char *)data + 2, n - 2);
	struct buf whole = {0};
	rules_run(&r, wire, max_size(wire.n, 1));
	buf_span(&whole, buf_bytes(&r.got));
	rules_run(&r, wire, (data[1] & CUT) + 1);
	ensure(span_eq(buf_bytes(&whole), buf_bytes(&r.got)));
	buf_fini(&whole);
	if (r.codec == &codec_http)
		read_request(wire);
	return 0;
}
