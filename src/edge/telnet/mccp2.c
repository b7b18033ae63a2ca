// SPDX-License-Identifier: MIT
// MCCP2: from IAC SB 86 IAC SE on all we send is one zlib stream.  It is flushed once a turn, never
// for a single write; its start and its first bytes leave in one turn, so in one segment, because some
// clients look for them in one read.
//
// 38 KB for each client that has it: a window of 4 KB is what a screen of text needs.
#include "edge/telnet_priv.h"
#include "proto/zstream.h"

enum { LEVEL = 1, WINDOW = 12, MEMORY = 5 };

static bool offers(const struct telnet *t)
{
	return t->all->config->players.compression;
}

static int pump(struct telnet *t, int how)
{
	struct telnets *all = t->all;
	z_stream *z = t->deflater;
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

void telnet_deflate(struct telnet *t, struct span wire)
{
	z_stream *z = t->deflater;
	if (list_empty(&t->held))
		list_append(&t->all->held, &t->held);
	z->next_in = (Bytef *)wire.p;
	z->avail_in = (uInt)wire.n;
	pump(t, Z_NO_FLUSH);
	ensure(!z->avail_in);
}

void telnet_deflate_flush(struct telnet *t)
{
	list_unlink(&t->held);
	if (t->deflater)
		pump(t, Z_SYNC_FLUSH);
}

void telnet_deflate_end(struct telnet *t)
{
	list_unlink(&t->held);
	if (!t->deflater)
		return;
	t->deflater->avail_in = 0;
	ensure(pump(t, Z_FINISH) == Z_STREAM_END);
	zstream_deflater_free(t->deflater);
	t->deflater = NULL;
}

static void on_us(struct telnet *t, bool on)
{
	if (!on) {
		telnet_deflate_end(t);
		return;
	}
	telnet_sub(t, TELNET_OPT_MCCP2, (struct span){0});
	t->deflater = zstream_deflater(LEVEL, WINDOW, MEMORY);
	telnet_deflate(t, (struct span){0});
}

const struct telnet_option_kind telnet_MCCP2 = {.offers = offers, .on_us = on_us};
