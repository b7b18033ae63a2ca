// SPDX-License-Identifier: MIT
// JSON-RPC 2.0 (jsonrpc.org/specification): what a request is, and how answers are written.
// Knows no method and no error of ours.
#pragma once
#include "base/buf.h"
#include "base/value.h"

enum {
	RPC_PARSE_ERROR = -32700,
	RPC_INVALID_REQUEST = -32600,
	RPC_METHOD_NOT_FOUND = -32601,
	RPC_INVALID_PARAMS = -32602,
	RPC_INTERNAL_ERROR = -32603,
};

struct rpc_request {
	struct value id;   // string, integer or null
	bool notification; // no id member: execute, answer nothing
	struct span method;
	const struct value *params; // an object or an array; never NULL: an empty object by default
};

// False when v is not a request: *why says what is wrong, request->id is set when usable, and it is
// no notification: it must be answered.  Integers beyond int64 are no ids.
bool rpc_read(const struct value *v, struct rpc_request *request, const char **why) must_check;

// One response object each, no newline.  NULL id is written as null.
void rpc_put_result(struct buf *, const struct value *id, const struct value *result);
void rpc_put_error(struct buf *, const struct value *id, int code, struct span message,
	const struct value *data); // data may be NULL
// Opens {"jsonrpc":"2.0","method":NAME,"params": ; the caller writes the params, then one '}'.
void rpc_put_event_head(struct buf *, const char *method);
