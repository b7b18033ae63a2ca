// SPDX-License-Identifier: MIT
// Events as they leave: the JSON-RPC text once per message, then a frame or line per wire.
#include "api/api.h"
#include "base/clock.h"
#include "proto/json.h"
#include "proto/jsonrpc.h"

static void put_text(const struct message *m, struct buf *out)
{
	char time[CLOCK_TEXT_BYTES];
	rpc_put_event_head(out, event_rows[m->event].name);
	buf_char(out, '{');
	for (size_t i = 0; i < m->params->n; i++) {
		json_put_text(out, value_text(&m->params->at[2 * i]));
		buf_char(out, ':');
		json_put(out, &m->params->at[2 * i + 1]);
		buf_char(out, ',');
	}
	if (m->seq) {
		buf_lit(out, "\"seq\":");
		buf_int(out, (int64_t)m->seq);
		buf_char(out, ',');
	}
	clock_text(m->wall_us, time);
	buf_lit(out, "\"timestamp\":\"");
	buf_put(out, time, CLOCK_TEXT_BYTES - 1);
	buf_lit(out, "Z\"}}");
}

static void put_frame(enum wire wire, struct span text, struct buf *out)
{
	switch (wire) {
	case WIRE_LINE:
		buf_span(out, text);
		buf_char(out, '\n');
		return;
	case WIRE_WS: ws_put_frame(out, WS_TEXT, text); return;
	case WIRE_WS_DEFLATE12: ws_put_deflated(out, WS_TEXT, text, 12); return;
	case WIRE_WS_DEFLATE9: ws_put_deflated(out, WS_TEXT, text, 9); return;
	case WIRE_COUNT: break;
	}
	bug("unknown wire");
}

const struct wires api_wires = {put_text, put_frame};
