// SPDX-License-Identifier: MIT
// Accounts: who may play, kept in the store; names in any case, passwords as argon2id.  Checking one
// takes a worker 50 ms and 64 MiB, so there is one at a time and a bounded line of those that wait.
//
// Throttling: so many wrong passwords for an account, or from an address, and it must wait; the wait
// doubles.  What is wrong is never told more closely than "name or password".
#pragma once
#include "base/buf.h"
#include "net/loop.h"
#include "store/store.h"

enum {
	ACCOUNT_NAME_MIN = 2,
	ACCOUNT_NAME_MAX = 25,    // characters, ASCII letters, digits, _ and space, as in dott
	ACCOUNT_PASSWORD_MIN = 8, // bytes
	ACCOUNT_PASSWORD_MAX = 256,
	ACCOUNT_WAITING_MAX = 64, // passwords waiting to be checked; more are refused: try again
	ACCOUNT_GAMES_MAX = 16,   // objects an account has, one a game
};

struct account {     // a loan of the accounts
	uint64_t id; // 1, 2, …; never used twice
	struct span name;
	uint64_t created_s, seen_s; // Unix time
	bool locked;                // by an operator
};

struct accounts;
struct accounts *accounts_new(struct loop *, struct store *); // blocks: reads what there is
void accounts_free(struct accounts *);

bool account_name_ok(struct span name);
const struct account *accounts_find(struct accounts *, struct span name); // NULL: nobody
int64_t account_object(struct accounts *, uint64_t id, struct span game); // -1: none
void account_set_object(struct accounts *, uint64_t id, struct span game, int64_t object);

enum account_result {
	ACCOUNT_OK,
	ACCOUNT_WRONG, // no such name, or not that password
	ACCOUNT_LOCKED,
	ACCOUNT_WAIT,    // too many wrong ones: retry_ms
	ACCOUNT_BUSY,    // too many are waiting
	ACCOUNT_TAKEN,   // create: the name is somebody's
	ACCOUNT_BAD,     // create, password: not what we take
	ACCOUNT_NOT_KEPT // the store could not keep it
};
struct account_answer {
	enum account_result result;
	const struct account *account; // ACCOUNT_OK
	uint32_t retry_ms;             // ACCOUNT_WAIT
};
// Answers later, never from inside the call; account_forget() if the asker goes.
typedef void account_done(void *owner, const struct account_answer *);
void account_check(struct accounts *, struct span name, struct span password, const char *address,
	account_done *, void *owner);
void account_create(struct accounts *, struct span name, struct span password, const char *address,
	account_done *, void *owner);
void account_password(
	struct accounts *, uint64_t id, struct span fresh, account_done *, void *owner);
void account_forget(struct accounts *, const void *owner);
void account_minute(struct accounts *); // throttles that are over are forgotten
