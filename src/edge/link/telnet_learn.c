// SPDX-License-Identifier: MIT
// How a player logs in, learned from what they type: a line like telnet.connect, the answers to the
// prompts of telnet.script, or GMCP's Char.Login.Credentials.  It is kept in memory only, and wiped
// when the player leaves.
#include "edge/link/telnet_priv.h"
#include "proto/json.h"
#include <sodium.h>
#include <stdlib.h>

enum { LINES_MAX = 20 }; // typed on a connection: beyond these nobody is logging in any more

enum config_again learn_mode(const struct upstream *u)
{
	return reach_config(u->reach)->telnet.again;
}

const struct config_steps *learn_script(const struct upstream *u)
{
	return &reach_config(u->reach)->telnet.script;
}

// --- what is known ---

static struct again_secret *secret_of(struct upstream *u)
{
	if (u->again.secret)
		return u->again.secret;
	u->again.secret = sodium_malloc(sizeof *u->again.secret);
	if (u->again.secret) // else there is no more memory of that kind: nothing is learned
		memset(u->again.secret, 0, sizeof *u->again.secret);
	return u->again.secret;
}

void learn_forget(struct upstream *u)
{
	sodium_free(u->again.secret);
	u->again.secret = NULL;
}

static bool has_all_of(const struct again_secret *s, const char *pattern)
{
	return (s->has_name || !strstr(pattern, "{name}")) &&
	       (s->has_password || !strstr(pattern, "{password}"));
}

bool learn_is_secret(const struct config_step *step)
{
	return strstr(step->send, "{name}") || strstr(step->send, "{password}");
}

bool learn_can(const struct upstream *u)
{
	const struct config_steps *steps = learn_script(u);
	const struct again_secret *s = u->again.secret;
	if (!s || learn_mode(u) == AGAIN_NONE)
		return false;
	if (learn_mode(u) != AGAIN_SCRIPT)
		return s->has_name && s->has_password;
	for (size_t i = 0; i < steps->n; i++)
		if (!has_all_of(s, steps->at[i].send))
			return false;
	return true;
}

// --- learning ---

// The step whose prompt stands last in the text.
void learn_prompts(struct upstream *u)
{
	const struct config_steps *steps = learn_script(u);
	struct span tail = buf_bytes(&u->again.tail);
	for (size_t from = 0; from < tail.n; from++)
		for (size_t i = 0; i < steps->n; i++) {
			struct span expect = span_str(steps->at[i].expect);
			struct span here =
				span_of(tail.p + from, min_size(expect.n, tail.n - from));
			if (!span_caseeq(here, expect))
				continue;
			u->again.armed = true;
			u->again.step = (unsigned)i;
		}
}

static void learn_answer(struct upstream *u, struct span line)
{
	const struct config_steps *steps = learn_script(u);
	struct again *a = &u->again;
	if (!a->armed && learn_can(u))
		a->state = AGAIN_OFF; // that was typed in the game
	if (a->armed && a->step < steps->n && learn_is_secret(&steps->at[a->step]) && secret_of(u))
		(void)template_read(steps->at[a->step].send, line, a->secret);
	a->armed = false;
	again_clear(u);
}

void learn_typed(struct upstream *u, struct span line)
{
	struct again *a = &u->again;
	if (a->state != AGAIN_LEARNING)
		return;
	if (++a->lines > LINES_MAX)
		a->state = AGAIN_OFF;
	else if (learn_mode(u) == AGAIN_SCRIPT)
		learn_answer(u, line);
	else if (learn_mode(u) == AGAIN_CONNECT && secret_of(u))
		(void)template_read(reach_config(u->reach)->telnet.connect, line, a->secret);
}

static bool read_text(const struct value *map, const char *key, char *out, size_t max)
{
	const struct value *v = value_get(map, key);
	struct span text = v ? value_text(v) : (struct span){0};
	if (!text.n || text.n > max || memchr(text.p, '\0', text.n))
		return false;
	memcpy(out, text.p, text.n);
	out[text.n] = '\0';
	return true;
}

static void learn_credentials(struct upstream *u, struct span json)
{
	struct again_secret *s = secret_of(u);
	struct arena arena = {0};
	struct json_error error;
	struct value v;
	char *copy = span_dup(json);
	if (s && json_read(&arena, copy, json.n, &v, &error) && v.type == VALUE_MAP) {
		s->has_name = read_text(&v, "account", s->name, AGAIN_NAME_MAX);
		s->has_password = read_text(&v, "password", s->password, AGAIN_PASSWORD_MAX);
	}
	sodium_memzero(copy, json.n);
	free(copy);
	arena_fini(&arena);
}

void learn_oob(struct upstream *u, struct span package, struct span json)
{
	if (learn_mode(u) == AGAIN_CHAR_LOGIN &&
		span_caseeq(package, SPAN("Char.Login.Credentials")))
		learn_credentials(u, json);
}
