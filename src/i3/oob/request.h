// SPDX-License-Identifier: MIT
// Request: a question of one of our sessions to another MUD, about files or news.  It has one
// answer, which is an event and wakes whoever waits for it; it does not outlive a link that fails.
#pragma once
#include "i3/oob/oob_priv.h"

enum { REQUEST_MS = 120000 }; // to reach the MUD and hear from it

struct oob_request;

struct oob_request_kind {
	enum event event;
	// Is v the answer?  If so its facts go into params, or what went wrong into *why.
	bool (*read)(const struct oob_request *, const struct value *v, struct value_list *params,
		const char **why);
};

struct oob_request {
	struct oob_item item;
	struct oob_office *office;
	const struct oob_request_kind *kind;
	int64_t number;
	struct value packet, about; // about: pairs the event repeats
	void *packet_block, *about_block;
};

// The packet's element 1 becomes the request's number when it is 0 and numbered says so.
struct oob_request_new {
	const struct oob_request_kind *kind;
	const struct oob_service *service;
	struct value *packet; // elements
	size_t n;
	bool numbered;
	struct value_list *about;
};
void oob_request(struct oob_office *, const struct exchange_wish *, const struct oob_request_new *,
	struct exchange_answer *);
// Frees those that wait, for services' fini.
void oob_requests_free(struct oob_office *);
