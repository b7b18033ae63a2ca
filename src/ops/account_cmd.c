// SPDX-License-Identifier: MIT
#include "ops/account_cmd.h"
#include "base/clock.h"
#include "edge/account.h"
#include "ops/password.h"
#include <grp.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct cmd {
	const char *name; // of the account; NULL with list
	struct loop loop;
	struct store *store;
	struct accounts *accounts;
	const struct account *is; // of that name, or NULL
	enum account_result result;
};

static int complain(const struct cmd *c, const char *words)
{
	fprintf(stderr, "gatehouse: %s%s%s\n", c->name ? c->name : "", c->name ? ": " : "", words);
	return 1;
}

// --- what the accounts answer ---

static void on_done(void *owner, const struct account_answer *answer)
{
	struct cmd *c = owner;
	c->result = answer->result;
}

static int not_kept(const struct cmd *c)
{
	struct buf words = {0};
	buf_lit(&words, "it could not be kept");
	struct buf health = {0};
	if (!store_health(c->store, &health))
		buf_printf(&words, ": %.*s", (int)health.n, health.p);
	buf_char(&words, '\0');
	int code = complain(c, words.p);
	buf_fini(&health);
	buf_fini(&words);
	return code;
}

static int finish(struct cmd *c, const char *done)
{
	loop_run(&c->loop); // until it is answered: nothing else keeps the loop alive
	switch (c->result) {
	case ACCOUNT_OK: printf("%s: %s\n", c->name, done); return 0;
	case ACCOUNT_TAKEN: return complain(c, "there is such an account already");
	case ACCOUNT_NOT_KEPT: return not_kept(c);
	default: return complain(c, "that was refused");
	}
}

// --- verbs ---

static const char *day_of(uint64_t s, char text[CLOCK_TEXT_BYTES])
{
	if (!s)
		return "never";
	clock_text(s * 1000000, text);
	text[strlen("2026-01-02")] = '\0';
	return text;
}

static int list(struct cmd *c)
{
	printf("%6s  %-*s  %-10s  %-10s\n", "id", ACCOUNT_NAME_MAX, "name", "made", "last login");
	for (const struct account *a = NULL; (a = accounts_next(c->accounts, a));) {
		char made[CLOCK_TEXT_BYTES], seen[CLOCK_TEXT_BYTES];
		printf("%6llu  %-*.*s  %-10s  %-10s%s\n", (unsigned long long)a->id,
			ACCOUNT_NAME_MAX, (int)a->name.n, a->name.p, day_of(a->created_s, made),
			day_of(a->seen_s, seen), a->locked ? "  locked" : "");
	}
	return 0;
}

static bool take_password(const struct cmd *c, struct buf *password)
{
	if (!password_read(password)) {
		complain(c, "no password was given, and nothing has changed");
		return false;
	}
	const char *bad = account_password_bad(span_str(c->name), buf_bytes(password));
	if (bad)
		complain(c, bad);
	return !bad;
}

static int with_password(struct cmd *c, bool fresh)
{
	struct buf password = {0};
	int code = 1;
	if (take_password(c, &password)) {
		if (fresh)
			account_create(c->accounts, span_str(c->name), buf_bytes(&password), "",
				on_done, c);
		else
			account_password(c->accounts, c->is->id, buf_bytes(&password), on_done, c);
		code = finish(c, fresh ? "made" : "has a new password");
	}
	sodium_memzero(password.p, password.cap);
	buf_fini(&password);
	return code;
}

static int add(struct cmd *c)
{
	if (!account_name_ok(span_str(c->name)))
		return complain(c, "a name has 2 to 25 letters, digits, underscores or single"
				   " spaces, and is neither idle nor quit");
	return c->is ? complain(c, "there is such an account already") : with_password(c, true);
}

static int password(struct cmd *c)
{
	return with_password(c, false);
}

static int lock(struct cmd *c)
{
	account_lock(c->accounts, c->is->id, true, on_done, c);
	return finish(c, "locked");
}

static int unlock(struct cmd *c)
{
	account_lock(c->accounts, c->is->id, false, on_done, c);
	return finish(c, "unlocked");
}

static int drop(struct cmd *c)
{
	account_remove(c->accounts, span_str(c->name), on_done, c);
	loop_run(&c->loop);
	if (c->result == ACCOUNT_WRONG)
		return complain(c, "there is no such account");
	return finish(c, "removed");
}

static const struct {
	const char *word;
	int (*run)(struct cmd *);
	bool makes;  // a store that is not there yet
	bool exists; // the account
} verbs[] = {
	{"list", list, false, false}, {"add", add, true, false},
	{"password", password, false, true}, {"lock", lock, false, true},
	{"unlock", unlock, false, true},
	{"remove", drop, false, false}, // of a damaged one there is only the name
};

// --- the store ---

// What root writes the daemon could not open.
static void become_owner(const char *path)
{
	struct stat st;
	if (geteuid() != 0 || stat(path, &st) < 0 || st.st_uid == 0)
		return;
	if (setgroups(0, NULL) < 0 || setegid(st.st_gid) < 0 || seteuid(st.st_uid) < 0)
		die("cannot become the owner of %s", path);
}

static bool open_store(struct cmd *c, const char *path)
{
	struct buf why = {0};
	loop_init(&c->loop);
	c->store = store_open(&c->loop, &(struct store_config){.path = path}, &why);
	if (!c->store) {
		fprintf(stderr,
			"gatehouse: %.*s\nAccounts are listed and changed here while the daemon is"
			" stopped.\n",
			(int)why.n, why.p);
		loop_fini(&c->loop);
	}
	buf_fini(&why);
	return c->store;
}

static int run(struct cmd *c, size_t verb)
{
	int code = 1;
	c->accounts = accounts_new(&c->loop, c->store);
	c->is = c->name ? accounts_find(c->accounts, span_str(c->name)) : NULL;
	if (verbs[verb].exists && !c->is)
		complain(c, "there is no such account");
	else
		code = verbs[verb].run(c);
	accounts_free(c->accounts);
	store_close(c->store);
	loop_fini(&c->loop);
	return code;
}

int account_cmd(const struct args *args, const struct config *config)
{
	struct cmd c = {.name = args->account.name};
	const char *path = config->store.path;
	size_t verb = 0;
	while (strcmp(verbs[verb].word, args->account.verb) != 0)
		verb++;
	log_setup(args->has_level ? args->level : LOG_WARNING, LOG_CONSOLE);
	become_owner(path);
	if (!verbs[verb].makes && access(path, F_OK) < 0) {
		fprintf(stderr, "gatehouse: there is no store at %s yet\n", path);
		return 1;
	}
	return open_store(&c, path) ? run(&c, verb) : 1;
}
