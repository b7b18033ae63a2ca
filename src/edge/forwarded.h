// SPDX-License-Identifier: MIT
// Forwarded: whom an HTTP request is for, by X-Forwarded-For.  Each proxy appends whom it heard from,
// so the list is believed from its right end, as far as trusted proxies wrote it.
#pragma once
#include "edge/door.h"

enum { FORWARDED_BYTES = 48 };
// The header's value (all lines of it, joined by commas) of a request that a trusted proxy brought.
// The rightmost address that is no trusted proxy's, or the leftmost when all are; IPv4 in IPv6 as
// IPv4.  False: it says nothing that can be believed.
bool forwarded_client(struct span value, const struct door *, char out[FORWARDED_BYTES]) must_check;
