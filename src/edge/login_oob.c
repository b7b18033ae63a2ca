// SPDX-License-Identifier: MIT
// Login by GMCP, package Char.Login 1: we say Default {type}, the client Credentials {account,
// password}, we Result {success, message}.  An account may be followed by ":" and a character, which
// is for games that have several of them; here an account is who it is.  Nothing of it is logged.
#include "edge/login_priv.h"
#include "proto/json.h"
#include <sodium.h>
#include <stdlib.h>

enum { CREDENTIALS_MAX = 4096 }; // bytes of JSON, a name and a password with every byte escaped

static void tell(struct login *l, struct span package, struct span json)
{
	struct terminal *t = l->player->terminal;
	struct oob m = {.package = package, .json = json};
	if (t)
		t->kind->oob(t, &m);
	oob_fini(&m);
}

static bool has_package(const struct value *modules)
{
	for (size_t i = 0; modules->type == VALUE_ARRAY && i < modules->n; i++)
		if (span_caseeq(
			    span_until(value_text(value_at(modules, i)), ' '), SPAN("Char.Login")))
			return true;
	return false;
}

static bool knows_it(const struct login *l)
{
	struct terminal_facts facts;
	struct arena arena = {0};
	struct value modules;
	player_facts(l->player, &facts);
	bool good = facts.supports.n && json_read_copy(&arena, facts.supports, &modules) &&
		    has_package(&modules);
	arena_fini(&arena);
	return good;
}

void login_changed(struct login *l)
{
	if (l->change || l->offered || !knows_it(l))
		return;
	l->offered = true;
	tell(l, SPAN("Char.Login.Default"), SPAN("{\"type\":[\"password-credentials\"]}"));
}

void login_result(struct login *l, bool success, const char *words)
{
	struct buf b = {0};
	buf_printf(&b, "{\"success\":%s,\"message\":", success ? "true" : "false");
	json_put_text(&b, span_str(words));
	buf_char(&b, '}');
	tell(l, SPAN("Char.Login.Result"), buf_bytes(&b));
	buf_fini(&b);
}

static struct span member(const struct value *v, const char *key)
{
	const struct value *at = v->type == VALUE_MAP ? value_get(v, key) : NULL;
	return at ? value_text(at) : (struct span){0};
}

static void on_credentials(struct login *l, const struct value *v)
{
	struct span name = span_trim(span_until(member(v, "account"), ':'));
	struct span password = member(v, "password");
	if (v->type == VALUE_MAP && !v->n) // the player would rather type
		return;
	if (l->checking) {
		login_result(l, false, "One at a time, please.");
		return;
	}
	if (!account_name_ok(name) || !password.n) {
		login_result(l, false, "A name and a password are needed.");
		return;
	}
	memcpy(l->name, name.p, name.n);
	l->n_name = name.n;
	l->by_oob = true;
	l->step = LOGIN_PASSWORD;
	login_check(l, name, password);
}

void login_oob(struct login *l, struct span package, struct span json)
{
	struct arena arena = {0};
	struct value v;
	struct json_error error;
	if (l->change || json.n > CREDENTIALS_MAX ||
		!span_caseeq(package, SPAN("Char.Login.Credentials")))
		return;
	char *text = span_dup(json);
	if (json_read(&arena, text, json.n, &v, &error))
		on_credentials(l, &v);
	else
		login_result(l, false, "That is no JSON.");
	sodium_memzero(text, json.n);
	free(text);
	arena_fini(&arena);
}
