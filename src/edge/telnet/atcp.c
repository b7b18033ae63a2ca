// SPDX-License-Identifier: MIT
// ATCP: "Module.Msg args" as plain text.  It is passed as package "ATCP" with that text as a string.
#include "base/utf8.h"
#include "edge/telnet_priv.h"
#include "proto/json.h"

static void on_sub(struct telnet *t, struct span says)
{
	struct buf valid = {0}, clean = {0}, json = {0};
	utf8_repair(&valid, says);
	text_clean(buf_bytes(&valid), &clean);
	json_put_text(&json, buf_bytes(&clean));
	telnet_spend(t);
	t->terminal.events->oob(t->terminal.player, SPAN("ATCP"), buf_bytes(&json));
	buf_fini(&valid);
	buf_fini(&clean);
	buf_fini(&json);
}

const struct telnet_option_kind telnet_ATCP = {.on_sub = on_sub};
