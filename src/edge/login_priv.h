// SPDX-License-Identifier: MIT
// What the files of the login share.
#pragma once
#include "edge/login.h"

enum login_step { LOGIN_NAME, LOGIN_PASSWORD, LOGIN_NEW, LOGIN_FRESH, LOGIN_AGAIN, LOGIN_OLD };

struct login {
	struct player *player;
	enum login_step step;
	bool change;   // of a password
	bool checking; // an account is being asked for
	bool hiding;
	bool asked_again; // for an empty line
	bool offered;     // Char.Login.Default was sent
	bool by_oob;      // the question came by GMCP, and the answer goes there as well
	uint32_t wrong;
	size_t n_name, n_fresh;
	char name[ACCOUNT_NAME_MAX];
	char fresh[ACCOUNT_PASSWORD_MAX];
	struct buf typed; // meanwhile, each with LF
	uint32_t n_typed;
};

static inline struct span login_name(const struct login *l)
{
	return span_of(l->name, l->n_name);
}

// login.c
void login_check(struct login *, struct span name, struct span password);

// login_words.c
void login_words(
	const struct login *, const struct account_answer *, struct buf *out); // with a NUL

// login_oob.c
void login_result(struct login *, bool success, const char *words);
