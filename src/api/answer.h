// SPDX-License-Identifier: MIT
// Answer: a session answers what the network asked its MUD.  The first answer is the one that
// counts.
#pragma once
#include "api/method.h"
#include <stdio.h>

enum { ANSWER_USERS_MAX = 5000 }; // more than one packet could ever hold

#define ANSWER_ARG                                                                                 \
	{                                                                                          \
		"request_id", NULL, ARG_TEXT, true, 1, QUERY_ID_BYTES, "of the request's event"    \
	}
#define ANSWER_RESULT                                                                              \
	{                                                                                          \
		"status", "string", "\"answered\": it is on its way to who asked"                  \
	}

// To the request named by request_id, which must be of that kind.
bool answer_put(struct call *, enum query_kind, const struct value *answer);

// What is inside an object: absent ones are fine.  `which` names the object in the error.
struct answer_field {
	const char *name;
	bool number, text; // may be either when both are set
};
bool answer_check(struct call *, const char *arg, const char *which, const struct value *map,
	const struct answer_field *fields); // end with a NULL name
