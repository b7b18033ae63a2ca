// SPDX-License-Identifier: MIT
// What reading and writing one message costs, without sockets: JSON (jansson is the named peer),
// WebSocket frames with unmasking and UTF-8 check, LPC.  Rounds are interleaved; nanoseconds of
// this thread's CPU per operation, median, least and greatest round, one line of JSON.
#include "proto/codecs.h"
#include "base/buf.h"
#include "base/utf8.h"
#include "proto/json.h"
#include "proto/lpc.h"
#include "proto/ws.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	ROUNDS_MAX = 25,
	FRAMES = 64, // in one read of the socket, as a pipelining client sends them
	PAYLOAD = 200,
	FRAME = PAYLOAD + 8, // head of 4 and mask of 4
};

static const char request[] =
	"{\"jsonrpc\":\"2.0\",\"id\":\"Bench-17-0a1b2c3d\",\"method\":\"channel_send\",\"params\":{"
	"\"channel\":\"chat\",\"from_user\":\"somebody\",\"visname\":\"Somebody\","
	"\"message\":\"says \\\"well met\\\" and waits for an answer at the gate of the town\","
	"\"weight\":1.5}}";
static const char packet[] =
	"({\"channel-m\",5,\"Bench\",\"somebody\",0,0,\"chat\",\"Somebody\","
	"\"says \\\"well met\\\" and waits for an answer at the gate of the town\",})";

struct work { // what the operations share; made once
	struct arena arena;
	struct buf out, reply;
	char text[sizeof request];
	char frames[FRAMES * FRAME], frames_in[FRAMES * FRAME];
	void *ws;
	struct value json, lpc;
	json_t *jansson;
	size_t sink; // results end here, so that nothing is optimised away
};

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "codecs: %s failed\n", what);
		exit(1);
	}
}

static void json_read_op(struct work *w)
{
	struct value v;
	struct json_error e;
	memcpy(w->text, request, sizeof request); // the reader works in place
	arena_clear(&w->arena);
	must(json_read(&w->arena, w->text, sizeof request - 1, &v, &e), "json_read");
	w->sink += value_get(&v, "id")->n + value_get(&v, "method")->n;
}

static void jansson_read_op(struct work *w)
{
	json_t *v = json_loadb(request, sizeof request - 1, 0, NULL);
	must(v != NULL, "json_loadb");
	w->sink += json_string_length(json_object_get(v, "id")) +
		   json_string_length(json_object_get(v, "method"));
	json_decref(v);
}

static void json_write_op(struct work *w)
{
	buf_clear(&w->out);
	json_put(&w->out, &w->json);
	w->sink += w->out.n;
}

static void jansson_write_op(struct work *w)
{
	char room[1024];
	w->sink += json_dumpb(w->jansson, room, sizeof room, JSON_COMPACT);
}

static void lpc_read_op(struct work *w)
{
	struct span text = span_of(packet, sizeof packet - 1);
	struct value v;
	struct lpc_error e;
	arena_clear(&w->arena);
	must(lpc_read(&w->arena, &text, &v, &e), "lpc_read");
	w->sink += v.n;
}

static void lpc_write_op(struct work *w)
{
	buf_clear(&w->out);
	lpc_put(&w->out, &w->lpc);
	w->sink += w->out.n;
}

static void ws_read_op(struct work *w) // FRAMES messages
{
	struct codec_msg msg = {0};
	memcpy(w->frames_in, w->frames, sizeof w->frames); // unmasking works in place
	struct span in = span_of(w->frames_in, sizeof w->frames_in);
	int messages = 0;
	while (in.n > 0) {
		enum codec_got got = codec_ws.take(w->ws, &in, &msg, &w->reply);
		must(got == CODEC_MSG || got == CODEC_ATE, "codec_ws.take");
		messages += got == CODEC_MSG;
	}
	must(messages == FRAMES, "counting frames");
	w->sink += msg.body.n;
}

static void ws_write_op(struct work *w)
{
	buf_clear(&w->out);
	ws_put_frame(&w->out, WS_TEXT, span_of(request, PAYLOAD));
	w->sink += w->out.n;
}

static const struct bench {
	const char *name;
	void (*op)(struct work *);
	int messages; // per call
} benches[] = {
	{"json read", json_read_op, 1},
	{"json read, jansson", jansson_read_op, 1},
	{"json write", json_write_op, 1},
	{"json write, jansson", jansson_write_op, 1},
	{"websocket read 200 B", ws_read_op, FRAMES},
	{"websocket write 200 B", ws_write_op, 1},
	{"lpc read", lpc_read_op, 1},
	{"lpc write", lpc_write_op, 1},
};
enum { BENCHES = sizeof benches / sizeof *benches };

static void frames_make(struct work *w)
{
	static const char mask[4] = {0x3a, 0x5c, 0x11, 0x77};
	for (int i = 0; i < FRAMES; i++) {
		char *f = w->frames + i * FRAME;
		f[0] = (char)0x81;
		f[1] = (char)(0x80 | 126);
		f[2] = 0;
		f[3] = (char)PAYLOAD;
		memcpy(f + 4, mask, 4);
		for (int b = 0; b < PAYLOAD; b++)
			f[8 + b] = (char)(request[b] ^ mask[b & 3]);
	}
}

static void work_make(struct work *w, struct arena *kept)
{
	struct json_error je;
	struct lpc_error le;
	struct span text = span_of(packet, sizeof packet - 1);
	char *copy = arena_copy(kept, request, sizeof request);
	must(json_read(kept, copy, sizeof request - 1, &w->json, &je), "json_read");
	must(lpc_read(kept, &text, &w->lpc, &le), "lpc_read");
	w->jansson = json_loadb(request, sizeof request - 1, 0, NULL);
	must(w->jansson != NULL, "json_loadb");
	frames_make(w);
	w->ws = calloc(1, codec_ws.state_bytes);
	must(w->ws != NULL, "calloc");
	codec_ws.init(w->ws, 65536);
}

static double ns_per_message(struct work *w, const struct bench *b, long calls)
{
	struct timespec from, to;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
	for (long i = 0; i < calls; i++)
		b->op(w);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
	double ns = (double)(to.tv_sec - from.tv_sec) * 1e9 + (double)(to.tv_nsec - from.tv_nsec);
	return ns / (double)calls / b->messages;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 9, ops = argc > 2 ? atol(argv[2]) : 100000;
	double ns[BENCHES][ROUNDS_MAX];
	struct work *work = calloc(1, sizeof *work);
	struct arena kept = {0};
	must(work != NULL, "calloc");
	must(rounds > 0 && rounds <= ROUNDS_MAX && ops >= FRAMES, "codecs [rounds [operations]]");
	work_make(work, &kept);
	for (long r = 0; r < rounds; r++)
		for (int i = 0; i < BENCHES; i++)
			ns[i][r] = ns_per_message(work, &benches[i], ops / benches[i].messages);
	printf("{");
	for (int i = 0; i < BENCHES; i++) {
		qsort(ns[i], (size_t)rounds, sizeof **ns, by_size);
		printf("%s\"%s\": [%.1f, %.1f, %.1f]", i ? ", " : "", benches[i].name,
			ns[i][rounds / 2], ns[i][0], ns[i][rounds - 1]);
	}
	printf("}\n");
	codec_ws.fini(work->ws);
	free(work->ws);
	json_decref(work->jansson);
	buf_fini(&work->out);
	buf_fini(&work->reply);
	arena_fini(&work->arena);
	arena_fini(&kept);
	bool nothing = work->sink == 0;
	free(work);
	return nothing;
}
