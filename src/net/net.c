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
	REPLY_MAX_BYTES = 64 << 10, // one control answer or error response; far above any of them
};

static void tell_ends(struct net *net)
{
	while (!list_empty(&net->ended)) {
		struct conn *c = container_of(net->ended.next, struct conn, ended);
		list_unlink(&c->ended);
		conn_end(c);
	}
}

void net_flush(struct net *net)
{
	tell_ends(net);
	for (int i = 0; i < SLICE_CONNS && !list_empty(&net->dirty); i++) {
		struct conn *c = container_of(net->dirty.next, struct conn, dirty);
		list_unlink(&c->dirty);
		conn_turn(c);
	}
	tell_ends(net);
	struct link now; // what becomes ready while we work waits for the next turn
	list_init(&now);
	while (!list_empty(&net->ready)) {
		struct link *l = net->ready.next;
		list_unlink(l);
		list_append(&now, l);
	}
	while (!list_empty(&now)) {
		struct conn *c = container_of(now.next, struct conn, ready);
		list_unlink(&c->ready);
		conn_take(c);
	}
	if (!list_empty(&net->dirty) || !list_empty(&net->ready) || !list_empty(&net->ended))
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

size_t net_count(const struct net *net)
{
	return net->n;
}

void net_close_all(struct net *net, enum conn_close why)
{
	list_each(it, &net->all) conn_close(container_of(it, struct conn, all), why);
}
