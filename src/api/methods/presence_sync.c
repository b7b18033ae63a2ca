// SPDX-License-Identifier: MIT
// The MUD says who is on it, at once or by what has changed.  Names are unique in any case; strings
// are printable and have no blanks at their ends, because they are shown to strangers.
#include "api/method.h"
#include "base/buf.h"
#include "base/clock.h"
#include "base/utf8.h"

enum { LEVEL_MAX = 1000, IDLE_MAX = 31536000, TIME_TEXT_MAX = 64 };
// Below, a slow client would flicker; above, a MUD that died would be shown as busy for too long.
enum { LEASE_MIN = 5, LEASE_MAX = 3600 };
#define TIME_MAX INT64_C(32503680000) // the year 3000

static const struct {
	const char *name;
	size_t max; // code points
} texts[] = {{"name", 128}, {"title", 256}, {"location", 256}, {"status", 256}, {"race", 128},
	{"guild", 128}};

static const struct {
	const char *name;
	int64_t max;
} numbers[] = {{"level", LEVEL_MAX}, {"idle", IDLE_MAX}};

static bool fail(struct call *c, size_t i, const char *field, const char *what)
{
	return call_fail_say(
		c, ERROR_BAD_PARAM, "users", "Presence user %zu field %s %s", i, field, what);
}

static bool is_clean(struct span s)
{
	if (!span_eq(s, span_trim(s)))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		unsigned char ch = (unsigned char)s.p[i];
		bool c1 = ch == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;
		if (ch < 0x20 || ch == 0x7f || c1)
			return false;
	}
	return true;
}

static bool take_texts(struct call *c, size_t i, const struct value *user, struct value_list *out)
{
	for (size_t f = 0; f < countof(texts); f++) {
		const struct value *v = value_get(user, texts[f].name);
		struct span s = v ? value_text(v) : (struct span){0};
		if (v && v->type != VALUE_STRING && v->type != VALUE_NULL)
			return fail(c, i, texts[f].name, "must be a string");
		if (utf8_count(s) > texts[f].max)
			return fail(c, i, texts[f].name, "is too long");
		if (!is_clean(s))
			return fail(c, i, texts[f].name, "is invalid");
		if (f == 0 && s.n == 0)
			return call_fail_say(c, ERROR_BAD_PARAM, "users",
				"Presence user %zu requires a name", i);
		value_pair(out, texts[f].name, value_span(s));
	}
	return true;
}

static bool take_numbers(struct call *c, size_t i, const struct value *user, struct value_list *out)
{
	for (size_t f = 0; f < countof(numbers); f++) {
		const struct value *v = value_get(user, numbers[f].name);
		if (v && v->type != VALUE_INT)
			return fail(c, i, numbers[f].name, "must be an integer");
		if (v && (v->i < 0 || v->i > numbers[f].max))
			return fail(c, i, numbers[f].name, "is out of range");
		value_pair(out, numbers[f].name, v ? *v : value_int(0));
	}
	return true;
}

static bool take_login_time(
	struct call *c, size_t i, const struct value *user, struct value_list *out)
{
	const struct value *v = value_get(user, "login_time");
	if (!v)
		return true;
	bool number = v->type == VALUE_INT || v->type == VALUE_FLOAT;
	double seconds = v->type == VALUE_INT ? (double)v->i : v->type == VALUE_FLOAT ? v->f : 0;
	if (!number && v->type != VALUE_STRING)
		return fail(c, i, "login_time", "is invalid");
	if (seconds < 0 || seconds > (double)TIME_MAX)
		return fail(c, i, "login_time", "is out of range");
	if (v->type == VALUE_STRING && v->n > TIME_TEXT_MAX)
		return fail(c, i, "login_time", "is too long");
	value_pair(out, "login_time", *v);
	return true;
}

// Is somebody of that name among them already?
static bool is_twice(struct map *seen, struct span name)
{
	struct buf key = {0};
	buf_lower(&key, name);
	bool twice = map_put(seen, buf_bytes(&key), seen) != NULL;
	buf_fini(&key);
	return twice;
}

static bool take_user(
	struct call *c, size_t i, const struct value *user, struct map *seen, struct value *out)
{
	struct value_list facts = {.arena = c->arena};
	if (user->type != VALUE_MAP)
		return call_fail_say(
			c, ERROR_BAD_PARAM, "users", "Presence user %zu must be an object", i);
	if (!take_texts(c, i, user, &facts) || !take_numbers(c, i, user, &facts) ||
		!take_login_time(c, i, user, &facts))
		return false;
	*out = value_list_map(&facts);
	if (is_twice(seen, value_text(value_get(out, "name"))))
		return call_fail_say(c, ERROR_BAD_PARAM, "users",
			"Presence snapshot contains duplicate user names");
	return true;
}

// Everybody named in `users`, checked, or NULL.
static const struct value *take_users(struct call *c, struct value *out)
{
	const struct value *users = call_value(c, "users");
	struct value_list all = {.arena = c->arena};
	struct map seen = {0};
	bool good = true;
	for (size_t i = 0; users && i < users->n && good; i++) {
		struct value user;
		good = take_user(c, i, &users->at[i], &seen, &user);
		if (good)
			value_push(&all, user);
	}
	map_fini(&seen);
	*out = value_list_array(&all);
	return good ? out : NULL;
}

static bool check_gone(struct call *c, const struct value *gone)
{
	for (size_t i = 0; gone && i < gone->n; i++)
		if (!value_is_str(&gone->at[i]))
			return call_fail_say(
				c, ERROR_BAD_PARAM, "gone", "Gone user %zu must be a name", i);
	return true;
}

static bool fail_much(struct call *c, const char *what, int most)
{
	return call_fail_say(
		c, ERROR_BAD_PARAM, "users", "Presence snapshot exceeds %d %s", most, what);
}

static bool hear(struct call *c, const struct presence_news *news)
{
	switch (presence_hear(&c->identity->presence, news, clock_ms())) {
	case PRESENCE_TAKEN: return true;
	case PRESENCE_STALE: return call_fail(c, ERROR_NO_SNAPSHOT, "delta");
	case PRESENCE_TOO_MANY: return fail_much(c, "users", PRESENCE_USERS_MAX);
	case PRESENCE_TOO_BIG: break;
	}
	return fail_much(c, "bytes", PRESENCE_BYTES_MAX);
}

static bool run(struct call *c)
{
	struct value users;
	struct presence *p = &c->identity->presence;
	struct presence_news news = {.delta = call_bool(c, "delta"),
		.gone = call_value(c, "gone"),
		.lease_ms = (uint32_t)call_int_or(c, "lease", 0) * SECOND_MS};
	if (!news.delta && !call_value(c, "users"))
		return call_fail_say(c, ERROR_MISSING_PARAM, "users",
			"Missing or invalid required parameter: users");
	if (!news.delta && news.gone)
		return call_fail_say(c, ERROR_BAD_PARAM, "gone", "gone goes with delta only");
	if (call_value(c, "users") && call_value(c, "users")->n > PRESENCE_USERS_MAX)
		return fail_much(c, "users", PRESENCE_USERS_MAX);
	news.users = take_users(c, &users);
	if (!news.users || !check_gone(c, news.gone) || !hear(c, &news))
		return false;
	call_put_text(c, "status", "synchronized");
	call_put_text(c, "mud_name", c->identity->name);
	call_put(c, "count", value_int((int64_t)presence_count(p)));
	call_put(c, "lease", value_int(p->lease_ms / SECOND_MS));
	return true;
}

const struct method method_presence_sync = {
	.name = "presence_sync",
	.says = "Says who is on this MUD: a whole snapshot, or with delta what has changed since.  "
		"It holds for `lease` seconds from the last call; a delta without users and gone "
		"renews it.",
	.args = (const struct arg[]){{"users", NULL, ARG_ARRAY, false, 0, 0,
					     "{name, title, location, status, race, guild, level, "
					     "idle, login_time}; required without delta, may be "
					     "empty; 20000 users and 8 MiB in all, and what does "
					     "not fit one message follows as a delta"},
		{"delta", NULL, ARG_BOOL, false, 0, 0,
			"users are new or have changed; who is named in neither list stays"},
		{"gone", NULL, ARG_ARRAY, false, 0, 0, "names of those who left; with delta"},
		{"lease", NULL, ARG_INT, false, LEASE_MIN, LEASE_MAX,
			"seconds it holds; 30 by default, of a delta what the snapshot said"},
		{0}},
	.results = (const struct result_field[]){{"status", "string", "\"synchronized\""},
		{"mud_name", "string", "the identity"}, {"count", "integer", "users now known"},
		{"lease", "integer", "seconds until the next call must have come"}, {0}},
	.run = run,
};
