// SPDX-License-Identifier: MIT
// One message of a client: a request, a notification or a batch.  Everything a call needs lives in
// the arena and is gone when the message is done.
#include "api/api.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "proto/json.h"
#include "proto/jsonrpc.h"

enum {
	BATCH_MAX = 100,     // calls in one message: each may cost an I3 packet
	ID_MAX = 256,        // bytes of an id: it is sent back with every answer
	DEFER_MAX = 8 << 10, // bytes of a call that may wait, and is kept meanwhile: a long tell
	// Bytes of all answers to one message: with what may be queued already (CONN_OUT_HIGH) it
	// is still less than a peer is closed for.
	REPLY_MAX = CONN_OUT_MAX - CONN_OUT_HIGH,
};

static void put_failure(struct buf *out, const struct call *c)
{
	const struct error_row *row = &error_rows[c->failure.error];
	struct value_list data = {.arena = c->arena};
	struct span text = c->failure.message.n ? c->failure.message : span_str(row->text);
	value_pair(&data, "code", value_str(row->code));
	if (c->failure.field)
		value_pair(&data, "field", value_str(c->failure.field));
	value_pair(&data, "reason", value_span(text));
	if (c->failure.retry_after_ms)
		value_pair(&data, "retry_after_ms", value_int(c->failure.retry_after_ms));
	value_pair(&data, "temporary", value_bool(row->temporary));
	struct value v = value_list_map(&data);
	rpc_put_error(out, c->id, row->number, text, &v);
	metric_add(METRIC_CALL_ERRORS, 1);
}

static bool check_rate(struct call *c)
{
	bool counts = c->session && !(c->method && c->method->uncounted);
	uint32_t wait = counts ? rate_take(c->client, c->method) : 0;
	if (!wait)
		return true;
	c->failure.retry_after_ms = wait;
	return call_fail(c, ERROR_RATE, NULL);
}

static bool check_right(struct call *c)
{
	if (!c->session)
		return c->method && c->method->before_auth ? true
							   : call_fail(c, ERROR_NO_AUTH, NULL);
	if (!c->method)
		return true;
	if (rights_cover(c->session->rights, c->method->right))
		return true;
	return call_fail_say(c, ERROR_RIGHT, NULL, "Permission denied: %s needs \"%s\"",
		c->method->name, rights_name(c->method->right));
}

static bool run(struct call *c, struct span name)
{
	c->method = method_find(name);
	if (!check_rate(c) || !check_right(c))
		return false;
	if (!c->method)
		return call_fail_say(c, ERROR_UNKNOWN_METHOD, NULL, "Unknown method: %.*s",
			(int)utf8_cut(name, 64).n, name.p);
	return method_check(c) && c->method->run(c);
}

static struct call call_of(struct client *cl)
{
	struct session *s = cl->session;
	return (struct call){.api = cl->api,
		.client = cl,
		.session = s,
		.identity = s ? s->identity : NULL,
		.arena = &cl->api->arena,
		.result = {.arena = &cl->api->arena}};
}

static void put_bad_request(
	struct client *cl, struct buf *out, const struct value *id, const char *why)
{
	struct call c = call_of(cl);
	c.id = id; // NULL: null
	call_fail_say(&c, ERROR_INVALID_REQUEST, NULL, "Invalid request: %s", why);
	put_failure(out, &c);
}

void call_put_answer(struct call *c, bool good, struct buf *out)
{
	struct value result = value_list_map(&c->result);
	size_t before = out->n;
	if (good)
		rpc_put_result(out, c->id, &result);
	if (out->failed || (good && out->n > REPLY_MAX)) {
		out->n = before;
		out->failed = false;
		good = call_fail(c, ERROR_ANSWER_TOO_BIG, NULL);
	}
	if (!good)
		put_failure(out, c);
}

static bool read_request(const struct value *v, struct rpc_request *r, const char **why)
{
	bool good = rpc_read(v, r, why);
	if (r->id.type != VALUE_STRING || r->id.n <= ID_MAX)
		return good;
	r->id = value_null();
	*why = "id is too long";
	return false;
}

// bytes: of its text; 0 in a batch.  → whether something was written to out.
static bool handle(struct client *cl, const struct value *v, size_t bytes, struct buf *out)
{
	struct rpc_request r;
	const char *why;
	if (!read_request(v, &r, &why)) {
		put_bad_request(cl, out, &r.id, why);
		return true;
	}
	struct call c = call_of(cl);
	c.params = r.params;
	c.id = &r.id;
	c.alone = bytes && !r.notification;
	c.may_defer = c.alone && bytes <= DEFER_MAX;
	metric_add(METRIC_CALLS, 1);
	bool good = run(&c, r.method);
	if (r.notification || c.deferred)
		return false;
	call_put_answer(&c, good, out);
	return true;
}

// Nothing more is heard from a guest who has guessed enough.
static bool is_over(const struct client *cl)
{
	return cl->tries >= API_KEY_TRIES || !conn_is_open(cl->conn);
}

static bool handle_batch(struct client *cl, const struct value *batch, struct buf *out)
{
	if (batch->n == 0 || batch->n > BATCH_MAX) {
		put_bad_request(
			cl, out, NULL, batch->n ? "too many calls in one batch" : "empty batch");
		return true;
	}
	size_t start = out->n;
	buf_char(out, '[');
	for (size_t i = 0; i < batch->n && !is_over(cl); i++) {
		size_t before = out->n;
		if (before > start + 1)
			buf_char(out, ',');
		if (!handle(cl, &batch->at[i], 0, out))
			out->n = before;
	}
	if (out->n == start + 1) {
		out->n = start;
		return false;
	}
	buf_char(out, ']');
	return true;
}

static void put_parse_error(struct client *cl, struct buf *out, const struct json_error *e)
{
	struct call c = call_of(cl);
	call_fail_say(&c, ERROR_PARSE, NULL, "Invalid JSON at byte %zu: %s", e->at, e->why);
	put_failure(out, &c);
}

void dispatch(struct client *cl, struct span text)
{
	struct api *a = cl->api;
	struct value v;
	struct json_error error;
	struct buf *out = &a->reply;
	bool answer;
	out->max = CONN_OUT_MAX; // answers, and the errors that stand for those over REPLY_MAX
	buf_clear(out);
	// The codec's bytes are ours to change until the next message: json reads in place.
	if (!json_read(&a->arena, (char *)(uintptr_t)text.p, text.n, &v, &error)) {
		put_parse_error(cl, out, &error);
		answer = true;
	} else if (v.type == VALUE_ARRAY) {
		answer = handle_batch(cl, &v, out);
	} else {
		answer = handle(cl, &v, text.n, out);
	}
	if (answer)
		client_send(cl, buf_bytes(out));
	arena_clear(&a->arena);
	if (cl->tries >= API_KEY_TRIES)
		client_refuse(cl, "too many wrong keys");
}
