// SPDX-License-Identifier: MIT
// MCCP3: what the client sends is one zlib stream from its IAC SB 87 IAC SE on; proto/telnet.c undoes it.
#include "edge/telnet_priv.h"

static bool offers(const struct telnet *t)
{
	return t->all->config->players.compression;
}

static void on_us(struct telnet *t, bool on)
{
	telnet_expect_zlib(conn_codec_state(t->conn), on);
}

const struct telnet_option_kind telnet_MCCP3 = {.offers = offers, .on_us = on_us};
