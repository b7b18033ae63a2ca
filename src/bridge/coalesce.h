// SPDX-License-Identifier: MIT
// Coalesce: for a receiver that takes at most so many messages in an interval, several waiting
// lines become one message.  It decides how many of the first waiting lines the next message stands
// for; none is dropped, none overtakes another, and what is acknowledged is the last one's number.
//
//	one author:      his lines, one under the other, his name stays the message's author
//	several authors: "name: " before every line, also before those inside of a content, so that
//	                 nobody can put words into another's mouth
#pragma once
#include "base/buf.h"

enum {
	COALESCE_MESSAGES_MAX = 64, // in an interval; whoever wants more wants no limit
	COALESCE_INTERVAL_MAX_MS = 3600000,
	COALESCE_LINES_MAX = 64, // that one message stands for
	COALESCE_UNITS_MIN = 100,
	COALESCE_UNITS_MAX = 100000,
	COALESCE_UNITS_DEFAULT = 2000, // what Discord takes
};

struct coalesce_wish {
	uint32_t messages;    // in any interval; 0: no limit, nothing is joined
	uint32_t interval_ms; // at least 1
	// UTF-16 code units of a joined content: never less than its code points, so it fits by
	// either count.  A line that is longer by itself is sent as it is.
	uint32_t units;
};

struct coalesce_line {             // loans
	struct span type, channel; // only lines that agree in both are joined
	struct span author_id, author;
	struct span content; // UTF-8
};

struct coalesce {
	struct coalesce_wish wish;
	uint64_t sent_ms[COALESCE_MESSAGES_MAX]; // a ring of the last `messages`
	uint32_t next, n;
};

// False: a bound above is broken, or the interval is 0.
bool coalesce_init(struct coalesce *, const struct coalesce_wish *) must_check;
// → how many of the n waiting lines the next message stands for, and counts it as sent.  0: it must
// wait until coalesce_due_ms(), or n is 0.
size_t coalesce_take(struct coalesce *, const struct coalesce_line *, size_t n, uint64_t now_ms);
uint64_t coalesce_due_ms(const struct coalesce *); // 0: at once
// Their content as one.  True: by several authors.
bool coalesce_put(const struct coalesce_line *, size_t n, struct buf *content);
