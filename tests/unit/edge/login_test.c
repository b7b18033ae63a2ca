// SPDX-License-Identifier: MIT
// The dialogues, with real accounts, and a player and a terminal that write down what they are told.
#include "../store/store_bed.h"

#include "base/clock.h"
#include "base/mem.h"
#include "edge/account_priv.h"
#include "edge/edge.h"
#include "edge/login.h"
#include <stdio.h>
#include <stdlib.h>

struct rig {
	struct bed *bed;
	struct edge edge;
	struct player player;
	struct terminal terminal;
	const char *supports;
	bool gmcp;
	struct buf said;
};

static struct rig *rig_of(struct player *p)
{
	return container_of(p, struct rig, player);
}

// --- the player, as login.c sees it ---

void player_notice(struct player *p, const char *words)
{
	buf_printf(&rig_of(p)->said, "%s\n", words);
}

void player_prompt(struct player *p, const char *words)
{
	buf_printf(&rig_of(p)->said, "? %s\n", words);
}

void player_dialogue_done(struct player *p)
{
	struct login *l = p->login;
	p->login = NULL;
	if (l)
		login_end(l);
}

void player_end(struct player *p, enum conn_close why, const char *words)
{
	player_notice(p, words);
	player_dialogue_done(p);
	p->state = PLAYER_ENDED;
	buf_printf(&rig_of(p)->said, "end %s\n", close_word(why));
}

void player_logged_in(struct player *p, const struct account *a)
{
	buf_printf(&rig_of(p)->said, "in as %d %.*s\n", (int)a->id, (int)a->name.n, a->name.p);
	p->account = a->id;
	p->state = PLAYER_PLAYING;
}

void player_line(struct player *p, struct span line)
{
	if (p->login)
		login_line(p->login, line);
	else
		buf_printf(&rig_of(p)->said, "game: %.*s\n", (int)line.n, line.p);
}

void player_facts(const struct player *p, struct terminal_facts *facts)
{
	const struct rig *r = container_of(p, struct rig, player);
	*facts = (struct terminal_facts){.transport = "telnet", .supports = span_str(r->supports)};
}

// --- the terminal ---

static void term_hide(struct terminal *t, bool on)
{
	buf_str(&container_of(t, struct rig, terminal)->said, on ? "[hidden]\n" : "[shown]\n");
}

static void term_oob(struct terminal *t, struct oob *m)
{
	buf_printf(&container_of(t, struct rig, terminal)->said, "%.*s %.*s\n", (int)m->package.n,
		m->package.p, (int)m->json.n, m->json.p);
}

static const struct terminal_kind kind = {.name = "fake", .hide = term_hide, .oob = term_oob};

// --- the rig ---

#define GOOD  "correct horse"
#define OTHER "battery staple"

static int set_up(void **state)
{
	struct rig *r = mem_zalloc(sizeof *r);
	clock_set(5000000, 1700000000000000);
	bed_set_up(state);
	r->bed = *state;
	r->edge.accounts = accounts_new(&r->bed->loop, r->bed->s);
	r->terminal.kind = &kind;
	r->player = (struct player){.edge = &r->edge,
		.terminal = &r->terminal,
		.state = PLAYER_LOGIN,
		.address = "192.0.2.1"};
	*state = r;
	return 0;
}

static int tear_down(void **state)
{
	struct rig *r = *state;
	void *bed = r->bed;
	player_dialogue_done(&r->player);
	accounts_free(r->edge.accounts);
	bed_tear_down(&bed);
	buf_fini(&r->said);
	free(r);
	return 0;
}

static uint64_t somebody(struct rig *r, const char *name)
{
	static char hash[ACCOUNT_HASH_BYTES];
	struct accounts *a = r->edge.accounts;
	if (!*hash)
		assert_true(account_hash_make(GOOD, strlen(GOOD), hash));
	struct account_record *made = account_add(a, span_str(name), ++a->last_id);
	made->state = ACCOUNT_HERE;
	memcpy(made->hash, hash, sizeof hash);
	return made->is.id;
}

static void begin(struct rig *r)
{
	r->player.login = login_begin(&r->player);
}

// What was said since the last time, when all is quiet.
static void check_said(struct rig *r, const char *want)
{
	loop_run(&r->bed->loop);
	check_text(buf_bytes(&r->said), want);
	buf_clear(&r->said);
}

static void type(struct rig *r, const char *line)
{
	player_line(&r->player, span_str(line));
}

static void type_all(struct rig *r, const char *const *lines)
{
	for (; *lines; lines++) {
		type(r, *lines);
		loop_run(&r->bed->loop);
	}
}
#define TYPE(r, ...) type_all((r), (const char *const[]){__VA_ARGS__, NULL})

#define ASK_NAME     "? Enter your name: \n"
#define ASK_PASSWORD "[hidden]\n? Enter your password: \n"
#define ASK_NEW      "? Is it to be yours? (yes or no) \n"
#define ASK_FRESH    "? Choose a password: \n"
#define ASK_AGAIN    "? The same password again: \n"
#define ASK_OLD      "[hidden]\n? Your password until now: \n"
#define WRONG        "That name and that password do not belong together.\n"

// --- logging in ---

static void a_known_name_and_its_password_let_in(void **state)
{
	struct rig *r = *state;
	somebody(r, "Frodo");
	begin(r);
	TYPE(r, "  frodo ");
	check_said(r, ASK_NAME ASK_PASSWORD);
	TYPE(r, GOOD);
	check_said(r, "[shown]\nWelcome, Frodo.\nin as 1 Frodo\n");
}

static void a_new_name_is_asked_for_and_made(void **state)
{
	struct rig *r = *state;
	begin(r);
	TYPE(r, "Sam", "what", "what", "N", "Sam", "yes");
	check_said(r, ASK_NAME "Nobody here is called Sam.\n" ASK_NEW ASK_NEW ASK_NAME
			       "Nobody here is called Sam.\n" ASK_NEW "[hidden]\n" ASK_FRESH);
	TYPE(r, "short");
	check_said(r, "[shown]\nA password has 8 characters at least.\n[hidden]\n" ASK_FRESH);
	TYPE(r, GOOD, OTHER);
	check_said(r, ASK_AGAIN "[shown]\nThat was not the same.\n[hidden]\n" ASK_FRESH);
	TYPE(r, GOOD, GOOD);
	check_said(r, ASK_AGAIN "[shown]\nWelcome, Sam.\nin as 1 Sam\n");
	assert_non_null(accounts_find(r->edge.accounts, SPAN("sam")));
}

static void wrong_passwords_end_it_after_three(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	begin(r);
	TYPE(r, "bob", OTHER, "bob", OTHER);
	check_said(r, ASK_NAME ASK_PASSWORD "[shown]\n" WRONG ASK_NAME ASK_PASSWORD
					    "[shown]\n" WRONG ASK_NAME);
	TYPE(r, "bob", OTHER);
	check_said(r, ASK_PASSWORD "[shown]\n" WRONG "Good bye.\nend refused\n");
}

static void names_that_are_none_are_told_so(void **state)
{
	struct rig *r = *state;
	begin(r);
	TYPE(r, "x", "gr\xc3\xbcn");
	check_said(r, ASK_NAME
		"A name has 2 to 25 letters, digits, underscores or single spaces.\n" ASK_NAME
		"A name has 2 to 25 letters, digits, underscores or single spaces.\n" ASK_NAME);
}

static void an_empty_line_is_answered_once(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	begin(r);
	TYPE(r, "", " ", "", "bob", "", "", GOOD);
	check_said(r, ASK_NAME ASK_NAME ASK_PASSWORD "? Enter your password: \n"
						     "[shown]\nWelcome, bob.\nin as 1 bob\n");
}

static void quit_leaves_at_any_prompt_with_the_echo_restored(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	begin(r);
	TYPE(r, "bob", " QUIT");
	check_said(r, ASK_NAME ASK_PASSWORD "Good bye.\n[shown]\nend done\n");
}

static void who_has_to_wait_is_told_how_long(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	for (int i = 0; i < 6; i++)
		throttle_strike(&r->edge.accounts->names, SPAN("bob"), clock_ms());
	begin(r);
	TYPE(r, "bob", GOOD);
	check_said(r, ASK_NAME ASK_PASSWORD
		"[shown]\nThere were too many wrong passwords. Please wait 2 seconds before you "
		"try again.\n" ASK_NAME);
}

static void who_is_locked_is_told_so(void **state)
{
	struct rig *r = *state;
	uint64_t id = somebody(r, "bob");
	account_record_get(r->edge.accounts, id)->is.locked = true;
	begin(r);
	TYPE(r, "bob", GOOD);
	check_said(r, ASK_NAME ASK_PASSWORD "[shown]\nThis account is locked. Those who run this "
					    "place know why.\n" ASK_NAME);
}

static void an_account_that_was_not_kept_lets_nobody_in(void **state)
{
	struct rig *r = *state;
	store_hold_next(r->bed->s, 1);
	begin(r);
	TYPE(r, "bob", "y", GOOD);
	buf_clear(&r->said);
	TYPE(r, GOOD);
	check_said(r, "[shown]\nThat cannot be written down at the moment, so nothing has changed."
		      " Please try again later.\n" ASK_NAME);
}

static void a_name_that_is_made_twice_at_once_is_taken(void **state)
{
	struct rig *r = *state;
	begin(r);
	TYPE(r, "bob", "y", GOOD);
	buf_clear(&r->said);
	somebody(r, "bob");
	TYPE(r, GOOD);
	check_said(r, "[shown]\nSomebody has that name already.\n" ASK_NAME);
}

// --- lines that come early ---

static void lines_typed_meanwhile_go_on_where_the_dialogue_is(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	begin(r);
	type(r, "bob");
	type(r, OTHER);
	type(r, "bob"); // all at once, as a client's own login does
	type(r, GOOD);
	type(r, "look");
	type(r, "");
	type(r, "north");
	check_said(r, ASK_NAME ASK_PASSWORD
		"[shown]\n" WRONG ASK_NAME ASK_PASSWORD
		"[shown]\nWelcome, bob.\nin as 1 bob\ngame: look\ngame: \ngame: north\n");
}

static void they_are_bounded(void **state)
{
	struct rig *r = *state;
	char line[LOGIN_TYPED_BYTES_MAX];
	somebody(r, "bob");
	begin(r);
	type(r, "bob");
	type(r, GOOD);
	memset(line, 'x', sizeof line);
	buf_clear(&r->said);
	login_line(r->player.login, span_of(line, sizeof line)); // no room for its end
	for (int i = 0; i <= LOGIN_TYPED_MAX; i++)
		type(r, "l");
	check_text(buf_bytes(&r->said), "That was too much at once; it was not heard.\n"
					"That was too much at once; it was not heard.\n");
	buf_clear(&r->said);
	loop_run(&r->bed->loop);
	size_t n = 0;
	for (const char *at = r->said.p;
		(at = memmem(at, r->said.n - (size_t)(at - r->said.p), "game: l\n", 8)); at++)
		n++;
	assert_int_equal(n, LOGIN_TYPED_MAX);
}

static void who_goes_while_it_is_checked_is_not_called(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	begin(r);
	type(r, "bob");
	type(r, GOOD);
	player_dialogue_done(&r->player);
	buf_clear(&r->said);
	check_said(r, "");
}

// --- a new password ---

static void begin_change(struct rig *r)
{
	r->player.account = somebody(r, "bob");
	r->player.state = PLAYER_PLAYING;
	r->player.login = login_password_begin(&r->player);
}

static void a_password_is_changed_by_who_knows_the_old_one(void **state)
{
	struct rig *r = *state;
	begin_change(r);
	TYPE(r, GOOD, "short", OTHER, OTHER, "look");
	check_said(r, ASK_OLD
		"[shown]\n[hidden]\n" ASK_FRESH
		"[shown]\nA password has 8 characters at least.\n[hidden]\n" ASK_FRESH ASK_AGAIN
		"[shown]\nYour password has been changed.\ngame: look\n");
	begin(r);
	TYPE(r, "bob", OTHER);
	check_said(r, ASK_NAME ASK_PASSWORD "[shown]\nWelcome, bob.\nin as 1 bob\n");
}

static void a_wrong_old_one_changes_nothing(void **state)
{
	struct rig *r = *state;
	begin_change(r);
	TYPE(r, OTHER, "look");
	check_said(r, ASK_OLD "[shown]\nThat is not your password. Nothing has changed.\n"
			      "game: look\n");
}

static void an_empty_line_or_quit_changes_nothing(void **state)
{
	struct rig *r = *state;
	begin_change(r);
	TYPE(r, "", "look");
	check_said(r, ASK_OLD "[shown]\nNothing has changed.\ngame: look\n");
	r->player.login = login_password_begin(&r->player);
	TYPE(r, GOOD, "quit", "look");
	check_said(r, ASK_OLD "[shown]\n[hidden]\n" ASK_FRESH
			      "[shown]\nNothing has changed.\ngame: look\n");
}

static void what_the_game_has_hidden_stays_so(void **state)
{
	struct rig *r = *state;
	r->player.hidden = true;
	begin_change(r);
	TYPE(r, "");
	check_said(r, ASK_OLD "[hidden]\nNothing has changed.\n");
}

// --- GMCP ---

#define DEFAULT "Char.Login.Default {\"type\":[\"password-credentials\"]}\n"

static void oob(struct rig *r, const char *package, const char *json)
{
	login_oob(r->player.login, span_str(package), span_str(json));
	loop_run(&r->bed->loop);
}

static void clients_that_know_it_are_offered_it_once(void **state)
{
	struct rig *r = *state;
	r->supports = "[\"Char 1\",\"Room 1\",7]";
	begin(r);
	login_changed(r->player.login);
	check_said(r, ASK_NAME);
	r->supports = "[7,\"char.login 1\"]";
	login_changed(r->player.login);
	login_changed(r->player.login);
	check_said(r, DEFAULT);
	player_dialogue_done(&r->player);
	begin(r);
	login_changed(r->player.login);
	check_said(r, DEFAULT ASK_NAME);
	player_dialogue_done(&r->player);
	r->player.account = somebody(r, "bob");
	r->player.login = login_password_begin(&r->player);
	oob(r, "Char.Login.Credentials", "{\"account\":\"bob\",\"password\":\"correct horse\"}");
	check_said(r, ASK_OLD);
}

static void credentials_let_in(void **state)
{
	struct rig *r = *state;
	somebody(r, "Bob");
	begin(r);
	type(r, "somebody");
	buf_clear(&r->said);
	oob(r, "Char.Login.Credentials",
		"{\"account\":\"bob:wizard\",\"password\":\"\\u0063orrect horse\"}");
	check_said(r, "Char.Login.Result {\"success\":true,\"message\":\"Welcome, Bob.\"}\n"
		      "Welcome, Bob.\nin as 1 Bob\n");
}

static void wrong_credentials_count_as_wrong(void **state)
{
	struct rig *r = *state;
	static const char bad[] = "{\"account\":\"bob\",\"password\":\"battery staple\"}";
	somebody(r, "bob");
	begin(r);
	type(r, "bob");
	buf_clear(&r->said);
	oob(r, "Char.Login.Credentials", bad);
	check_said(r, "[shown]\nChar.Login.Result {\"success\":false,\"message\":"
		      "\"That name and that password do not belong together.\"}\n" WRONG ASK_NAME);
	oob(r, "Char.Login.Credentials", bad);
	oob(r, "Char.Login.Credentials", "{\"account\":\"nobody\",\"password\":\"whatever\"}");
	assert_int_equal(r->player.state, PLAYER_ENDED);
}

static void credentials_without_sense_are_refused(void **state)
{
	static const char *const none[] = {"", "7", "[]", "{\"account\":7,\"password\":\"x\"}",
		"{\"account\":\"bob\"}", "{\"account\":\"b-b\",\"password\":\"x\"}", "{\"acc"};
	struct rig *r = *state;
	begin(r);
	buf_clear(&r->said);
	for (size_t i = 0; i < countof(none); i++) {
		oob(r, "Char.Login.Credentials", none[i]);
		assert_non_null(memmem(r->said.p, r->said.n, "\"success\":false", 15));
		buf_clear(&r->said);
	}
	oob(r, "Char.Login.Credentials", "{}");
	oob(r, "Room.Info", "{}");
	check_said(r, "");
}

static void one_question_at_a_time(void **state)
{
	struct rig *r = *state;
	somebody(r, "bob");
	begin(r);
	type(r, "bob");
	type(r, GOOD);
	buf_clear(&r->said);
	login_oob(r->player.login, SPAN("Char.Login.Credentials"),
		SPAN("{\"account\":\"bob\",\"password\":\"correct horse\"}"));
	check_said(r, "Char.Login.Result {\"success\":false,\"message\":\"One at a time, please.\"}"
		      "\nWelcome, bob.\nin as 1 bob\n");
}

#define RUN(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
int main(void)
{
	const struct CMUnitTest tests[] = {
		RUN(a_known_name_and_its_password_let_in),
		RUN(a_new_name_is_asked_for_and_made),
		RUN(wrong_passwords_end_it_after_three),
		RUN(names_that_are_none_are_told_so),
		RUN(an_empty_line_is_answered_once),
		RUN(quit_leaves_at_any_prompt_with_the_echo_restored),
		RUN(who_has_to_wait_is_told_how_long),
		RUN(who_is_locked_is_told_so),
		RUN(an_account_that_was_not_kept_lets_nobody_in),
		RUN(a_name_that_is_made_twice_at_once_is_taken),
		RUN(lines_typed_meanwhile_go_on_where_the_dialogue_is),
		RUN(they_are_bounded),
		RUN(who_goes_while_it_is_checked_is_not_called),
		RUN(a_password_is_changed_by_who_knows_the_old_one),
		RUN(a_wrong_old_one_changes_nothing),
		RUN(an_empty_line_or_quit_changes_nothing),
		RUN(what_the_game_has_hidden_stays_so),
		RUN(clients_that_know_it_are_offered_it_once),
		RUN(credentials_let_in),
		RUN(wrong_credentials_count_as_wrong),
		RUN(credentials_without_sense_are_refused),
		RUN(one_question_at_a_time),
	};
	return bed_run_tests(&store_sqlite, tests, countof(tests));
}
