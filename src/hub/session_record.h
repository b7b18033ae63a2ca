// SPDX-License-Identifier: MIT
// A session as bytes (base/fields.h), for its store.
//
// Tags: i identity, k digest of the API key, d and f of its ids, r rights, w what it wants to be
// asked, o opened at, b 1 when its client has ever come back, l time its client left (0: it had
// not), a acknowledged up to, c a channel: the number it was joined at (8 bytes) and its name.  Of
// a whole tape also: s sent up to, n the numbers on it, g those that are gone and may be missed, G
// gaps: lost, from, to, after (0: not told yet), unknown, 8 bytes each.
#pragma once
#include "base/buf.h"

struct hub;
struct session;

void session_record_put(struct buf *, const struct session *, bool whole);
// Opens the session, AWAY.  False: unreadable, expired, or of an identity that is no longer ours.
bool session_record_restore(
	struct hub *, uint64_t number, struct span record, bool whole) must_check;
// Then come the messages, in order of number: does this one belong on its tape?
bool session_record_lacks(struct session *, uint64_t seq);
bool session_record_is_whole(const struct session *); // its tape was written down with it
void session_record_restored(struct session *);       // there are no more messages
