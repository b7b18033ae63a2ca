// SPDX-License-Identifier: MIT
// Logging a player in again after the game was away, the way they did it themselves.
//
//	        what is typed is looked at                 its turn (a prompt, a question)
//	LEARNING ───────────────────────► OFF     WAITING ─────────────────────────► SENT ─► OFF
//	   ▲                                         │ 15 s                            │ refused
//	   └─────────── the player is to do it ──────┴─────────────────────────────────┘
//
// A name and a password are sent once after each restart, and never before the game has asked.  What
// the player types meanwhile waits, and is given to the game when it has let the player in.
#include "edge/link/telnet_priv.h"
#include "proto/json.h"
#include <sodium.h>

enum {
	ASK_MS = 15000,   // for the game to ask
	QUIET_MS = 300,   // after its first words, where there is no prompt to wait for
	JUDGE_MS = 1500,  // for the game to refuse, once it says something
	SILENT_MS = 5000, // or if it says nothing
	BREAKS_MAX = 2,   // connections that ended in the middle: the game may be dying, or say no
};

#define NOT_KEPT "What you typed meanwhile was not kept."
#define BY_HAND  "You could not be logged in again. Please log in yourself."

// --- what the game said ---

void again_clear(struct upstream *u)
{
	buf_fini(&u->again.tail);
}

static bool has_words(struct span text, const char *words)
{
	struct buf low = {0};
	buf_lower(&low, span_str(words));
	bool found = low.n && memmem(text.p, text.n, low.p, low.n);
	buf_fini(&low);
	return found;
}

static struct span last_line(const struct upstream *u)
{
	struct span tail = buf_bytes(&u->again.tail);
	size_t from = tail.n;
	while (from && tail.p[from - 1] != '\n')
		from--;
	return span_of(tail.p + from, tail.n - from);
}

void again_heard(struct upstream *u, struct span text)
{
	struct again *a = &u->again;
	if (a->state == AGAIN_OFF || !text.n)
		return;
	a->answered = true;
	if (text.n > AGAIN_TAIL_MAX)
		span_take(&text, text.n - AGAIN_TAIL_MAX);
	buf_lower(&a->tail, text);
	if (a->tail.n > AGAIN_TAIL_MAX)
		buf_drop(&a->tail, a->tail.n - AGAIN_TAIL_MAX);
}

// --- doing it ---

static void done(struct upstream *u)
{
	struct buf held = u->again.held;
	struct span rest = buf_bytes(&held);
	u->again.held = (struct buf){0};
	u->again.state = AGAIN_OFF;
	u->again.breaks = 0;
	timer_stop(&u->again.timer);
	again_clear(u);
	while (rest.n) {
		struct span line = span_until(rest, '\n');
		wire_line(u, line);
		span_take(&rest, line.n + 1);
	}
	buf_fini(&held);
}

static void drop_held(struct upstream *u)
{
	if (u->again.held.n)
		player_notice(u->player, NOT_KEPT);
	buf_fini(&u->again.held);
}

// The player is asked once; what they type then is learned.
static void by_hand(struct upstream *u)
{
	timer_stop(&u->again.timer);
	learn_forget(u);
	u->again.state = AGAIN_LEARNING;
	u->again.step = u->again.lines = 0;
	player_notice(u->player, BY_HAND);
	drop_held(u);
	if (learn_mode(u) == AGAIN_SCRIPT)
		learn_prompts(u);
}

static void sent(struct upstream *u)
{
	u->again.state = AGAIN_SENT;
	u->again.answered = u->again.patient = false;
	timer_start(&u->again.timer, JUDGE_MS);
}

static void send_line(struct upstream *u, const char *pattern)
{
	struct buf line = {0};
	template_write(pattern, u->again.secret, &line);
	wire_line(u, buf_bytes(&line));
	sodium_memzero(line.p, line.n);
	buf_fini(&line);
	again_clear(u);
}

static void send_connect(struct upstream *u)
{
	send_line(u, reach_config(u->reach)->telnet.connect);
	sent(u);
}

static void send_step(struct upstream *u)
{
	const struct config_steps *steps = learn_script(u);
	send_line(u, steps->at[u->again.step].send);
	if (++u->again.step == steps->n)
		sent(u);
	else
		timer_start(&u->again.timer, ASK_MS);
}

static void send_credentials(struct upstream *u)
{
	struct buf json = {0};
	buf_lit(&json, "{\"account\":");
	json_put_text(&json, span_str(u->again.secret->name));
	buf_lit(&json, ",\"password\":");
	json_put_text(&json, span_str(u->again.secret->password));
	buf_char(&json, '}');
	relay_gmcp(u, SPAN("Char.Login.Credentials"), buf_bytes(&json));
	sodium_memzero(json.p, json.n);
	buf_fini(&json);
	sent(u);
	timer_start(&u->again.timer, ASK_MS); // it says Result
}

// --- whether it was taken ---

// A prompt that was answered with what is secret, at the end of the text again: what stands above
// may be the game's advice never to tell it.
static bool asks_again(const struct upstream *u)
{
	const struct config_steps *steps = learn_script(u);
	for (size_t i = 0; i < min_size(u->again.step, steps->n); i++)
		if (learn_is_secret(&steps->at[i]) && has_words(last_line(u), steps->at[i].expect))
			return true;
	return false;
}

static bool refuses(const struct upstream *u)
{
	static const char *const words[] = {"different", "incorrect", "wrong", "invalid"};
	struct span tail = buf_bytes(&u->again.tail);
	while (tail.n) {
		struct span line = span_until(tail, '\n');
		span_take(&tail, min_size(line.n + 1, tail.n));
		for (size_t i = 0; i < countof(words) && has_words(line, "password"); i++)
			if (has_words(line, words[i]))
				return true;
	}
	return false;
}

static void wait_step(struct upstream *u)
{
	struct again *a = &u->again;
	if (learn_mode(u) == AGAIN_CONNECT) {
		bool spoke = span_trim(buf_bytes(&a->tail)).n > 0;
		if (spoke && !a->patient)
			timer_start(&a->timer, QUIET_MS);
		a->patient |= spoke;
	} else if (learn_mode(u) == AGAIN_SCRIPT && a->step < learn_script(u)->n) {
		if (has_words(buf_bytes(&a->tail), learn_script(u)->at[a->step].expect))
			send_step(u);
		else if (asks_again(u))
			by_hand(u);
	}
}

void again_step(struct upstream *u)
{
	if (!u->reach) // the text was the player's end
		return;
	bool script = learn_mode(u) == AGAIN_SCRIPT;
	if (u->again.state == AGAIN_LEARNING && script)
		learn_prompts(u);
	else if (u->again.state == AGAIN_WAITING)
		wait_step(u);
	else if (u->again.state == AGAIN_SENT && (script ? asks_again(u) : refuses(u)))
		by_hand(u);
}

static void on_timer(struct timer *t)
{
	struct upstream *u = container_of(t, struct upstream, again.timer);
	struct again *a = &u->again;
	bool char_login = learn_mode(u) == AGAIN_CHAR_LOGIN;
	if (a->state == AGAIN_WAITING && learn_mode(u) == AGAIN_CONNECT && a->patient)
		send_connect(u);
	else if (a->state == AGAIN_WAITING || (a->state == AGAIN_SENT && char_login))
		by_hand(u);
	else if (a->state == AGAIN_SENT && !a->answered && !a->patient) {
		a->patient = true;
		timer_start(&a->timer, SILENT_MS - JUDGE_MS);
	} else if (a->state == AGAIN_SENT)
		done(u);
}

static bool is_success(struct span json)
{
	struct arena arena = {0};
	struct value v;
	bool good = false;
	if (json_read_copy(&arena, json, &v) && v.type == VALUE_MAP) {
		const struct value *success = value_get(&v, "success");
		good = success && success->type == VALUE_BOOL && success->b;
	}
	arena_fini(&arena);
	return good;
}

bool again_takes(struct upstream *u, struct span package, struct span json)
{
	if (learn_mode(u) != AGAIN_CHAR_LOGIN)
		return false;
	if (u->again.state == AGAIN_WAITING && span_caseeq(package, SPAN("Char.Login.Default"))) {
		send_credentials(u);
		return true;
	}
	if (u->again.state != AGAIN_SENT || !span_caseeq(package, SPAN("Char.Login.Result")))
		return false;
	if (is_success(json)) {
		done(u);
		return false;
	}
	by_hand(u);
	player_oob(u->player, SPAN("Char.Login.Default"),
		SPAN("{\"type\":[\"password-credentials\"]}"));
	return false;
}

// --- lines of the player ---

bool again_is_busy(const struct upstream *u)
{
	return u->again.state == AGAIN_WAITING || u->again.state == AGAIN_SENT;
}

bool again_keep(struct upstream *u, struct span line)
{
	struct again *a = &u->again;
	if (a->held.n + line.n + 1 > UPSTREAM_WAITING_MAX)
		return false;
	buf_span(&a->held, line);
	buf_char(&a->held, '\n');
	return true;
}

// A line typed when the game had just asked for a password may be that.
static void drop_first(struct player *p)
{
	struct span line = span_until(buf_bytes(&p->typed), '\n');
	if (!p->n_typed)
		return;
	sodium_memzero(p->typed.p, line.n);
	buf_drop(&p->typed, line.n + 1);
	p->n_typed--;
	player_notice(p, NOT_KEPT);
}

// At the game's own login what was typed for the game would be taken for a name.
void again_queue(struct upstream *u)
{
	if (!again_is_busy(u))
		player_drop_typed(u->player, true);
	else if (u->was_hidden)
		drop_first(u->player);
}

// --- a connection ---

void again_begin(struct upstream *u, bool again)
{
	struct again *a = &u->again;
	a->step = a->lines = 0;
	a->armed = a->answered = a->patient = false;
	again_clear(u);
	a->state = learn_mode(u) == AGAIN_NONE ? AGAIN_OFF : AGAIN_LEARNING;
	if (!again || !learn_can(u))
		return;
	a->state = AGAIN_WAITING;
	timer_start(&a->timer, ASK_MS);
}

void again_end(struct upstream *u)
{
	struct again *a = &u->again;
	bool in_the_middle = a->state == AGAIN_SENT && !a->answered;
	timer_stop(&a->timer);
	if (again_is_busy(u))
		drop_held(u);
	if ((in_the_middle || (a->state == AGAIN_WAITING && a->step)) && ++a->breaks >= BREAKS_MAX)
		learn_forget(u);
	a->state = AGAIN_OFF;
	again_clear(u);
}

void again_init(struct upstream *u)
{
	timer_init(net_loop(u->reach->game->edge->net), &u->again.timer, on_timer);
}

void again_fini(struct upstream *u)
{
	learn_forget(u);
	buf_fini(&u->again.held);
	again_clear(u);
	u->again.state = AGAIN_OFF;
}
