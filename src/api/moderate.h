// SPDX-License-Identifier: MIT
// Moderate: what the hub's moderation lets out, and what its methods have in common.
#pragma once
#include "api/method.h"

// What is let out of it, perhaps masked; call_submit() asks.  False: failed.
bool call_moderate(struct call *, struct intent *) must_check;
// The same for an answer to another MUD.
bool call_moderate_answer(struct call *) must_check;

// The argument `scope`: a MUD of this gateway, the caller's own when absent, "*" for all of them,
// which is empty then.
#define SCOPE_ARG                                                                                  \
	{                                                                                          \
		"scope", NULL, ARG_TEXT, false, 0, 64,                                             \
			"a MUD of this gateway, or * for all of them; yours by default"            \
	}
struct span call_scope(const struct call *);
// The argument, or empty when it is "*": anybody.
struct span call_text_or_any(const struct call *, const char *name);
