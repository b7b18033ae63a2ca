// SPDX-License-Identifier: MIT
// Exchange: what MUDs send each other over links of their own: mail, files and news.  As with the
// uplink, faces wish for things here without knowing who carries them.
#pragma once
#include "base/value.h"

enum exchange_verb {
	EXCHANGE_MAIL_SEND,
	EXCHANGE_MAIL_LIST,
	EXCHANGE_MAIL_DELETE,
	EXCHANGE_FILE_LIST,
	EXCHANGE_FILE_GET,
	EXCHANGE_FILE_PUT,
	EXCHANGE_NEWS_GROUPS,
	EXCHANGE_NEWS_READ,
	EXCHANGE_NEWS_POST,
};

struct exchange_wish { // fields a verb does not use are empty
	enum exchange_verb verb;
	struct span from_user;
	struct span mud;             // empty: what we have here ourselves
	const struct value *to, *cc; // of a mail: "user@mud" or {mud, user}; NULL: none
	struct span name;            // directory, file or newsgroup
	struct span subject, text;
	int64_t number; // of a mail or an article; of the article answered
	int64_t limit;
};

enum exchange_said {
	EXCHANGE_DONE,    // result
	EXCHANGE_LATER,   // as an event, and with answers_tell() to exchange_key(number)
	EXCHANGE_OFF,     // this service is switched off here
	EXCHANGE_REFUSED, // words, about a field of the wish
	EXCHANGE_FULL,    // too much is waiting already
};

struct exchange_answer {
	enum exchange_said said;
	struct value_list result; // pairs; its arena is the asker's
	int64_t number;           // of the request, or of the mail
	uint32_t soon_s;          // LATER, but so soon that it is worth waiting for
	const char *field, *words;
};

struct exchange {
	const struct exchange_ops *ops;
};

struct exchange_ops {
	void (*wish)(struct exchange *, const struct exchange_wish *, struct exchange_answer *);
};
