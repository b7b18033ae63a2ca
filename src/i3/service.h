// SPDX-License-Identifier: MIT
// Service: one packet type: what is done when it comes in, and how an intent of ours becomes one.
// One file in services/ and one row in tables/services.tbl each.
#pragma once
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "i3/event.h"
#include "i3/i3_priv.h"
#include "i3/outgoing.h"
#include "i3/packet.h"
#include "i3/text.h"

struct service {
	const char *type;
	unsigned elements;     // fewer: bad-pkt; more are ignored
	const char *advertise; // key of the start-up packet's services; NULL: none
	size_t offered;        // offset in struct config_identity of the switch; 0: always on
	bool early;            // heard before the router has taken us
	// For us or for everybody; the packet is a loan.  NULL: known, and of no interest, or when
	// there is a submit: ours to send only.
	void (*hear)(struct i3_link *, const struct packet *);
	enum intent_kind intent; // with submit
	enum sent (*submit)(struct i3_link *, const struct intent *);
};

#define SERVICE(name) extern const struct service service_##name;
#include "tables/services.tbl"

#define OFFERED(name) offsetof(struct config_identity, services.name)

void services_hear(struct i3_link *, const struct value *packet);
enum sent services_submit(struct i3_link *, const struct intent *);
struct value services_offered(struct arena *, const struct config_identity *); // {key: 1}
void services_announce_ready(struct i3_link *);
void services_announce_lost(struct i3_link *, unsigned packets);

// Answering.  `to` is the packet answered.
enum sent answer_error(
	struct i3_link *, const struct packet *to, const char *code, const char *words);
enum sent answer_send(struct i3_link *, const struct packet *to, const char *type,
	const struct value *body, size_t n);

// Reading what came in.  A list of another MUD's users becomes one event for every session of ours,
// so it ends where no honest one does, and far below what a session is closed for.
enum { HEARD_USERS_MAX = 1000, HEARD_USERS_BYTES = 64 << 10 };
struct span heard_text(struct i3_link *, const struct packet *, size_t i); // cleaned
struct span heard_span(struct i3_link *, struct span);
struct span heard_name(struct i3_link *, struct span); // of a MUD or a person: one line, short
struct value heard_scalar(struct i3_link *, const struct value *); // cleaned; containers: 0
int64_t heard_int(const struct value *); // a number, or a text that is one; else 0

bool from_router(const struct i3_link *, const struct packet *);
struct span our_name(const struct i3_link *);

// Fresh news of who is on, NULL when there is none.
const struct presence *known_presence(const struct i3_link *);
// A user of ours: true when he may be there; else the sender is told that he is not.
bool user_may_be_here(struct i3_link *, const struct packet *, struct span user);
// The user element 6 of a request asks about.  NULL: not here, so far as we know.
const struct value *user_asked_for(struct i3_link *, const struct packet *);
enum sent answer_absent(struct i3_link *, const struct packet *);  // unk-user
struct span user_field(const struct value *user, const char *key); // "" when absent
int64_t user_number(const struct value *user, const char *key);
struct value user_level(struct i3_link *, const struct value *user); // as text

enum { ANSWER_LIST_MAX = 9000 }; // bytes of a list in an answer: PACKET_BYTES_MAX less its rest
