// SPDX-License-Identifier: MIT
// Moderation's rules in the store: table "moderation", a record each.
#pragma once
#include "hub/moderation.h"
#include "store/store.h"

struct moderation_store {
	struct moderation_keeper keeper;
	struct moderation *moderation;
	struct store *store;
	struct map writing; // id of the store's call → struct writing
};

// Reads what was kept, and keeps from now on.  Blocks: start-up only.  False and a sentence.
bool moderation_store_open(
	struct moderation_store *, struct moderation *, struct store *, struct buf *why) must_check;
void moderation_store_close(struct moderation_store *);
