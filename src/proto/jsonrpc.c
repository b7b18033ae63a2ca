// SPDX-License-Identifier: MIT
// JSON-RPC 2.0 §4 and §5: the members of requests and answers, and their order when written.
#include "proto/jsonrpc.h"
#include "proto/json.h"

static const struct value no_params = {.type = VALUE_MAP};

static bool is_id(const struct value *v)
{
	return v->type == VALUE_STRING || v->type == VALUE_INT || v->type == VALUE_NULL;
}

static bool is_params(const struct value *v)
{
	return v->type == VALUE_MAP || v->type == VALUE_ARRAY || v->type == VALUE_NULL;
}

static const char *wrong_with(const struct value *v, const struct value *id)
{
	const struct value *version = value_get(v, "jsonrpc");
	const struct value *method = value_get(v, "method");
	const struct value *params = value_get(v, "params");
	if (v->type != VALUE_MAP)
		return "a request is an object";
	if (!version || !span_eq(value_text(version), SPAN("2.0")))
		return "jsonrpc must be \"2.0\"";
	if (id && !is_id(id))
		return "id must be a string, an integer or null";
	if (!method || !value_text(method).n)
		return "method must be a string and not empty";
	if (params && !is_params(params))
		return "params must be an object or an array";
	return NULL;
}

bool rpc_read(const struct value *v, struct rpc_request *request, const char **why)
{
	const struct value *id = value_get(v, "id");
	const struct value *params = value_get(v, "params");
	*request = (struct rpc_request){.id = value_null(), .params = &no_params};
	if (id && is_id(id))
		request->id = *id;
	*why = wrong_with(v, id);
	if (*why)
		return false;
	request->notification = !id;
	request->method = value_text(value_get(v, "method"));
	if (params && params->type != VALUE_NULL)
		request->params = params;
	return true;
}

static void put_or_null(struct buf *out, const struct value *v)
{
	if (v)
		json_put(out, v);
	else
		buf_lit(out, "null");
}

static void put_head(struct buf *out, const struct value *id)
{
	buf_lit(out, "{\"jsonrpc\":\"2.0\",\"id\":");
	put_or_null(out, id);
}

void rpc_put_result(struct buf *out, const struct value *id, const struct value *result)
{
	put_head(out, id);
	buf_lit(out, ",\"result\":");
	put_or_null(out, result);
	buf_char(out, '}');
}

void rpc_put_error(struct buf *out, const struct value *id, int code, struct span message,
	const struct value *data)
{
	put_head(out, id);
	buf_lit(out, ",\"error\":{\"code\":");
	buf_int(out, code);
	buf_lit(out, ",\"message\":");
	json_put_text(out, message);
	if (data) {
		buf_lit(out, ",\"data\":");
		json_put(out, data);
	}
	buf_lit(out, "}}");
}

void rpc_put_event_head(struct buf *out, const char *method)
{
	buf_lit(out, "{\"jsonrpc\":\"2.0\",\"method\":");
	json_put_text(out, span_str(method));
	buf_lit(out, ",\"params\":");
}
