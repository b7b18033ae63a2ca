// SPDX-License-Identifier: MIT
// A telnet terminal on one end of a socket pair, its client on the other, and notes of all it tells.
#pragma once
#include "check.h"

#include "base/mem.h"
#include "edge/telnet_priv.h"

#include <stdlib.h>

#define IAC "\xff"

struct bed {
	struct loop loop;
	struct turn_end flush;
	struct net *net;
	struct shows shows;
	struct config config;
	struct telnets *all;
	struct terminal *terminal; // NULL: gone
	struct conn *conn;
	struct rich rich;
	int fd;              // the client's
	struct buf wire;     // all the client has read
	struct buf read;     // of it, plain: inflated behind MCCP2's start, until that stream ends
	struct buf said;     // "settled|line:look|"
	z_stream *inflater;  // the client's
	bool inflated_whole; // a stream has come to its end
	size_t plain_from;   // of wire: what was not looked at yet
	bool ended;          // the client has seen the end
	size_t changes;
	bool quiet_changes; // they come when their time comes
};

struct bed *bed_new(void);
void bed_free(struct bed *);
int bed_set_up(void **state);
int bed_tear_down(void **state);
#define BED_TEST(name) cmocka_unit_test_setup_teardown(name, bed_set_up, bed_tear_down)

void bed_open(struct bed *);                 // another terminal; bed_new() has opened one
void bed_send(struct bed *, struct span);    // by the client; and turns until all is quiet
void bed_dribble(struct bed *, struct span); // the same, byte by byte
void bed_quiet(struct bed *);
#define bed_text(bed, literal) bed_send((bed), SPAN(literal))
struct span bed_read(struct bed *); // what the client has read since the last time
void bed_forget(struct bed *);      // what was read and said
// Answers all offers: the client agrees to none of them but those.
void bed_refuse_all(struct bed *, const char *but);
void bed_show(struct bed *, const char *text, bool prompt, bool notice);
// Runs the loop until the condition holds.
#define bed_until(bed, cond)                                                                       \
	for (int turns_ = 0; !(cond); turns_++) {                                                  \
		if (turns_ > 2000)                                                                 \
			fail_msg("waited in vain for %s", #cond);                                  \
		bed_turn(bed);                                                                     \
	}
void bed_turn(struct bed *);

#define check_said(bed, text) check_text(buf_bytes(&(bed)->said), text)
#define check_read(bed, text) check_bytes(bed_read(bed), SPAN(text))
