// SPDX-License-Identifier: MIT
// Accounts: who may play, kept in the store; names in any case, passwords as argon2id.  Checking one
// takes a worker 50 to 100 ms and 64 MiB, so there is one at a time and a bounded line of those that
// wait.
//
// Throttling: so many wrong passwords for a name, or from an address, and it must wait; the wait
// doubles.  From the address an account was last used at, its name has no wait, so that strangers
// lock nobody out.  What is wrong is never told more closely than "name or password", and takes the
// same time.
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
	ACCOUNT_WAITING_ADDRESS_MAX = 8, // of them, from one address
	ACCOUNT_ANSWER_MS = 30000,       // then whoever asked is told to try again
	ACCOUNT_GAMES_MAX = 64, // objects an account has, one a game: as many as there may be
	ACCOUNTS_MAX = 100000,  // strangers make them: 40 MiB, and a start reads them all
};

struct account {     // a loan of the accounts
	uint64_t id; // 1, 2, …; never used twice
	struct span name;
	uint64_t created_s, seen_s; // Unix time; seen: logged in, 0: never
	bool locked;                // by an operator
};

struct accounts;
struct accounts *accounts_new(struct loop *, struct store *); // blocks: reads what there is
void accounts_free(struct accounts *); // nobody is called back any more; NULL is fine

// Letters, digits, _ and single spaces, none at the ends; and no word of the dialogue.
bool account_name_ok(struct span name);
// NULL, or a sentence on why nobody should have that password.
const char *account_password_bad(struct span name, struct span password);
const struct account *accounts_find(struct accounts *, struct span name); // NULL: nobody
const struct account *accounts_by_id(struct accounts *, uint64_t id);     // NULL: nobody
// All of them: NULL, the first, …, the last, NULL.
const struct account *accounts_next(struct accounts *, const struct account *);
int64_t account_object(struct accounts *, uint64_t id, struct span game); // -1: none
// -1 forgets it.  Kept soon; with more than ACCOUNT_GAMES_MAX the one set first is forgotten.
void account_set_object(struct accounts *, uint64_t id, struct span game, int64_t object);

enum account_result {
	ACCOUNT_OK,
	ACCOUNT_WRONG,  // no such name, or not that password
	ACCOUNT_LOCKED, // the password was right
	ACCOUNT_WAIT,   // too many wrong ones, or too many new ones: retry_ms
	ACCOUNT_BUSY,   // too many are waiting
	ACCOUNT_TAKEN,  // create: the name is somebody's
	ACCOUNT_BAD,    // create, password: not what we take
	// The store could not keep it: an account that lives in memory only would be gone, and its
	// name anybody's, at the next start.  So what was asked for is taken back.
	ACCOUNT_NOT_KEPT
};
struct account_answer {
	enum account_result result;
	const struct account *account; // ACCOUNT_OK, but for account_remove()
	uint32_t retry_ms;             // ACCOUNT_WAIT
};
// Answers later, never from inside the call; account_forget() if the asker goes.  What changes an
// account is answered ACCOUNT_OK when it is on the disk.  address: of the client, "" is nobody's.
typedef void account_done(void *owner, const struct account_answer *);
void account_check(struct accounts *, struct span name, struct span password, const char *address,
	account_done *, void *owner);
void account_create(struct accounts *, struct span name, struct span password, const char *address,
	account_done *, void *owner);
void account_password(
	struct accounts *, uint64_t id, struct span fresh, account_done *, void *owner);
void account_lock(struct accounts *, uint64_t id, bool locked, account_done *, void *owner);
// Also of one whose record is damaged, whose name is taken and who cannot log in.
void account_remove(struct accounts *, struct span name, account_done *, void *owner);
void account_forget(struct accounts *, const void *owner);
void account_minute(struct accounts *); // throttles that are over are forgotten
