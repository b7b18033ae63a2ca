// SPDX-License-Identifier: MIT
// Login by GMCP, package Char.Login 1: we say Default {type}, the client Credentials {account,
// password}, we Result {success, message}.  An account may be followed by ":" and a character, which
// is for games that have several of them; here an account is who it is.  Nothing of it is logged.
#include "base/mem.h"
#include "edge/login_priv.h"
#include "proto/json.h"
#include <sodium.h>
#include <stdlib.h>

enum { CREDENTIALS_MAX = 4096 }; // bytes of JSON, a name and a password with every byte escaped

static void tell(struct login *l, struct span package, struct span json)
{
	struct terminal *t = l->player->terminal;
	if (t)
		t->kind->oob(t, package, json);
}

static void offer(struct login *l)
{
	if (!l->offered)
		tell(l, SPAN("Char.Login.Default"), SPAN("{\"type\":[\"password-credentials\"]}"));
	l->offered = true;
}

// What a client said of packages it said before the dialogue, to nobody; those who do not know this
// one ignore it.
void login_offer(struct login *l)
{
	struct terminal_facts facts;
	player_facts(l->player, &facts);
	if (facts.gmcp)
		offer(l);
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

static void on_supports(struct login *l, const struct value *packages)
{
	for (size_t i = 0; packages->type == VALUE_ARRAY && i < packages->n; i++) {
		struct span name = span_until(value_text(value_at(packages, i)), ' ');
		if (span_caseeq(name, SPAN("Char.Login")))
			offer(l);
	}
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
	bool supports = span_caseeq(package, SPAN("Core.Supports.Set")) ||
			span_caseeq(package, SPAN("Core.Supports.Add"));
	bool credentials = span_caseeq(package, SPAN("Char.Login.Credentials"));
	if (l->change || (!supports && !credentials) || json.n > CREDENTIALS_MAX)
		return;
	struct arena arena = {0};
	struct value v;
	struct json_error error;
	char *text = mem_alloc(json.n);
	memcpy(text, json.p, json.n);
	bool good = json_read(&arena, text, json.n, &v, &error);
	if (good && supports)
		on_supports(l, &v);
	else if (good)
		on_credentials(l, &v);
	else if (credentials)
		login_result(l, false, "That is no JSON.");
	sodium_memzero(text, json.n);
	free(text);
	arena_fini(&arena);
}
