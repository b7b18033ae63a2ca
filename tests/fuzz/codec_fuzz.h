// SPDX-License-Identifier: MIT
// Any bytes into one codec.  The first byte says how the others are cut (5 bits) and, for ws
// and telnet, what is agreed (2 bits).  Whatever they are, the contract holds and the cutting changes nothing.
#pragma once
#include "../unit/proto/codec_rules.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

enum { FUZZ_MESSAGE_MAX = 4096, FUZZ_CUT = 0x1f, FUZZ_DEFLATE = 0x40, FUZZ_TAKEOVER = 0x80 };

// → the bytes the codec was given.
static inline struct span codec_fuzz(const struct codec *codec, const uint8_t *data, size_t n)
{
	static struct rules r; // maps its guarded page once
	if (n < 1)
		return (struct span){0};
	if (!r.edge)
		rules_init(&r, codec, FUZZ_MESSAGE_MAX);
	r.deflate = (struct ws_deflate){.on = data[0] & FUZZ_DEFLATE, .server_bits = 15};
	r.deflate.client_bits = 12;
	r.deflate.client_takeover = data[0] & FUZZ_TAKEOVER;
	r.zlib = data[0] & FUZZ_DEFLATE;
	struct span wire = span_of((const char *)data + 1, n - 1);
	struct buf whole = {0};
	rules_run(&r, wire, max_size(wire.n, 1));
	buf_span(&whole, buf_bytes(&r.got));
	rules_run(&r, wire, (data[0] & FUZZ_CUT) + 1);
	// By a byte or two the cut says when zlib reads what it does not need yet, which is when a bomb
	// is one.
	if (!r.zlib || whole.n < TELNET_RATIO_FROM)
		ensure(span_eq(buf_bytes(&whole), buf_bytes(&r.got)));
	buf_fini(&whole);
	return wire;
}
