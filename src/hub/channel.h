// SPDX-License-Identifier: MIT
// Channel: a name with members and its newest lines, as one identity hears it.  The network is
// asked for it while there is a member, and once only however many there are.
#pragma once
#include "hub/channel_line.h"
#include "hub/session.h"

enum {
	CHANNEL_NAME_MAX = 80,  // bytes: i3-protocol lore, and what routers accept
	CHANNEL_IDLE_MAX = 256, // channels without members kept for their history, per identity
};

struct channel {
	struct identity *identity;
	char *name;
	struct link members; // struct member, by in_channel
	uint32_t n_members;
	struct tick tick;
	// A ring of lines_max, the oldest overwritten; history.h has more.
	struct channel_line *lines;
	uint32_t lines_max, n_lines, next_line;
};

struct member {
	struct link in_channel, in_session;
	struct channel *channel;
	struct session *session;
	uint64_t since; // messages with higher numbers are for it
};

bool channel_name_ok(struct span name);
struct channel *channel_find(const struct identity *, struct span name);
enum channel_joined { CHANNEL_JOINED, CHANNEL_ALREADY, CHANNEL_TOO_MANY };
enum channel_joined channel_join(struct session *, struct span name);
bool channel_leave(struct session *, struct span name); // false: was not there
bool channel_has(const struct channel *, const struct session *);
void channel_free(struct channel *);

// To all members with the right for it, as one encoded message.
void channel_publish(struct channel *, struct message *);
void channel_remember(struct channel *, const struct channel_line *);        // text is not read
const struct channel_line *channel_line(const struct channel *, uint32_t i); // 0: the oldest
