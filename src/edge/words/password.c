// SPDX-License-Identifier: MIT
#include "edge/login.h"
#include "edge/word.h"

static void run(struct player *p, struct span rest)
{
	(void)rest;
	if (!p->account)
		player_notice(p, "You have no account at this gate.");
	else
		p->login = login_password_begin(p);
}

const struct word word_password = {"password", "", "changes the password of your account", run};
