// SPDX-License-Identifier: MIT
// A loop, a net, one listener and a face that notes what it is told.  The other ends are plain
// sockets the test reads and writes itself; whenever it must wait, the loop runs meanwhile.
#pragma once
#include "check.h"

#include "base/mem.h"
#include "net/dial.h"
#include "net/listener.h"
#include "net/net_priv.h"
#include "net/tls.h"

#include <stdlib.h>

enum { BED_CONNS_MAX = 2048, BED_WAIT_MS = 10000 };

struct bed {
	struct loop loop;
	struct net *net;
	struct listener *listener;
	struct tls *tls;
	struct conn *open[BED_CONNS_MAX]; // in order of opening; NULL once closed
	size_t opened, secured, closed, drains, deadlines, answers;
	enum conn_close why;                          // of the last one closed
	struct buf said;                              // "open msg:hello close:eof "
	bool quiet;                                   // nothing is noted in said
	void (*on_open)(struct bed *, struct conn *); // beyond conn_use(line)
	void (*on_msg)(struct bed *, struct conn *, struct span);
	void (*on_bad)(struct bed *, struct conn *);
	void (*on_close)(struct bed *, struct conn *);
	void *extra;
};

extern const struct face face_bed;          // on_deadline is not overridden
extern const struct face face_bed_deadline; // but here it is

struct bed *bed_new(void);
void bed_free(struct bed *); // closes all; fails when something is left over
int bed_set_up(void **state);
int bed_tear_down(void **state);
#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, bed_tear_down)

void bed_listen(struct bed *, const struct listener_spec *); // name, host and owner are filled in
uint16_t bed_port(const struct bed *);
void bed_turn(struct bed *, int fd); // one turn of the loop; waits for it or for fd, a while
void bed_echo(struct bed *, struct conn *, struct span); // an on_msg

// Runs the loop until the condition holds; fails the test when it does not come true.
uint64_t bed_patience(void);
void bed_check_patience(uint64_t until, const char *what);
#define bed_until(bed, cond)                                                                       \
	for (uint64_t until_ = bed_patience(); !(cond); bed_check_patience(until_, #cond))         \
	bed_turn((bed), -1)

int peer_new(struct bed *);                        // connected, not blocking
int peer_at(uint16_t port);                        // the same, anywhere on loopback
void peer_send(struct bed *, int fd, struct span); // all of it
enum peer_end { PEER_OPEN, PEER_EOF, PEER_RESET };
// Reads until there are want bytes in all, or the end.
enum peer_end peer_read(struct bed *, int fd, struct buf *, size_t want);
void peer_expect(struct bed *, int fd, const char *text);
struct span pattern(size_t n); // n bytes, every place different from its neighbours; free p
