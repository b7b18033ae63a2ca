// SPDX-License-Identifier: MIT
// Mail: what outmail.c, inmail.c and mail.c share.  The packet:
//
//	0 "mail"  1 number  2 sender  3 to: MUD → users  4 cc, the same  5 bcc: users there
//	6 time sent  7 subject  8 text
//	0 "mail-ack"  1 number → what went wrong, texts
#pragma once
#include "i3/oob/oob_priv.h"

enum {
	MAIL_ELEMENTS = 9,
	MAIL_ACK_ELEMENTS = 2,
	MAIL_TEXT_MAX = 64 << 10, // bytes: a long letter; and a store record and an event hold it
	MAIL_SUBJECT_MAX = 256,
	MAIL_USERS_MAX = 100,  // to and cc together: more is a mailing list
	MAIL_MUDS_MAX = 20,    // each gets and keeps a copy of its own
	MAIL_OUT_MAX = 500,    // waiting, per identity
	MAIL_IN_MAX = 1000,    // kept, per identity
	MAIL_IN_MUD_MAX = 250, // of them from one MUD: none can fill it alone
	MAIL_IN_BYTES = 8 << 20,
	MAIL_TABLE_BYTES =
		32 << 20,       // of all identities: half of what one scan of the store may read
	MAIL_DAYS = 3,          // then it is given up
	MAIL_FAILURES_MAX = 20, // texts of an acknowledgement passed on
};

// --- outmail.c
void oob_outmail_wish(struct oob_office *, const struct exchange_wish *, struct exchange_answer *);
void oob_outmail_load(struct oob *);
void oob_outmail_fini(struct oob_office *);

// --- address.c
struct oob_address {
	struct span user;
	const char *mud;
};

struct oob_addresses {
	struct oob_address at[MAIL_USERS_MAX];
	size_t n;
	const char *muds[MAIL_MUDS_MAX];
	size_t n_muds;
};

// Adds those of the list (may be NULL).  False: the answer says what is wrong, about the field.
bool oob_addresses_read(struct oob_office *, const struct value *list, struct oob_addresses *,
	struct exchange_answer *, const char *field);
// Some of them as {MUD: [users]}.
struct value oob_addresses_map(
	struct arena *, const struct oob_addresses *, size_t from, size_t to);

// --- letter.c
enum {
	LETTER_MUD,
	LETTER_USER,
	LETTER_TO,
	LETTER_CC,
	LETTER_USERS, // of ours
	LETTER_SENT,
	LETTER_SUBJECT,
	LETTER_TEXT,
	LETTER_THEIRS, // the sender's number
	LETTER_SIZE,
};

// NULL, or what the sender is to be told.
const char *oob_letter_read(struct i3_link *, const struct oob_session *,
	const struct value *packet, struct value kept[LETTER_SIZE]);

// --- inmail.c
void oob_inmail_hear(struct oob_session *, const struct value *packet);
void oob_inmail_list(struct oob_office *, const struct exchange_wish *, struct exchange_answer *);
void oob_inmail_delete(struct oob_office *, const struct exchange_wish *, struct exchange_answer *);
void oob_inmail_load(struct oob *);
void oob_inmail_fini(struct oob_office *);

// {MUD: [users]} as [{mud, user}], for people.
struct value oob_mail_people(struct arena *, const struct value *map);
