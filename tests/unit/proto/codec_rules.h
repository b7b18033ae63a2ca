// SPDX-License-Identifier: MIT
// The codec contract (base/codec.h) as something that can be run: bytes go in the way a connection
// would show them, cut up at will and lying against an unreadable page, and every answer is
// checked.  A broken rule aborts, so that the fuzzer sees it too.
#pragma once
#include "proto/codecs.h"
#include "proto/telnet.h"
#include "proto/ws.h"
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RULES_INPUT_MAX = 1 << 20 };

struct rules {
	const struct codec *codec;
	size_t max;                // for init()
	struct ws_deflate deflate; // for codec_ws
	bool zlib;                 // for codec_telnet: MCCP3 was agreed
	bool in_text;              // of telnet, which may come in any pieces
	char *edge;                // first unreadable byte
	struct buf got;            // everything that came out, in order
	struct buf reply;
	size_t messages;
	const char *why; // the input was BAD
};

static inline void rules_init(struct rules *r, const struct codec *c, size_t max)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *map = mmap(NULL, RULES_INPUT_MAX + page, PROT_READ | PROT_WRITE,
		MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ensure(map != MAP_FAILED && mprotect(map + RULES_INPUT_MAX, page, PROT_NONE) == 0);
	*r = (struct rules){.codec = c, .max = max, .edge = map + RULES_INPUT_MAX};
	r->got.max = r->reply.max = 64 << 20;
}

static inline void rules_fini(struct rules *r)
{
	munmap(r->edge - RULES_INPUT_MAX, RULES_INPUT_MAX + (size_t)sysconf(_SC_PAGESIZE));
	buf_fini(&r->got);
	buf_fini(&r->reply);
}

static inline void rules_note(struct rules *r, struct codec_msg msg)
{
	bool text = r->codec == &codec_telnet && msg.kind == TELNET_IS_TEXT;
	bool goes_on = text && r->in_text;
	r->in_text = text;
	if (goes_on) {
		r->got.n--;
		buf_span(&r->got, msg.body);
		buf_char(&r->got, '|');
		return;
	}
	buf_int(&r->got, msg.kind);
	buf_char(&r->got, ':');
	buf_span(&r->got, msg.body);
	buf_char(&r->got, '|');
	r->messages++;
}

// Shows `pending` until the codec wants more.  → bytes eaten.
static inline size_t rules_show(struct rules *r, void *state, struct span pending)
{
	struct span in = span_of(r->edge - pending.n, pending.n);
	if (pending.n)
		memcpy(r->edge - pending.n, pending.p, pending.n);
	for (;;) {
		struct codec_msg msg = {0};
		size_t had = in.n;
		enum codec_got got = r->codec->take(state, &in, &msg, &r->reply);
		ensure(in.n <= had && in.p + in.n == r->edge);
		ensure(span_eq(in, span_of(pending.p + (pending.n - in.n), in.n)));
		if (got == CODEC_MSG)
			rules_note(r, msg);
		if (got == CODEC_MSG || got == CODEC_ATE) {
			ensure(in.n < had || (r->codec->holds && got == CODEC_MSG && had));
			continue;
		}
		if (got == CODEC_MORE)
			ensure(in.n == had);
		else
			ensure(msg.why);
		r->why = msg.why;
		return pending.n - in.n;
	}
}

// Runs the whole wire through a fresh state, `step` bytes at a time.
static inline void rules_run(struct rules *r, struct span wire, size_t step)
{
	void *state = calloc(1, r->codec->state_bytes + 1);
	size_t seen = 0, eaten = 0;
	ensure(wire.n <= RULES_INPUT_MAX);
	buf_clear(&r->got);
	buf_clear(&r->reply);
	r->messages = 0;
	r->why = NULL;
	r->in_text = false;
	r->codec->init(state, r->max);
	if (r->codec == &codec_telnet)
		telnet_expect_zlib(state, r->zlib);
	if (r->codec == &codec_ws)
		ws_configure(state, &r->deflate);
	while (seen < wire.n && !r->why) {
		seen = min_size(seen + step, wire.n);
		eaten += rules_show(r, state, span_of(wire.p + eaten, seen - eaten));
	}
	if (r->why) {
		buf_char(&r->got, '!');
		buf_str(&r->got, r->why);
	}
	if (r->codec->fini)
		r->codec->fini(state);
	free(state);
}
