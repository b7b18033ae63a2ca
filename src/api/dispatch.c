// SPDX-License-Identifier: MIT
// One message of a client: a request, a notification or a batch.  Everything a call needs lives in
// the arena and is gone when the message is done.
#include "api/api.h"
#include "base/clock.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "proto/json.h"
#include "proto/jsonrpc.h"

enum { BATCH_MAX = 100 }; // calls in one message: each may cost an I3 packet

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
	uint32_t wait = c->session ? limit_take(&c->session->limit, clock_ms()) : 0;
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
	if (!check_right(c) || !check_rate(c))
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

static void put_bad_request(struct client *cl, struct buf *out, const char *why)
{
	struct call c = call_of(cl);
	struct value null = value_null();
	c.id = &null;
	call_fail_say(&c, ERROR_INVALID_REQUEST, NULL, "Invalid request: %s", why);
	put_failure(out, &c);
}

// → whether something was written to out.
static bool handle(struct client *cl, const struct value *v, bool in_batch, struct buf *out)
{
	struct rpc_request r;
	const char *why;
	if (!rpc_read(v, &r, &why)) {
		put_bad_request(cl, out, why);
		return true;
	}
	struct call c = call_of(cl);
	c.params = r.params;
	c.id = &r.id;
	c.may_defer = !in_batch && !r.notification;
	metric_add(METRIC_CALLS, 1);
	bool good = run(&c, r.method);
	if (r.notification || c.deferred)
		return false;
	if (good) {
		struct value result = value_list_map(&c.result);
		rpc_put_result(out, &r.id, &result);
	} else {
		put_failure(out, &c);
	}
	return true;
}

static bool handle_batch(struct client *cl, const struct value *batch, struct buf *out)
{
	if (batch->n == 0 || batch->n > BATCH_MAX) {
		put_bad_request(cl, out, batch->n ? "too many calls in one batch" : "empty batch");
		return true;
	}
	size_t start = out->n;
	buf_char(out, '[');
	for (size_t i = 0; i < batch->n && conn_is_open(cl->conn); i++) {
		size_t before = out->n;
		if (before > start + 1)
			buf_char(out, ',');
		if (!handle(cl, &batch->at[i], true, out))
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
	struct value null = value_null();
	c.id = &null;
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
	buf_clear(out);
	// The codec's bytes are ours to change until the next message: json reads in place.
	if (!json_read(&a->arena, (char *)(uintptr_t)text.p, text.n, &v, &error)) {
		put_parse_error(cl, out, &error);
		answer = true;
	} else if (v.type == VALUE_ARRAY) {
		answer = handle_batch(cl, &v, out);
	} else {
		answer = handle(cl, &v, false, out);
	}
	if (answer)
		client_send(cl, buf_bytes(out));
	arena_clear(&a->arena);
}
