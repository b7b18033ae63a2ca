// SPDX-License-Identifier: MIT
// What is read can be written, and reads back as the same tree; and jansson thinks the same of it.
#include "../unit/proto/json_oracle.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "proto/jsonrpc.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_request(const struct value *v)
{
	struct rpc_request request;
	const char *why = NULL;
	bool ok = rpc_read(v, &request, &why);
	ensure(ok == !why);
	ensure(request.params->type == VALUE_MAP || request.params->type == VALUE_ARRAY);
	ensure(!ok || request.method.n);
}

static void check_round_trip(struct arena *a, const struct value *v)
{
	struct buf first = {0}, second = {0};
	struct value back;
	struct json_error error;
	json_put(&first, v);
	ensure(!first.failed && utf8_valid(buf_bytes(&first)));
	char *text = arena_copy(a, first.p, first.n);
	ensure(json_read(a, text, first.n, &back, &error));
	ensure(value_eq(v, &back));
	json_put(&second, &back);
	ensure(span_eq(buf_bytes(&first), buf_bytes(&second))); // even the sign of a zero
	buf_fini(&first);
	buf_fini(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct value v;
	struct json_error error = {0};
	char *text = mem_alloc(size); // its own allocation: reading past the end is seen
	if (size)
		memcpy(text, data, size);
	bool ok = json_read(&arena, text, size, &v, &error);
	ensure(ok || (error.why && error.at <= size));
	ensure(oracle_ask(span_of(data, size), ok ? &v : NULL, &error) != ORACLE_DIFFERS);
	if (ok) {
		check_round_trip(&arena, &v);
		check_request(&v);
	}
	free(text);
	arena_fini(&arena);
	return 0;
}
