// SPDX-License-Identifier: MIT
// What players read of an account's answer.
#include "base/clock.h"
#include "edge/login_priv.h"

void login_words(const struct login *l, const struct account_answer *answer, struct buf *out)
{
	unsigned seconds = (answer->retry_ms + SECOND_MS - 1) / SECOND_MS;
	switch (answer->result) {
	case ACCOUNT_OK:
		buf_printf(out, "Welcome, %.*s.", (int)answer->account->name.n,
			answer->account->name.p);
		break;
	case ACCOUNT_WRONG:
		buf_lit(out, "That name and that password do not belong together.");
		break;
	case ACCOUNT_LOCKED:
		buf_lit(out, "This account is locked. Those who run this place know why.");
		break;
	case ACCOUNT_WAIT:
		buf_printf(out, "%s Please wait %u second%s before you try again.",
			l->step == LOGIN_AGAIN ? "You have made many names."
					       : "There were too many wrong passwords.",
			seconds, seconds == 1 ? "" : "s");
		break;
	case ACCOUNT_BUSY: buf_lit(out, "Too many are logging in now. Please try again."); break;
	case ACCOUNT_TAKEN: buf_lit(out, "Somebody has that name already."); break;
	case ACCOUNT_BAD: buf_lit(out, "That name or password cannot be used."); break;
	case ACCOUNT_NOT_KEPT:
		buf_lit(out, "That cannot be written down at the moment, so nothing has changed."
			     " Please try again later.");
		break;
	}
	buf_char(out, '\0');
}
