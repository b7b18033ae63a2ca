// SPDX-License-Identifier: MIT
// Group: a newsgroup of one identity, with its articles: in memory, and in the store.  A full group
// lets go of its oldest article, as newsgroups do.
#pragma once
#include "i3/oob/oob_priv.h"

enum {
	GROUPS_MAX = 64, // per identity
	GROUP_ARTICLES = 200,
	GROUP_NAME_MAX = 64,
	ARTICLE_TEXT_MAX = 64 << 10, // bytes, as of a mail
	ARTICLE_SUBJECT_MAX = 256,
	NEWS_BYTES_MAX = 32 << 20, // of all identities: half of what one scan of the store may read
};

enum { ARTICLE_TIME, ARTICLE_THREAD, ARTICLE_SUBJECT, ARTICLE_POSTER, ARTICLE_TEXT, ARTICLE_SIZE };

struct oob_group {
	char *name;
	struct link articles; // oldest first
	unsigned n;
	int64_t last; // number of the newest, kept or on its way to the store
};

struct oob_article {
	struct link in_group;
	struct oob_office *office;
	struct oob_group *group;
	int64_t number;
	bool stored;
	struct value kept; // an array, as on the wire
	void *block;
	size_t bytes;
	// Who is told once it is stored: a link, or with session 0 one of our own sessions.
	uint64_t session;
	int64_t request;
};

struct oob_group *oob_group_find(struct oob_office *, struct span name);
struct oob_article *oob_group_article(struct oob_group *, int64_t number); // NULL: none
int64_t oob_group_first(const struct oob_group *);                         // 0: empty
// Puts it into the store; done() gets the article.  NULL: no room.  A thread of 0 is a new one.
struct oob_article *oob_group_post(
	struct oob_office *, struct span group, struct value *kept, store_done *done);
void oob_article_failed(struct oob_article *); // it was not stored
void oob_groups_load(struct oob *);
void oob_groups_free(struct oob_office *);
