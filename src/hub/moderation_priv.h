// SPDX-License-Identifier: MIT
// What the files of moderation share.
#pragma once
#include "hub/hub.h"

struct party { // one user@mud, or a half of it
	struct link rules;
};

// A name longer than any rule's stays so, whatever it is folded to.
enum { FOLDED_MAX = 2 * MODERATION_NAME_MAX };

struct folded {
	char at[2 * FOLDED_MAX + 1];
	size_t n;
};

struct span moderation_fold(struct folded *, struct span user, struct span mud);
const char *moderation_why_not(const struct moderation *, const struct moderation_spec *);
bool moderation_is_for(const struct moderation_rule *, const struct identity *);

void moderation_tell_change(
	struct moderation *, const struct moderation_rule *, const char *change);
// r: whose scope is told; what it is told is how things are now.
void moderation_tell_switched(struct moderation *, const struct moderation_rule *r, struct span by);
