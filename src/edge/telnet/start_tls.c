// SPDX-License-Identifier: MIT
// START_TLS (draft-ietf-tn3270e-telnet-tls): DO, the client's WILL and FOLLOWS, our FOLLOWS, then TLS,
// and in it everything anew, because whatever was said before may be the word of somebody between.
// For the same reason it comes before the player: one who is settled has begun something in the open.
//
// Our FOLLOWS is the answer to theirs, not to WILL: no client begins TLS before it has ours, so what
// is read behind theirs is nobody's ClientHello and is thrown away.
#include "edge/telnet_priv.h"
#include "net/tls.h"

#define FOLLOWS "\1"

static bool offers(const struct telnet *t)
{
	const struct telnets *all = t->all;
	return all->tls && *all->config->tls.certificate && tls_is_loaded(all->tls) &&
	       !conn_is_secure(t->conn);
}

static void on_him(struct telnet *t, bool on)
{
	telnet_wait(t, TELNET_OPT_START_TLS, on);
}

static void on_sub(struct telnet *t, struct span says)
{
	if (!span_is(says, FOLLOWS) || t->settled)
		return;
	telnet_deflate_end(t);
	telnet_sub(t, TELNET_OPT_START_TLS, SPAN(FOLLOWS));
	conn_secure(t->conn, t->all->tls);
}

void telnet_no_tls(struct telnet *t)
{
	t->q.policy[TELNET_OPT_START_TLS][TELNET_HIM] = TELNET_NEVER;
	telnet_ask(t, TELNET_OPT_START_TLS, TELNET_HIM, false);
}

const struct telnet_option_kind telnet_START_TLS = {
	.offers = offers, .on_him = on_him, .on_sub = on_sub};
