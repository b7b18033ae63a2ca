// SPDX-License-Identifier: MIT
// Moderation: who is not to be heard, what is not to be said, and whether there is to be any talk
// with the network at all.  What players do not want to hear themselves is their MUD's affair.
//
//	          channel lines   tells   requests   answers
//	off            ✗            ✗         ✗         ✗
//	ban            ✗            ✗         ✗
//	mute           ✗
//	word        ✗ or ***     ✗ or ***
//
// People are judged by the user and MUD the router vouches for, never by the name they show.
#pragma once
#include "base/list.h"
#include "base/map.h"
#include "base/value.h"
#include "hub/emote.h"
#include "hub/word.h"

struct hub;
struct identity;

enum {
	MODERATION_RULES_MAX = 10000, // ten times what the largest ban lists of chat networks hold
	MODERATION_WORDS_MAX = 256,   // each is looked for in every line
	MODERATION_NAME_MAX = 128,    // bytes of a user or a MUD: twice what the network takes
	MODERATION_REASON_MAX = 256,
};

#define MODERATION_ID_MAX ((INT64_C(1) << 53) - 1) // what every JSON reader takes

enum moderation_kind { MODERATION_MUTE, MODERATION_BAN, MODERATION_WORD, MODERATION_OFF };
const char *moderation_word(enum moderation_kind); // "mute", …

struct moderation_spec { // texts without control characters
	enum moderation_kind kind;
	struct span scope;     // an identity's name; empty: the whole gateway
	struct span user, mud; // of a mute or ban; one of them may be empty: any
	struct span pattern;   // of a word
	bool regex, drop;      // the word is an expression; the text is dropped, else masked
	uint64_t until_s;      // Unix time; 0: for ever
	struct span reason, by;
};

struct moderation_rule {
	struct moderation_spec spec;
	uint64_t id, created_s;
	bool fixed;          // from the configuration: neither kept nor removed by hand
	struct link in_kind; // of a party, or words, or switches
	struct word *word;
	char *texts; // what the spans of spec are in
};

// What survives a restart is somebody else's work.
struct moderation_keeper {
	// rule NULL: forget it.
	void (*keep)(struct moderation_keeper *, uint64_t id, const struct moderation_rule *rule);
};

struct moderation {
	struct hub *hub;
	struct map rules;   // id → rule, oldest first
	struct map parties; // folded user and MUD → struct party
	struct link words, switches;
	unsigned n_words;
	uint64_t last_id;
	uint64_t next_until_s;            // when the next rule ends; UINT64_MAX: none does
	struct moderation_keeper *keeper; // NULL: nothing is kept
};

void moderation_init(struct moderation *, struct hub *);
void moderation_fini(struct moderation *);

// The rule, which replaces one that says the same; or NULL and a sentence.
const struct moderation_rule *moderation_add(
	struct moderation *, const struct moderation_spec *, struct buf *why);
// False: there is none, or it is the switch or from the configuration.
bool moderation_remove(struct moderation *, uint64_t id);
const struct moderation_rule *moderation_find(struct moderation *, uint64_t id);
// One that was kept; tells nobody.
bool moderation_restore(struct moderation *, const struct moderation_rule *, struct buf *why);
void moderation_lost(struct moderation *, uint64_t id); // the store has failed: tells it
// The words of the configuration, instead of those it had before.
void moderation_configure(struct moderation *, const char *const *words, size_t n);

// Of spec only scope, reason, by and until_s count.  False: no, and a sentence.
bool moderation_switch(
	struct moderation *, bool on, const struct moderation_spec *, struct buf *why);
// What keeps this identity, or with NULL the whole gateway, off the network.  NULL: nothing.
const struct moderation_rule *moderation_off(struct moderation *, const struct identity *);
// "switched off: maintenance" for status and health; in the arena.  NULL: it is on.
const char *moderation_off_words(struct moderation *, const struct identity *, struct arena *);

enum talk { TALK_LINE, TALK_TELL, TALK_REQUEST, TALK_ANSWER };
struct utterance { // something on its way in or out
	enum talk talk;
	struct span user, mud; // whose it is
	struct span *texts;    // what people will read of it; may be masked
	size_t n;
	struct emote_names names; // that people will read in its texts
};
// The rule that stops it, or NULL: it passes.
const struct moderation_rule *moderation_judge(
	struct moderation *, const struct identity *, struct utterance *, struct arena *);

struct value moderation_value(const struct moderation_rule *, struct arena *); // as the API says it
void moderation_sweep(struct moderation *); // ends rules whose time is over; each turn and use does
