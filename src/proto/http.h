// SPDX-License-Identifier: MIT
// HTTP/1.1 requests in, responses out (RFC 9110, RFC 9112), strict: whatever could be read in two
// ways (smuggling) is refused with the right 4xx and the connection is closed.
// The framing codec_http answers MSG with one whole request: head, then body with any transfer
// coding removed.  On BAD the complete error response is in `reply`.
#pragma once
#include "proto/codecs.h"

enum {
	HTTP_HEAD_MAX = 8192, // bytes of request line and headers: the budget of a stranger
	HTTP_HEADERS_MAX = 64,
};

struct http_header {
	struct span name, value; // value without blanks around it
};

struct http_request {
	struct span method, target; // target as sent, nearly always origin-form: "/ws?api_key=…"
	struct span path, query;    // of target, still percent-encoded; query without '?'
	int minor;                  // HTTP/1.minor
	bool keep_alive;
	size_t n;
	struct http_header headers[HTTP_HEADERS_MAX];
	struct span body;
};

// Reads what codec_http gave.  → 0, or the status to refuse it with.
int http_read(struct span message, struct http_request *);

struct span http_header(const struct http_request *, const char *name); // first; {0} if none
// Cuts the next element off a comma-separated value, without blanks.  False at the end.
bool http_element(struct span *list, struct span *element);
// Does a comma-separated header (all lines of that name) list this token?  Case-insensitive.
bool http_lists(const struct http_request *, const char *name, const char *token);
// A query parameter, percent-decoded into `into`.  False when absent or malformed.
bool http_query(const struct http_request *, const char *key, struct buf *into) must_check;

struct http_response {
	int status;
	const char *type;  // Content-Type; NULL: none
	const char *extra; // further header lines, each ending in CRLF; may be NULL
	struct span body;
	bool head_only; // answer to HEAD: length without body
	bool close;     // adds Connection: close
};
void http_put(struct buf *, const struct http_response *);
const char *http_reason(int status);
