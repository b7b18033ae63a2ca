// SPDX-License-Identifier: MIT
// API: the face towards MUD servers, tools and pages: JSON-RPC 2.0 over TCP lines and WebSocket.
// A client is one connection; once authenticated it has a session in the hub, a new one or the one
// it left behind with an earlier connection.
//
//	GUEST ── authenticate, or a key at the upgrade ──► SESSION
//	(10 s, 8 KiB a message)                            (rights, rate, events)
#pragma once
#include "api/method.h"
#include "net/conn.h"
#include "proto/http.h"
#include "proto/ws.h"
#include "tables/config.h"

enum {
	API_GUEST_MS = 10000,        // to authenticate in
	API_GUEST_MESSAGE = 8 << 10, // bytes: what a stranger may make us hold
	API_GUEST_MESSAGES = 100,    // then it had better have authenticated
	API_LINE_MAX = 1 << 20,      // bytes: thousands of players in one presence_sync
	API_LINE_IDLE_MS = 3600000,  // a TCP session without input for so long is gone
	API_KEY_TRIES = 10,          // wrong keys on one connection before it is closed
};

struct api {
	struct net *net;
	struct hub *hub;
	const struct config *config; // a loan; replaced on reload
	struct link clients;         // struct client
	struct timer pinger;         // WebSocket pings and those who stopped answering
	struct arena arena;          // of the message at hand
	struct buf reply, frame;     // scratch of the message at hand
};

enum transport { TRANSPORT_LINE, TRANSPORT_WS };

struct client {
	struct link link;
	struct api *api;
	struct conn *conn;
	struct session *session; // NULL: a guest, or replaced
	struct link pending;     // struct pending (pending.h): calls to be answered later
	uint16_t n_pending;
	uint16_t tries;   // wrong keys presented
	uint16_t heard;   // messages, of a guest
	struct map rates; // method → struct limit, for methods with a rate of their own
	enum transport transport;
	struct ws_deflate deflate;
};

void api_init(struct api *, struct net *, struct hub *, const struct config *);
void api_fini(struct api *);                          // clients must be gone
void api_reload(struct api *, const struct config *); // ends the sessions of keys that are gone
void api_goodbye(struct api *); // closes every client, in the words of its wire

extern const struct face face_jsonl; // TCP lines; conn_owner() at open is the struct api

// A WebSocket request for the API: answers it with 101 or refuses it (400, 401, 403, 404, 426,
// 503), in which case the connection is closed.  The conn has spoken HTTP until now.
void api_upgrade(struct api *, struct conn *, const struct http_request *);

extern const struct wires api_wires; // for the hub

// Looks a key up.  False: wrong.  With authentication off any key is the first identity's.
struct api_grant {
	struct config_digest key;
	struct identity *identity;
	unsigned rights;
	uint32_t per_minute, burst;
};
bool api_key_check(const struct api *, struct span key, struct api_grant *) must_check;
// The same for a key that was good once.
bool api_digest_check(
	const struct api *, const struct config_digest *, struct api_grant *) must_check;

// A session has the rights and rates its key has now.  False: it has none any more.
bool api_session_check(const struct api *, struct session *) must_check;

// With api.auth.require_tls nobody logs in over plain text, but from this machine.
bool api_may_login(const struct api *, const struct conn *) must_check;
// May the page that opens this WebSocket do so?  What names no page is no browser, and may.
bool origin_allowed(const struct config_texts *allowed, const struct http_request *) must_check;

// What a client that comes back asks for, and what becomes of it.
struct api_return {
	struct span id;    // of its session; empty: it wants a new one
	uint64_t last_seq; // it has seen everything up to this; 0: it does not say
	// Out:
	bool found;
	uint32_t missed; // events it will be sent again or for the first time
	uint64_t seq;    // all events to come have higher numbers
	struct tape_gap gap;
};
// Gives the client a session of that grant.
void client_admit(struct client *, const struct api_grant *, struct api_return *);
// session_id, resumed, recovered, missed, lost, seq
void client_put_return(const struct client *, const struct api_return *, struct value_list *result);

// Answers 101; a grant (may be NULL) is taken at once.  For api_upgrade().
void client_open_ws(struct api *, struct conn *, const struct ws_upgrade *,
	const struct api_grant *, struct api_return *);
void client_send(struct client *, struct span text);   // one JSON text, framed for its transport
void client_refuse(struct client *, const char *says); // closes, once what is queued is out
void client_replaced(struct client *);                 // the same: its session is another's now
void client_goodbye(struct client *);                  // the same, because we go
void client_check_key(struct client *);                // what its key is good for now

// Takes one call from the session's rates.  → 0, or the milliseconds until there will be one.
uint32_t rate_take(struct client *, const struct method *); // NULL: no method of ours
void rate_fini(struct client *);

// api/dispatch.c: one message, a request or a batch.
void dispatch(struct client *, struct span text);
// The result of a call, or its failure, or that its answer is too big.
void call_put_answer(struct call *, bool good, struct buf *out);

// A call about something the network must be asked.  An answer of the last half minute is given at
// once; else the question goes out, and the call is answered either at once without it or, when
// its `wait` argument says so, as soon as the answer is there or the time is up.
// fill() puts the result; it may run later, on a fresh call with the same params.
typedef void pending_fill(struct call *, const struct value *answer); // NULL: none yet
bool call_ask(struct call *, const struct answer_key *, const struct intent *, pending_fill *);
// The same for something to be done, or to be known as of now: no earlier answer counts.
bool call_request(struct call *, const struct answer_key *, const struct intent *, pending_fill *);
// The waiting alone, for a method that asks in its own way.  False: answer now.
bool call_wait(struct call *, const struct answer_key *, pending_fill *, int64_t wait_s) must_check;
// The answer when it is a refusal to be told here.  The oldest methods always were answered at
// once and refused by an event: without `wait` they still are.
const struct value *call_refusal(const struct call *, const struct value *answer); // or NULL
struct pending; // a call that is answered later
void pending_drop_all(struct client *);

// tell, emoteto and beep, whose text is the argument of that name (NULL: none): sends it; with
// `wait`, answers only when the network has refused it or the time is up.
bool call_tell(struct call *, enum intent_kind, const char *text);

// A wish to the identity's exchange.  What takes its time is answered by fill() within so many
// seconds; fill() has no params to look at.  The answer, when there is one, is the result.
bool call_exchange(struct call *, struct exchange_wish *, pending_fill *, int64_t wait_s);
void call_put_exchange(struct call *, const struct value *answer); // a pending_fill

void openrpc_document(struct arena *, struct value *out);
const char *api_version(void);
