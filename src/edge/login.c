// SPDX-License-Identifier: MIT
#include "edge/login.h"
#include "base/mem.h"
#include "edge/edge.h"
#include "edge/login_priv.h"
#include <sodium.h>
#include <stdlib.h>

// --- asking ---

static const struct {
	const char *prompt;
	bool hidden;
} steps[] = {
	[LOGIN_NAME] = {"Enter your name: ", false},
	[LOGIN_PASSWORD] = {"Enter your password: ", true},
	[LOGIN_NEW] = {"Is it to be yours? (yes or no) ", false},
	[LOGIN_FRESH] = {"Choose a password: ", true},
	[LOGIN_AGAIN] = {"The same password again: ", true},
	[LOGIN_OLD] = {"Your password until now: ", true},
};

// A game may have hidden what is typed, before a dialogue came in between.
static void hide(struct login *l, bool on)
{
	struct player *p = l->player;
	if (l->hiding == on || !p->terminal)
		return;
	l->hiding = on;
	p->terminal->kind->hide(p->terminal, on || p->hidden);
}

static void enter(struct login *l, enum login_step step)
{
	l->step = step;
	l->asked_again = false;
	if (step == LOGIN_NAME || step == LOGIN_FRESH) {
		sodium_memzero(l->fresh, sizeof l->fresh);
		l->n_fresh = 0;
	}
	hide(l, steps[step].hidden);
	player_prompt(l->player, steps[step].prompt);
}

static void say(struct login *l, const char *words)
{
	hide(l, false);
	player_notice(l->player, words);
}

// Clients send empty lines to keep a connection alive: one of them is answered, a hundred are not.
static void ask_again(struct login *l)
{
	if (!l->asked_again)
		player_prompt(l->player, steps[l->step].prompt);
	l->asked_again = true;
}

// --- what the accounts say ---

static void take_login(struct login *l, const struct account_answer *answer, const char *words)
{
	struct player *p = l->player;
	bool wrong = answer->result == ACCOUNT_WRONG || answer->result == ACCOUNT_LOCKED;
	if (l->by_oob)
		login_result(l, answer->result == ACCOUNT_OK, words);
	l->by_oob = false;
	say(l, words);
	if (answer->result == ACCOUNT_OK) {
		player_dialogue_done(p);
		player_logged_in(p, answer->account);
	} else if (wrong && ++l->wrong >= LOGIN_WRONG_MAX) {
		player_end(p, CLOSE_REFUSED, "Good bye.");
	} else {
		enter(l, LOGIN_NAME);
	}
}

static void take_change(struct login *l, const struct account_answer *answer, const char *words)
{
	bool good = answer->result == ACCOUNT_OK;
	if (good && l->step == LOGIN_OLD) {
		enter(l, LOGIN_FRESH);
		return;
	}
	if (good)
		words = "Your password has been changed.";
	else if (answer->result == ACCOUNT_WRONG)
		words = "That is not your password. Nothing has changed.";
	say(l, words);
	player_dialogue_done(l->player);
}

// The login may be over by then, and the lines are for whatever comes next.
static void hear_typed(struct player *p, struct buf *typed)
{
	struct span rest = buf_bytes(typed);
	while (rest.n && p->state != PLAYER_ENDED) {
		struct span line = span_until(rest, '\n');
		span_take(&rest, line.n + 1);
		player_line(p, line);
	}
}

static void wipe(struct buf *b)
{
	if (b->p)
		sodium_memzero(b->p, b->n);
	buf_fini(b);
}

static void on_answer(void *owner, const struct account_answer *answer)
{
	struct login *l = owner;
	struct player *p = l->player;
	struct buf typed = l->typed, words = {0};
	l->typed = (struct buf){.max = LOGIN_TYPED_BYTES_MAX};
	l->n_typed = 0;
	l->checking = false;
	login_words(l, answer, &words);
	if (l->change)
		take_change(l, answer, words.p);
	else
		take_login(l, answer, words.p);
	hear_typed(p, &typed);
	wipe(&typed);
	buf_fini(&words);
}

void login_check(struct login *l, struct span name, struct span password)
{
	const struct player *p = l->player;
	l->checking = true;
	hide(l, false);
	account_check(p->edge->accounts, name, password, p->address, on_answer, l);
}

static void take_new_password(struct login *l)
{
	const struct player *p = l->player;
	struct span fresh = span_of(l->fresh, l->n_fresh);
	l->checking = true;
	hide(l, false);
	if (l->change)
		account_password(p->edge->accounts, p->account, fresh, on_answer, l);
	else
		account_create(p->edge->accounts, login_name(l), fresh, p->address, on_answer, l);
}

// --- what the player says ---

static void on_name(struct login *l, struct span name)
{
	struct buf words = {0};
	if (!account_name_ok(name)) {
		say(l, "A name has 2 to 25 letters, digits, underscores or single spaces.");
		enter(l, LOGIN_NAME);
		return;
	}
	memcpy(l->name, name.p, name.n);
	l->n_name = name.n;
	if (accounts_find(l->player->edge->accounts, name)) {
		enter(l, LOGIN_PASSWORD);
		return;
	}
	buf_printf(&words, "Nobody here is called %.*s.", (int)name.n, name.p);
	buf_char(&words, '\0');
	say(l, words.p);
	buf_fini(&words);
	enter(l, LOGIN_NEW);
}

static void on_new(struct login *l, struct span word)
{
	if (span_caseeq(word, SPAN("y")) || span_caseeq(word, SPAN("yes")))
		enter(l, LOGIN_FRESH);
	else if (span_caseeq(word, SPAN("n")) || span_caseeq(word, SPAN("no")))
		enter(l, LOGIN_NAME);
	else
		ask_again(l);
}

static void on_fresh(struct login *l, struct span password)
{
	const char *bad = account_password_bad(login_name(l), password);
	if (bad) {
		say(l, bad);
		enter(l, LOGIN_FRESH);
		return;
	}
	memcpy(l->fresh, password.p, password.n);
	l->n_fresh = password.n;
	enter(l, LOGIN_AGAIN);
}

static void on_again(struct login *l, struct span password)
{
	if (password.n == l->n_fresh && sodium_memcmp(password.p, l->fresh, l->n_fresh) == 0) {
		take_new_password(l);
		return;
	}
	say(l, "That was not the same.");
	enter(l, LOGIN_FRESH);
}

static void leave(struct login *l)
{
	struct player *p = l->player;
	if (!l->change) {
		player_end(p, CLOSE_DONE, "Good bye.");
		return;
	}
	say(l, "Nothing has changed.");
	player_dialogue_done(p);
}

static void keep_typed(struct login *l, struct span line)
{
	if (l->n_typed >= LOGIN_TYPED_MAX || line.n >= LOGIN_TYPED_BYTES_MAX - l->typed.n) {
		player_notice(l->player, "That was too much at once; it was not heard.");
		return;
	}
	buf_span(&l->typed, line);
	buf_char(&l->typed, '\n');
	l->n_typed++;
}

void login_line(struct login *l, struct span line)
{
	struct span word = span_trim(line);
	if (l->checking)
		keep_typed(l, line);
	else if (!word.n && l->step != LOGIN_OLD)
		ask_again(l);
	else if (!word.n || span_caseeq(word, SPAN("quit")))
		leave(l);
	else if (l->step == LOGIN_NAME)
		on_name(l, word);
	else if (l->step == LOGIN_NEW)
		on_new(l, word);
	else if (l->step == LOGIN_FRESH)
		on_fresh(l, line);
	else if (l->step == LOGIN_AGAIN)
		on_again(l, line);
	else
		login_check(l, login_name(l), line);
}

// --- life ---

static struct login *begin(struct player *p, bool change)
{
	struct login *l = mem_zalloc(sizeof *l);
	l->player = p;
	l->change = change;
	l->typed.max = LOGIN_TYPED_BYTES_MAX;
	return l;
}

struct login *login_begin(struct player *p)
{
	struct login *l = begin(p, false);
	login_changed(l);
	enter(l, LOGIN_NAME);
	return l;
}

struct login *login_password_begin(struct player *p)
{
	struct login *l = begin(p, true);
	const struct account *is = accounts_by_id(p->edge->accounts, p->account);
	if (is) {
		memcpy(l->name, is->name.p, is->name.n);
		l->n_name = is->name.n;
	}
	enter(l, LOGIN_OLD);
	return l;
}

bool login_hides(const struct login *l)
{
	return l->hiding;
}

void login_end(struct login *l)
{
	account_forget(l->player->edge->accounts, l);
	hide(l, false);
	wipe(&l->typed);
	sodium_memzero(l, sizeof *l);
	free(l);
}
