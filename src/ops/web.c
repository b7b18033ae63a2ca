// SPDX-License-Identifier: MIT
#include "ops/web.h"

void web_init(struct web *w, enum web_kind kind, const struct web_parts *p, const struct config *c)
{
	*w = (struct web){.kind = kind,
		.api = p->api,
		.bridge = p->bridge,
		.hub = p->api->hub,
		.store = p->store,
		.config = c};
}

void web_fini(struct web *w)
{
	buf_fini(&w->body);
	buf_fini(&w->out);
}

void visit_answer(struct visit *v, int status, const char *type, struct span body)
{
	bool keep = v->request->keep_alive && status < 500;
	struct http_response r = {.status = status,
		.type = type,
		.extra = v->extra,
		.body = body,
		.head_only = span_is(v->request->method, "HEAD"),
		.close = !keep};
	buf_clear(&v->web->out);
	http_put(&v->web->out, &r);
	conn_write(v->conn, buf_bytes(&v->web->out));
	if (keep)
		conn_deadline(v->conn, WEB_REQUEST_MS, CLOSE_IDLE);
	else
		conn_close(v->conn, CLOSE_DONE);
}

void visit_text(struct visit *v, int status, const char *text)
{
	buf_clear(&v->web->body);
	buf_printf(&v->web->body, "%s\n", text);
	visit_answer(v, status, "text/plain; charset=utf-8", buf_bytes(&v->web->body));
}

// The metrics page may be switched off, and has a second path.
static bool leads(const struct web *w, const struct route *r, struct span path)
{
	if (!(r->kinds & w->kind))
		return false;
	if (r->page != page_metrics)
		return span_is(path, r->path);
	return w->config->metrics.enabled &&
	       (span_is(path, r->path) || span_is(path, w->config->metrics.path));
}

static const struct route *find(const struct web *w, struct span path)
{
	for (const struct route *r = routes; r->path; r++)
		if (leads(w, r, path))
			return r;
	return NULL;
}

// The largest page three times: who pipelines without reading is served at that pace.
static const struct conn_limits limits = {WEB_OUT_MAX, WEB_REQUEST_MS};

static void on_open(struct conn *c)
{
	conn_limit(c, &limits);
	conn_use(c, &codec_http, WEB_BODY_MAX);
	conn_deadline(c, WEB_REQUEST_MS, CLOSE_IDLE);
}

static void on_msg(struct conn *c, struct codec_msg *msg)
{
	struct http_request request;
	struct visit v = {.web = conn_owner(c), .conn = c, .request = &request};
	ensure(http_read(msg->body, &request) == 0); // the codec has read it before
	const struct route *r = find(v.web, request.path);
	if (!r) {
		visit_text(&v, 404, "404: Not Found");
	} else if (!span_is(request.method, "GET") && !span_is(request.method, "HEAD")) {
		v.extra = "Allow: GET, HEAD\r\n";
		visit_text(&v, 405, "405: Method Not Allowed");
	} else {
		r->page(&v);
	}
}

static void on_deadline(struct conn *c)
{
	if (conn_has_input(c))
		conn_write(c, SPAN("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n"
				   "Content-Length: 0\r\n\r\n"));
	conn_close(c, CLOSE_IDLE);
}

#define FULL                                                                                       \
	"HTTP/1.1 503 Service Unavailable\r\nConnection: close\r\nRetry-After: 5\r\n"              \
	"Content-Length: 0\r\n\r\n"

const struct face face_http = {
	.name = "http",
	.on_open = on_open,
	.on_msg = on_msg,
	.on_deadline = on_deadline,
	.full = {FULL, sizeof FULL - 1},
};
