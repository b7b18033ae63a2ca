// SPDX-License-Identifier: MIT
// Web: the HTTP side of a listener.  Matches requests against tables/routes.tbl; a route is a page
// of ours or the way to a face that speaks WebSocket.
#pragma once
#include "api/api.h"
#include "bridge/bridge.h"
#include "store/store.h"

enum {
	WEB_REQUEST_MS = 10000,  // for a request to arrive, and between two on one connection
	WEB_BODY_MAX = 8 << 10,  // bytes: no page takes a body yet
	WEB_OUT_MAX = 16 << 10,  // bytes of answers not read yet
	WEB_ECHO_MAX = 16 << 20, // bytes of one message at /echo: what conformance suites send
};

// Which listeners show a route; a struct web stands behind listeners of one kind.
enum web_kind { WEB_HTTP = 1, WEB_METRICS = 2, WEB_SYNC = 4 };

struct web {
	enum web_kind kind;
	struct api *api;
	struct bridge *bridge;
	struct hub *hub;
	const struct store *store;
	const struct config *config; // a loan; replaced on reload
	struct buf body, out;        // scratch of the request at hand
};

struct web_parts { // what pages lead to, or show
	struct api *api;
	struct bridge *bridge;
	const struct store *store;
};
void web_init(struct web *, enum web_kind, const struct web_parts *, const struct config *);
void web_fini(struct web *);

extern const struct face face_http; // conn_owner() is the struct web

// One request and where it is answered.
struct visit {
	struct web *web;
	struct conn *conn;
	const struct http_request *request;
	const char *extra; // further header lines of the response, or NULL
};
void visit_answer(struct visit *, int status, const char *type, struct span body);
void visit_text(struct visit *, int status, const char *text); // text/plain, and a newline

struct route {
	const char *path;
	unsigned kinds; // enum web_kind
	void (*page)(struct visit *);
};
extern const struct route routes[]; // ends with a NULL path; ops/pages.c
void page_metrics(struct visit *);
