// SPDX-License-Identifier: MIT
// Writing a response.
#include "proto/http.h"

const char *http_reason(int status)
{
	static const struct {
		int status;
		const char *reason;
	} reasons[] = {{100, "Continue"}, {101, "Switching Protocols"}, {200, "OK"},
		{201, "Created"}, {202, "Accepted"}, {204, "No Content"}, {206, "Partial Content"},
		{301, "Moved Permanently"}, {302, "Found"}, {303, "See Other"},
		{304, "Not Modified"}, {307, "Temporary Redirect"}, {308, "Permanent Redirect"},
		{400, "Bad Request"}, {401, "Unauthorized"}, {403, "Forbidden"}, {404, "Not Found"},
		{405, "Method Not Allowed"}, {406, "Not Acceptable"}, {408, "Request Timeout"},
		{409, "Conflict"}, {410, "Gone"}, {411, "Length Required"},
		{413, "Content Too Large"}, {414, "URI Too Long"}, {415, "Unsupported Media Type"},
		{417, "Expectation Failed"}, {421, "Misdirected Request"},
		{422, "Unprocessable Content"}, {426, "Upgrade Required"},
		{429, "Too Many Requests"}, {431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"}, {501, "Not Implemented"}, {502, "Bad Gateway"},
		{503, "Service Unavailable"}, {504, "Gateway Timeout"},
		{505, "HTTP Version Not Supported"}};
	for (size_t i = 0; i < countof(reasons); i++)
		if (reasons[i].status == status)
			return reasons[i].reason;
	return "Unknown";
}

void http_put(struct buf *b, const struct http_response *r)
{
	bool bodiless = r->status < 200 || r->status == 204 || r->status == 304;
	buf_lit(b, "HTTP/1.1 ");
	buf_int(b, r->status);
	buf_char(b, ' ');
	buf_str(b, http_reason(r->status));
	buf_lit(b, "\r\n");
	if (r->type) {
		buf_lit(b, "Content-Type: ");
		buf_str(b, r->type);
		buf_lit(b, "\r\n");
	}
	if (!bodiless) {
		buf_lit(b, "Content-Length: ");
		buf_int(b, (int64_t)r->body.n);
		buf_lit(b, "\r\n");
	}
	if (r->extra)
		buf_str(b, r->extra);
	if (r->close)
		buf_lit(b, "Connection: close\r\n");
	buf_lit(b, "\r\n");
	if (!bodiless && !r->head_only)
		buf_span(b, r->body);
}
