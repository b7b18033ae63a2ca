// SPDX-License-Identifier: MIT
// The API on connections, timers and a network that are made of nothing: what is sent is a text,
// time passes when a test says so.
#pragma once
#include "check.h"

#include "api/api.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/metric.h"
#include "hub/history.h"
#include "proto/json.h"
#include "store/store.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>

enum { RIG_CONNS = 8, RIG_TIMERS = 128, RIG_NOW_MS = 1000000 };
#define RIG_WALL_US UINT64_C(1767323045000000) // 2026-01-02T03:04:05Z
#define NOW         "2026-01-02T03:04:05.000000"

// ---- connections

struct conn {
	struct net *net;
	const struct face *face;
	void *owner;
	const struct codec *codec;
	void *codec_state;
	struct buf out;
	struct buf in; // the last message, ours to change
	uint64_t heard_ms;
	uint32_t deadline_ms;
	size_t out_max;
	size_t max; // bytes a message may have
	enum conn_close why;
	bool open, secure, remote, used, full;
};

struct fake_timer {
	struct timer *timer; // NULL: free
	uint64_t due_ms;     // CLOCK_NEVER: stopped
	void (*closed)(struct timer *);
	bool closing;
};

struct net {
	struct loop loop;
	struct fake_timer timers[RIG_TIMERS];
};

static struct net the_net; // timers name their loop only

void conn_write(struct conn *c, struct span s)
{
	if (c->open)
		buf_span(&c->out, s);
}
void conn_share(struct conn *c, struct blob *b, uint32_t from, uint32_t to)
{
	conn_write(c, span_of(b->p + from, to - from));
}
bool conn_is_full(const struct conn *c)
{
	return c->full;
}
void conn_close(struct conn *c, enum conn_close why)
{
	c->why = c->open ? why : c->why;
	c->open = false;
}
static void drop_codec(struct conn *c)
{
	if (c->codec && c->codec->fini)
		c->codec->fini(c->codec_state);
	free(c->codec_state);
}
void conn_use(struct conn *c, const struct codec *codec, size_t max)
{
	drop_codec(c);
	c->codec = codec;
	c->codec_state = mem_zalloc(codec->state_bytes);
	codec->init(c->codec_state, max);
	c->max = max;
}
void *conn_codec_state(struct conn *c)
{
	return c->codec_state;
}
void conn_deadline(struct conn *c, uint32_t ms, enum conn_close why)
{
	(void)why;
	c->deadline_ms = ms;
}
void conn_limit(struct conn *c, const struct conn_limits *limits)
{
	c->out_max = limits->out_max;
}
void conn_own(struct conn *c, void *owner)
{
	c->owner = owner;
}
void *conn_owner(const struct conn *c)
{
	return c->owner;
}
void conn_face(struct conn *c, const struct face *face)
{
	c->face = face;
}
bool conn_is_open(const struct conn *c)
{
	return c->open;
}
bool conn_is_secure(const struct conn *c)
{
	return c->secure;
}
bool conn_is_local(const struct conn *c)
{
	return !c->remote;
}
uint64_t conn_id(const struct conn *c)
{
	(void)c;
	return 1;
}
uint64_t conn_heard_ms(const struct conn *c)
{
	return c->heard_ms;
}
const char *conn_peer(const struct conn *c, char out[64])
{
	(void)c;
	return strcpy(out, "192.0.2.1:4711");
}

// ---- timers

static struct fake_timer *fake_of(const struct timer *t)
{
	for (int i = 0; i < RIG_TIMERS; i++)
		if (the_net.timers[i].timer == t)
			return &the_net.timers[i];
	bug("no such timer");
}
struct loop *net_loop(struct net *n)
{
	return &n->loop;
}
void timer_init(struct loop *l, struct timer *t, void (*run)(struct timer *))
{
	(void)l;
	t->run = run;
	*fake_of(NULL) = (struct fake_timer){.timer = t, .due_ms = CLOCK_NEVER};
}
void timer_start(struct timer *t, uint64_t ms)
{
	fake_of(t)->due_ms = clock_ms() + ms;
}
void timer_stop(struct timer *t)
{
	fake_of(t)->due_ms = CLOCK_NEVER;
}
void timer_close(struct timer *t, void (*closed)(struct timer *))
{
	struct fake_timer *f = fake_of(t);
	assert_false(f->closing);
	f->due_ms = CLOCK_NEVER;
	f->closed = closed;
	f->closing = true;
}

static inline void rig_turn_end(void) // what was closed is gone
{
	for (int i = 0; i < RIG_TIMERS; i++) {
		struct fake_timer f = the_net.timers[i];
		if (!f.closing)
			continue;
		the_net.timers[i] = (struct fake_timer){0};
		if (f.closed)
			f.closed(f.timer);
	}
}

static inline void rig_pass(uint64_t ms)
{
	clock_set(clock_ms() + ms, clock_wall_us() + ms * 1000);
	for (int i = 0; i < RIG_TIMERS; i++) {
		struct fake_timer *f = &the_net.timers[i];
		if (!f->timer || f->due_ms > clock_ms())
			continue;
		f->due_ms = CLOCK_NEVER;
		f->timer->run(f->timer);
	}
	rig_turn_end();
}

static inline int rig_timers(void)
{
	int n = 0;
	for (int i = 0; i < RIG_TIMERS; i++)
		n += the_net.timers[i].timer != NULL;
	return n;
}

// ---- the store: it keeps at once, and answers questions when the test says so

enum { RIG_QUESTIONS = 40 };

struct question {
	struct store_range range;
	struct buf ends;
	store_row *row;
	store_done *done;
	void *owner;
};

struct store {
	void *back;
	struct question asked[RIG_QUESTIONS];
	int n_asked;
	bool fails;
};

static void rig_change(struct store *s, const struct store_change *c)
{
	struct buf why = {0};
	ensure(store_memory.write(s->back, c, 1, &why) == STORE_OK);
}
uint64_t store_put_soon(struct store *s, struct span table, struct span key, struct span value,
	store_done *done, void *owner)
{
	rig_change(s, &(struct store_change){STORE_PUT, table, key, value, 0});
	if (done)
		done(owner, 1, STORE_OK);
	return 1;
}
uint64_t store_trim(
	struct store *s, const struct store_range *r, uint32_t keep, store_done *done, void *owner)
{
	(void)done, (void)owner;
	rig_change(s, &(struct store_change){STORE_TRIM, r->table, r->from, r->to, keep});
	return 1;
}
uint64_t store_range(
	struct store *s, const struct store_range *r, store_row *row, store_done *done, void *owner)
{
	ensure(s->n_asked < RIG_QUESTIONS);
	struct question *q = &s->asked[s->n_asked++];
	*q = (struct question){.range = *r, .row = row, .done = done, .owner = owner};
	buf_span(&q->ends, r->from);
	buf_span(&q->ends, r->to);
	q->range.table = SPAN("history");
	q->range.from = span_of(q->ends.p, r->from.n);
	q->range.to = span_of(q->ends.p + r->from.n, r->to.n);
	return 1;
}
bool store_range_now(
	struct store *s, const struct store_range *r, store_row *row, void *owner, struct buf *why)
{
	return store_memory.scan(s->back, r, row, owner, why);
}
void store_forget(struct store *s, const void *owner)
{
	for (int i = 0; i < s->n_asked; i++)
		if (s->asked[i].owner == owner)
			s->asked[i].done = NULL;
}

static inline void rig_store_turn(struct store *s)
{
	struct buf why = {0};
	for (int i = 0; i < s->n_asked; i++) {
		struct question *q = &s->asked[i];
		if (q->done && !s->fails)
			ensure(store_memory.scan(s->back, &q->range, q->row, q->owner, &why));
		if (q->done)
			q->done(q->owner, 1, s->fails ? STORE_FAILED : STORE_OK);
		buf_fini(&q->ends);
	}
	s->n_asked = 0;
}

// ---- the network

struct fake_uplink {
	struct uplink uplink;
	enum sent says;
	bool ready;
	const char *trouble;
	int reconnects;
	struct buf asked;                                            // a line per intent or listen
	void (*answer)(struct fake_uplink *, const struct intent *); // in the same call, or NULL
	struct identity *identity;
};

static inline struct fake_uplink *fake(const struct uplink *u)
{
	return container_of(u, struct fake_uplink, uplink);
}
static inline void put_field(struct buf *b, const char *name, struct span s)
{
	if (s.n)
		buf_printf(b, " %s=%.*s", name, (int)s.n, s.p);
}
static inline void put_list(struct buf *b, const char *name, const struct value *list)
{
	for (size_t i = 0; list && i < list->n; i++)
		put_field(b, name, value_text(&list->at[i]));
}
static inline enum sent up_submit(struct uplink *u, const struct intent *i)
{
	static const char *const kinds[] = {
#define INTENT(id) #id,
#include "tables/intents.tbl"
	};
	struct fake_uplink *f = fake(u);
	if (f->says != SENT)
		return f->says;
	for (const char *k = kinds[i->kind]; *k; k++)
		buf_char(&f->asked, ascii_lower(*k));
	put_field(&f->asked, "from", i->from_user);
	put_field(&f->asked, "as", i->visname);
	put_field(&f->asked, "mud", i->target_mud);
	put_field(&f->asked, "user", i->target_user);
	put_field(&f->asked, "channel", i->channel);
	put_field(&f->asked, "text", i->text);
	put_field(&f->asked, "others", i->text_others);
	put_field(&f->asked, "to", i->target_visname);
	if (i->number)
		buf_printf(&f->asked, " number=%lld", (long long)i->number);
	put_list(&f->asked, "admit", i->admit);
	put_list(&f->asked, "ban", i->ban);
	put_list(&f->asked, "remove", i->remove);
	buf_char(&f->asked, '\n');
	if (f->answer)
		f->answer(f, i);
	return SENT;
}
static inline void up_listen(struct uplink *u, struct span channel, bool on)
{
	buf_printf(&fake(u)->asked, "listen %.*s %d\n", (int)channel.n, channel.p, on);
}
static inline void up_reconnect(struct uplink *u)
{
	fake(u)->reconnects++;
}
static inline bool up_ready(const struct uplink *u)
{
	return fake(u)->ready;
}
static inline const char *up_router(const struct uplink *u)
{
	(void)u;
	return "*test";
}
static inline const char *up_trouble(const struct uplink *u)
{
	return fake(u)->trouble;
}
static const struct uplink_ops up_ops = {
	up_submit, up_listen, up_reconnect, up_ready, up_router, up_trouble};

// ---- the whole

enum { RIG_KEYS = 8 };

struct rig {
	struct config config;
	struct config_identity identities[2];
	struct config_key keys[RIG_KEYS];
	struct config_count rates[4];
	const char *origins[4];
	struct hub hub;
	struct api api;
	struct fake_uplink up;
	struct store store;
	struct history history; // of rig_history() only
	struct conn conns[RIG_CONNS];
};

static inline void rig_history(struct rig *r)
{
	struct history_config config = {10000, 30};
	r->store.back = store_memory.open(NULL, NULL, NULL);
	history_init(&r->history, &r->hub, &r->store, &config);
}

static inline void rig_key(
	struct rig *r, const char *key, const char *mud, const char *const *permissions)
{
	struct config_keys *all = &r->config.api.auth.api_keys;
	struct config_key *k = &all->at[all->n++];
	size_t n = 0;
	while (permissions[n])
		n++;
	crypto_hash_sha256(k->key.sha256, (const unsigned char *)key, strlen(key));
	k->key.given = true;
	k->mud_name = mud;
	k->permissions.at = (const char **)(uintptr_t)permissions;
	k->permissions.n = n;
}

static inline void rig_configure(struct rig *r)
{
	static const char *const all[] = {"*", NULL}, *const info[] = {"info", NULL},
				 *const none[] = {NULL},
				 *const usual[] = {"tell", "channel", "info", NULL};
	struct config *c = &r->config;
	r->identities[0] = (struct config_identity){
		.name = "AlphaMUD", .services = {.tell = true, .channel = true, .who = true}};
	r->identities[1] = (struct config_identity){.name = "BetaMUD"};
	c->identities.at = r->identities;
	c->identities.n = countof(r->identities);
	c->api.enabled = c->api.tcp.enabled = c->api.websocket.enabled = true;
	c->api.websocket.ping_interval_s = 30;
	c->api.websocket.ping_timeout_s = 10;
	c->api.websocket.max_connections = 1000;
	c->api.websocket.max_frame_bytes = 65536;
	c->api.auth.enabled = true;
	c->api.rate_limits.per_minute = 1000000;
	c->api.rate_limits.burst = 1000000;
	c->channels.max_message_bytes = 2048;
	c->channels.history_lines = 100;
	c->web.origins.at = r->origins;
	c->web.origins.n = 1;
	r->origins[0] = "self";
	c->api.auth.api_keys.at = r->keys;
	c->api.rate_limits.by_method.at = r->rates;
	rig_key(r, "alpha-key", "AlphaMUD", all);
	rig_key(r, "beta-key", "BetaMUD", all);
	rig_key(r, "info-key", "AlphaMUD", info);
	rig_key(r, "none-key", "AlphaMUD", none);
	rig_key(r, "usual-key", "AlphaMUD", usual);
}

static inline int rig_setup(void **state)
{
	struct rig *r = *state = mem_zalloc(sizeof *r);
	assert_true(sodium_init() >= 0);
	clock_set(RIG_NOW_MS, RIG_WALL_US);
	rig_configure(r);
	hub_init(&r->hub, &api_wires, 100);
	r->up = (struct fake_uplink){.uplink.ops = &up_ops, .ready = true};
	r->up.identity = hub_add_identity(&r->hub, "AlphaMUD");
	r->up.identity->uplink = &r->up.uplink;
	hub_add_identity(&r->hub, "BetaMUD"); // without a network
	api_init(&r->api, &the_net, &r->hub, &r->config);
	return 0;
}

static inline void rig_gone(struct conn *c)
{
	c->open = false;
	if (c->face->on_close && c->owner)
		c->face->on_close(c, c->why);
	c->owner = NULL;
	drop_codec(c);
	buf_fini(&c->out);
	buf_fini(&c->in);
	c->used = false;
}

static inline int rig_teardown(void **state)
{
	struct rig *r = *state;
	for (int i = 0; i < RIG_CONNS; i++)
		if (r->conns[i].used)
			rig_gone(&r->conns[i]);
	api_fini(&r->api);
	rig_turn_end();
	assert_int_equal(rig_timers(), 0);
	hub_turn_end(&r->hub);
	rig_store_turn(&r->store);
	if (r->hub.history) {
		history_fini(&r->history);
		store_memory.close(r->store.back);
	}
	hub_fini(&r->hub);
	buf_fini(&r->up.asked);
	free(r);
	return 0;
}

#define RIG_TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

static inline struct conn *rig_conn(struct rig *r)
{
	int i = 0;
	while (r->conns[i].used)
		i++;
	r->conns[i] = (struct conn){.net = &the_net,
		.open = true,
		.used = true,
		.heard_ms = clock_ms(),
		.why = CLOSE_EOF,
		.in.max = 4 << 20,
		.out.max = 64 << 20};
	return &r->conns[i];
}

static inline const char *rig_text(struct buf *b) // terminated, without the last newline
{
	buf_char(b, '\0');
	b->n--;
	if (b->n && b->p[b->n - 1] == '\n')
		b->p[--b->n] = '\0';
	return b->p;
}

static inline const char *told(struct conn *c) // since the last ask
{
	return rig_text(&c->out);
}

// Sends one message → everything written until it was handled.
static inline const char *ask_span(struct conn *c, struct span text)
{
	struct codec_msg msg = {.kind = WS_TEXT};
	buf_clear(&c->out);
	buf_clear(&c->in);
	buf_span(&c->in, text);
	msg.body = buf_bytes(&c->in);
	c->face->on_msg(c, &msg);
	return told(c);
}
static inline const char *ask(struct conn *c, const char *text)
{
	return ask_span(c, span_str(text));
}

static inline const char *call(struct conn *c, const char *method, const char *params)
{
	struct buf b = {.max = 4 << 20};
	buf_printf(&b, "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"%s\",\"params\":", method);
	buf_str(&b, params);
	buf_char(&b, '}');
	const char *answer = ask_span(c, buf_bytes(&b));
	buf_fini(&b);
	return answer;
}

static inline struct conn *rig_guest(struct rig *r) // over TCP, the welcome read
{
	struct conn *c = rig_conn(r);
	c->owner = &r->api;
	c->face = &face_jsonl;
	c->face->on_open(c);
	return c;
}

static inline struct conn *rig_login(struct rig *r, const char *key)
{
	char params[128];
	struct conn *c = rig_guest(r);
	snprintf(params, sizeof params, "{\"api_key\":\"%s\"}", key);
	const char *answer = call(c, "authenticate", params);
	if (!strstr(answer, "\"authenticated\""))
		fail_msg("login: %s", answer);
	return c;
}

static inline struct session *session_of(const struct conn *c)
{
	return ((const struct client *)c->owner)->session;
}

// Does the text look like the pattern?  ~ stands for any text.
static inline bool is_like(const char *text, const char *pattern)
{
	for (; *pattern != '~'; pattern++, text++) {
		if (*pattern != *text)
			return false;
		if (!*pattern)
			return true;
	}
	do {
		if (is_like(text, pattern + 1))
			return true;
	} while (*text++);
	return false;
}
#define check_like(got, pattern)                                                                   \
	do {                                                                                       \
		const char *got_ = (got), *want_ = (pattern);                                      \
		if (!is_like(got_, want_))                                                         \
			fail_msg("got  %s\nwant %s", got_, want_);                                 \
	} while (0)

#define RESULT(body)  "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":" body "}"
#define FAULT(number) "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":" #number ","

static inline void rig_put_answer(
	struct rig *r, enum answer_kind kind, const char *mud, const char *user, const char *json)
{
	struct arena arena = {0};
	struct value v;
	struct json_error error;
	char *text = mem_str(json);
	struct answer_key key = {kind, span_str(mud), span_str(user)};
	assert_true(json_read(&arena, text, strlen(text), &v, &error));
	answers_put(&r->up.identity->answers, &key, &v, clock_ms());
	free(text);
	arena_fini(&arena);
}
