// SPDX-License-Identifier: MIT
// Events as they leave: the JSON-RPC text once per message, then a frame or line per wire.
#include "api/api.h"
#include "base/clock.h"
#include "proto/json.h"
#include "proto/jsonrpc.h"

static void put_canon(struct message *m)
{
	struct buf *out = m->canon;
	char time[CLOCK_TEXT_BYTES];
	rpc_put_event_head(out, event_rows[m->event].name);
	buf_char(out, '{');
	for (size_t i = 0; i < m->params->n; i++) {
		json_put_text(out, value_text(&m->params->at[2 * i]));
		buf_char(out, ':');
		json_put(out, &m->params->at[2 * i + 1]);
		buf_char(out, ',');
	}
	buf_lit(out, "\"seq\":");
	buf_int(out, (int64_t)m->seq);
	clock_text(m->wall_us, time);
	buf_lit(out, ",\"timestamp\":\"");
	buf_put(out, time, CLOCK_TEXT_BYTES - 1);
	buf_lit(out, "Z\"}}");
}

void api_encode(enum wire wire, struct message *m, struct buf *out)
{
	if (!m->canon->n)
		put_canon(m);
	struct span text = buf_bytes(m->canon);
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
