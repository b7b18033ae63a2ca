// SPDX-License-Identifier: MIT
// MCCP2: from IAC SB 86 IAC SE on all we send is one zlib stream.  It is flushed once a turn, never
// for a single write; its start and its first bytes leave in one turn, so in one segment, because some
// clients look for them in one read.
//
// 38 KB for each client that has it: a window of 4 KB is what a screen of text needs.
//
// Compressing costs some 20 us for each KB, so a turn does so much of it, and another turn follows.
#include "base/mem.h"
#include "edge/telnet_priv.h"
#include "net/outq.h"
#include "proto/zstream.h"
#include <stdlib.h>

enum {
	LEVEL = 1,
	WINDOW = 12,
	MEMORY = 5,
	TURN_BYTES = 256 << 10, // some 5 ms: what others may have to wait for it
	SLICE_BYTES = 64 << 10, // of one client, then the next has its turn
	WAITING_MAX = 4 << 20, // of one client; who has more unread is as slow as one without MCCP2
	GATHER = 16,
};

struct telnet_deflater {
	z_stream *z;
	struct outq waiting;
};

static bool offers(const struct telnet *t)
{
	return t->all->config->players.compression;
}

static int pump(struct telnet *t, int how)
{
	struct telnets *all = t->all;
	z_stream *z = t->deflater->z;
	int result = Z_OK;
	do {
		z->next_out = (Bytef *)all->deflated;
		z->avail_out = sizeof all->deflated;
		result = deflate(z, how);
		struct span made = span_of(all->deflated, sizeof all->deflated - z->avail_out);
		if (made.n)
			conn_write(t->conn, made);
	} while (!z->avail_out);
	return result;
}

static void hold(struct telnet *t)
{
	if (list_empty(&t->held))
		list_append(&t->all->held, &t->held);
	if (t->deflater->waiting.bytes > WAITING_MAX)
		conn_close(t->conn, CLOSE_SLOW);
}

void telnet_deflate(struct telnet *t, struct span wire)
{
	outq_put(&t->deflater->waiting, wire);
	hold(t);
}

void telnet_deflate_share(struct telnet *t, struct blob *b, uint32_t from, uint32_t to)
{
	outq_share(&t->deflater->waiting, b, from, to);
	hold(t);
}

size_t telnet_deflate_waiting(const struct telnet *t)
{
	return t->deflater ? t->deflater->waiting.bytes : 0;
}

// → how many bytes that took.
static size_t deflate_some(struct telnet *t, size_t most)
{
	struct telnet_deflater *d = t->deflater;
	struct iovec at[GATHER];
	size_t done = 0;
	int n = outq_gather(&d->waiting, at, GATHER);
	for (int i = 0; i < n && done < most; i++) {
		d->z->next_in = at[i].iov_base;
		d->z->avail_in = (uInt)min_size(at[i].iov_len, most - done);
		done += d->z->avail_in;
		pump(t, Z_NO_FLUSH);
		ensure(!d->z->avail_in);
	}
	outq_drop(&d->waiting, done);
	return done;
}

bool telnet_deflate_flush(struct telnets *all)
{
	size_t left = TURN_BYTES;
	while (left && !list_empty(&all->held)) {
		struct telnet *t = container_of(all->held.next, struct telnet, held);
		bool was_much = t->deflater->waiting.bytes > CONN_OUT_LOW;
		left -= deflate_some(t, min_size(left, SLICE_BYTES));
		list_unlink(&t->held);
		if (t->deflater->waiting.bytes)
			list_append(&all->held, &t->held);
		else
			pump(t, Z_SYNC_FLUSH);
		if (was_much && t->deflater->waiting.bytes <= CONN_OUT_LOW &&
			!conn_is_full(t->conn))
			t->terminal.events->drained(t->terminal.player);
	}
	return !list_empty(&all->held);
}

void telnet_deflate_end(struct telnet *t)
{
	struct telnet_deflater *d = t->deflater;
	list_unlink(&t->held);
	if (!d)
		return;
	while (deflate_some(t, WAITING_MAX))
		;
	ensure(pump(t, Z_FINISH) == Z_STREAM_END);
	zstream_deflater_free(d->z);
	outq_fini(&d->waiting);
	free(d);
	t->deflater = NULL;
}

static void on_us(struct telnet *t, bool on)
{
	if (!on) {
		telnet_deflate_end(t);
		return;
	}
	telnet_sub(t, TELNET_OPT_MCCP2, (struct span){0});
	t->deflater = mem_zalloc(sizeof *t->deflater);
	t->deflater->z = zstream_deflater(LEVEL, WINDOW, MEMORY);
	hold(t);
}

const struct telnet_option_kind telnet_MCCP2 = {.offers = offers, .on_us = on_us};
