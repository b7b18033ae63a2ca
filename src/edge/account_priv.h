// SPDX-License-Identifier: MIT
// What the files of the accounts share.
//
//	account_check() … ──► waiting ──(one job at a time)──► settled ──► keeping ──► answering ──► done()
//	                                                          └── nothing to keep ──►┘
#pragma once
#include "base/clock.h"
#include "base/list.h"
#include "base/map.h"
#include "edge/account.h"
#include "edge/throttle.h"
#include <sodium.h>

enum { ACCOUNT_HASH_BYTES = crypto_pwhash_STRBYTES };

// Where somebody comes from: an IPv4 address, or the 64 bits of an IPv6 address that a provider gives
// to one customer.  None: n is 0.
struct account_place {
	uint8_t n;
	char at[8];
};
struct account_place account_place(const char *address);
static inline struct span account_place_key(const struct account_place *p)
{
	return span_of(p->at, p->n);
}

enum account_state {
	ACCOUNT_COMING, // not on the disk yet: its name is taken, but it is nobody's
	ACCOUNT_HERE,
	ACCOUNT_GOING,   // being removed
	ACCOUNT_DAMAGED, // its record cannot be read: nobody else shall have its name
};

struct account_object {
	char *game; // lower case
	int64_t object;
};

struct account_record {
	struct account is;
	struct link in_all;
	enum account_state state;
	char *name;                     // as it was typed
	char hash[ACCOUNT_HASH_BYTES];  // with its NUL
	struct account_place home;      // where it was last used
	struct account_object *objects; // as they were set
	size_t n_objects;
	bool changing; // its password or lock is being kept
};

enum ask_kind { ASK_CHECK, ASK_CREATE, ASK_PASSWORD, ASK_LOCK, ASK_REMOVE };

struct account_ask {
	struct link link;          // waiting, keeping or answering
	struct accounts *accounts; // NULL: gone while the job was under way
	enum ask_kind kind;
	account_done *done; // NULL: nobody waits any more
	void *owner;
	struct account_answer answer;
	uint64_t id; // of the account; 0: nobody
	uint64_t until_ms;
	struct account_record *record; // keeping: what was changed
	bool given_up;                 // its owner was told that it was not kept
	bool locked;                   // ASK_LOCK
	char *name;                    // ASK_CHECK, ASK_CREATE
	struct account_place from;
	struct job job;
	size_t n_password;
	char password[ACCOUNT_PASSWORD_MAX];
	char kept[ACCOUNT_HASH_BYTES];  // to check against; what the account had before
	char fresh[ACCOUNT_HASH_BYTES]; // new; empty: none
	bool right;
};

struct accounts {
	struct loop *loop;
	struct store *store;
	struct map by_name; // lower case → struct account_record
	struct map by_id;
	struct link all;
	uint64_t last_id;
	struct throttle names, places, creators;
	struct link waiting, keeping, answering; // struct account_ask
	size_t n_waiting;
	struct account_ask *active; // with a worker; on no list
	struct turn_end turn_end;
	struct timer timer; // a second, while somebody waits
};

// account_record.c: as bytes
void account_record_put(const struct account_record *, struct buf *out);
bool account_record_read(struct account_record *, struct span in) must_check;
void account_record_free(struct account_record *);

// account.c
struct account_record *account_record_find(struct accounts *, struct span name); // whatever state
struct account_record *account_record_get(struct accounts *, uint64_t id); // here; NULL: nobody
struct account_record *account_add(struct accounts *, struct span name, uint64_t id);
void account_enter(struct accounts *, struct account_record *);
void account_drop(struct accounts *, struct account_record *);

// account_keep.c
void account_load(struct accounts *);
void account_keep_soon(struct accounts *, const struct account_record *);
void account_keep(struct account_ask *, struct account_record *); // answers when the store has

// account_ask.c: those who wait
void account_asks_init(struct accounts *);
void account_asks_fini(struct accounts *);
struct account_ask *account_ask_new(struct accounts *, enum ask_kind, account_done *, void *owner);
void account_ask_queue(struct account_ask *, struct span password); // for its job
void account_ask_start(struct account_ask *);                       // its job
void account_ask_answer(struct account_ask *, enum account_result); // later
void account_asks_watch(struct accounts *); // there is something with a deadline

// account_check.c: what is asked
void account_ask_begin(struct account_ask *); // its job is next
void account_ask_work(struct job *);
void account_ask_settle(struct account_ask *); // its job is done

// account_hash.c
bool account_hash_make(const char *password, size_t n, char out[ACCOUNT_HASH_BYTES]) must_check;
bool account_hash_is(
	const char hash[ACCOUNT_HASH_BYTES], const char *password, size_t n) must_check;
bool account_hash_is_old(const char hash[ACCOUNT_HASH_BYTES]);
bool account_hash_ok(struct span hash);  // may be what account_hash_make() made
extern const char account_hash_nobody[]; // costs as much as anybody's
