// SPDX-License-Identifier: MIT
// The turn's end for all connections: tell faces of ends, flush the dirty, bury the dead.
#include "base/clock.h"
#include "base/mem.h"
#include "net/net_priv.h"
#include <stdlib.h>

enum {
	// A flush costs about 2 us of system call per receiver.  After so many the loop polls once,
	// so that a fan-out to thousands does not make everybody else wait for its end.
	SLICE_CONNS = 256,
	SECURING_MS = 10000,        // a TLS handshake is three flights
	FLUSHING_MS = 10000,        // a peer that reads at all has taken its last words by then
	LINGERING_MS = 2000,        // for the peer to answer our end with its own
	PARTING_MS = 200,           // the same when the whole daemon stops: others wait for that
	PARTING_FLUSH_MS = 1000,    // and for whoever reads, that is enough as well
	REPLY_MAX_BYTES = 64 << 10, // one control answer or error response; far above any of them
};

static void tell_ends(struct net *net)
{
	while (!list_empty(&net->ended)) {
		struct conn *c = container_of(net->ended.next, struct conn, ended);
		list_unlink(&c->ended);
		net->called_faces |= c->owed;
		conn_end(c);
	}
}

// Up to the one that is last now: who becomes dirty meanwhile waits for the next turn.
static void flush_dirty(struct net *net)
{
	const struct link *last = net->dirty.prev;
	bool more = !list_empty(&net->dirty);
	for (int i = 0; i < SLICE_CONNS && more; i++) {
		struct conn *c = container_of(net->dirty.next, struct conn, dirty);
		more = &c->dirty != last;
		list_unlink(&c->dirty);
		conn_turn(c);
	}
}

static void take_ready(struct net *net)
{
	const struct link *last = net->ready.prev;
	bool more = !list_empty(&net->ready);
	while (more) {
		struct conn *c = container_of(net->ready.next, struct conn, ready);
		more = &c->ready != last;
		list_unlink(&c->ready);
		net->called_faces = true;
		conn_take(c);
	}
}

// Faces that are called from here may have left work with those whose turn's end came before ours.
void net_flush(struct net *net)
{
	net->called_faces = false;
	net->shakes = 0;
	tell_ends(net);
	flush_dirty(net);
	tell_ends(net);
	take_ready(net);
	if (net->called_faces || !list_empty(&net->dirty) || !list_empty(&net->ready) ||
		!list_empty(&net->ended))
		loop_again(net->loop);
}

static void on_turn_end(struct turn_end *e)
{
	net_flush(container_of(e, struct net, flush));
}

struct net *net_new(struct loop *loop)
{
	struct net *net = mem_zalloc(sizeof *net);
	net->loop = loop;
	net->patience = (struct patience){SECURING_MS, FLUSHING_MS, LINGERING_MS};
	net->reply.max = REPLY_MAX_BYTES;
	net->scratch = mem_alloc(CONN_KEEP_BYTES + CONN_READ_BYTES);
	net->flush.run = on_turn_end;
	list_init(&net->all);
	list_init(&net->dirty);
	list_init(&net->ready);
	list_init(&net->ended);
	loop_at_turn_end(loop, &net->flush);
	return net;
}

void net_free(struct net *net)
{
	ensure(list_empty(&net->all));
	list_unlink(&net->flush.link);
	buf_fini(&net->reply);
	free(net->scratch);
	free(net);
}

struct loop *net_loop(struct net *net)
{
	return net->loop;
}

bool net_done(const struct net *net)
{
	return net->n == 0 && net->dials == 0;
}

size_t net_count(const struct net *net)
{
	return net->n;
}

void net_close_all(struct net *net, enum conn_close why)
{
	if (why == CLOSE_SHUTDOWN)
		net->patience.lingering_ms = PARTING_MS;
	list_each(it, &net->all)
	{
		struct conn *c = container_of(it, struct conn, all);
		conn_close(c, why);
		if (why == CLOSE_SHUTDOWN) // those that were ending already, too
			conn_hurry(c, PARTING_FLUSH_MS);
	}
}
