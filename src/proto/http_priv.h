// SPDX-License-Identifier: MIT
// What the HTTP files share: framing (http.c) and the head of a request (http_head.c).
#pragma once
#include "proto/http.h"

struct http_fault {
	int status; // to refuse the request with; 0: none
	const char *why;
};

static inline struct http_fault http_fault(int status, const char *why)
{
	return (struct http_fault){status, why};
}

enum { HTTP_LENGTH_DIGITS_MAX = 16 }; // so that 64 bits cannot overflow

struct http_framing {    // what the head says of the body
	uint64_t length; // of Content-Length
	bool chunked;
	bool expects; // Expect: 100-continue
};

// `head` ends with its empty line.
struct http_fault http_read_head(struct span head, struct http_request *, struct http_framing *);

bool http_read_field(struct span line, struct http_header *); // "Name: value"
bool http_is_token(struct span);                              // RFC 9110 §5.6.2
bool http_is_field_text(struct span);                         // no control character but a tab
int http_hex(char);                                           // -1: no hexadecimal digit
