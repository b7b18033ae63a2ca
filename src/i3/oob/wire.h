// SPDX-License-Identifier: MIT
// Wire: the connection of an out-of-band session, as the session sees it.  Packets go in and come
// out as values.  It reports oob_session_opened (dialled ones), oob_session_heard, and at its end
// oob_session_lost; never from inside oob_wire_dial(), and never after close().
#pragma once
#include "base/value.h"
#include "net/close.h"

struct oob;
struct oob_session;

struct oob_wire {
	const struct oob_wire_ops *ops;
	struct oob_session *session; // NULL: given up
};

struct oob_wire_ops {
	void (*send)(struct oob_wire *, const struct value *);
	void (*trust)(struct oob_wire *);                  // its frames may be large
	void (*hold)(struct oob_wire *, bool hold);        // hear nothing for a while
	void (*close)(struct oob_wire *, enum conn_close); // what was sent goes out, but at RESET
};

struct oob_wire_to {
	const char *host;
	uint16_t port;
	unsigned attempt;
};
struct oob_wire *oob_wire_dial(struct oob *, struct oob_session *, const struct oob_wire_to *);
