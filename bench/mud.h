// SPDX-License-Identifier: MIT
// Mud: one simulated MUD at an Intermud-3 router (MudMode frames of LPC text over TCP).  It shares no
// code with the daemon, so that a fault in one is seen by the other.  What the router tells it of the
// MUDs there are is kept as a hash of each record's text.
#pragma once
#include "client.h"

enum {
	MUD_NAME_MAX = 24,    // bytes, with the NUL
	MUD_KNOWN_MAX = 1024, // names in a mudlist; a power of two, several times what is simulated
	MUD_FRAME_MAX = 64 << 10,
};

struct mud_known {
	char name[MUD_NAME_MAX];
	uint64_t record; // hash of its text; 0: deleted
};

struct mud {
	int fd; // -1: not connected
	char name[MUD_NAME_MAX];
	long password, mudlist_id;
	bool welcome, closed; // startup-reply has come; the router hung up
	size_t kept;          // bytes of an incomplete frame, in keep
	char *keep;           // 4 + MUD_FRAME_MAX bytes
	struct mud_known *known;
	uint64_t errors; // error packets
};

// Text of one packet, without its frame; not terminated.
typedef void mud_packet(void *user, struct mud *, const char *text, size_t n);

void mud_init(struct mud *, const char *name);
void mud_fini(struct mud *);
void mud_open(struct mud *, const struct address *, const char *router); // sends startup-req-3
void mud_close(struct mud *);
void mud_say(struct mud *, const char *format, ...) __attribute__((format(printf, 2, 3)));
// Reads once; mudlist, startup-reply and error are taken care of, all others are handed over.
bool mud_pump(struct mud *, struct scratch *, mud_packet *, void *user);
// How many records of truth this one has not or has in another state, but for its own and `but`'s.
long mud_unequal(const struct mud *, const struct mud *truth, const char *but);
