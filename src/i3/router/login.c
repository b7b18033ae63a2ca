// SPDX-License-Identifier: MIT
// Who may log in under which name.  A name belongs to its password, which never changes once it is
// issued but when its owner has lost it and comes back from the same address.  What was issued is
// on the disk before it is sent.
//
//	                     right password      wrong password
//	unknown name         let in, a new password is issued
//	known, same address  let in              let in, a new password is issued
//	known, elsewhere     let in              not-allowed; five times: locked out for ten minutes
//	online, same address the old link goes   bad-proto
//	online, elsewhere    if it proves dead   not-allowed
//
// Identities in process are ours: they are let in always, and keep the name against sockets.
#include "base/clock.h"
#include "base/ids.h"
#include "base/log.h"
#include "i3/router/irn.h"
#include "proto/codecs.h"
#include <stdio.h>

enum { PASSWORD_MAX = 999999999 };

// --- the decision ---

static bool is_right(const struct router_mud *m, const struct router_startup *s)
{
	return s->password > 0 && s->password == m->password;
}

// What a peer says of its address counts until it has logged in here.
static bool is_near(const struct router_link *l, const struct router_mud *m)
{
	return !l->conn || span_is(span_str(m->home[0] ? m->home : m->address), l->address);
}

static struct router_refusal judge_stranger(struct router_link *l)
{
	if (l->conn && router_address_is_locked(l))
		return (struct router_refusal){
			"not-allowed", "too many wrong passwords; try again later"};
	if (router_address_has_names(l))
		return (struct router_refusal){"not-allowed", "too many names from this address"};
	return (struct router_refusal){0};
}

static struct router_refusal judge_known(
	struct router_link *l, const struct router_mud *m, const struct router_startup *s)
{
	bool near = is_near(l, m);
	if (!near && router_address_is_locked(l))
		return (struct router_refusal){
			"not-allowed", "too many wrong passwords; try again later"};
	if (!near && !is_right(m, s)) {
		router_address_guessed(l);
		return (struct router_refusal){"not-allowed", "this name has another password"};
	}
	if (!m->link || m->link == l || !l->conn)
		return (struct router_refusal){0};
	if (!m->link->conn || !is_right(m, s))
		return (struct router_refusal){"bad-proto", "a MUD of this name is connected"};
	return (struct router_refusal){0};
}

// --- the holder of the name ---

static void hold(struct router_link *l, struct router_mud *m, const struct router_startup *s)
{
	m->suitor = l;
	l->held_packet = value_copy(&l->held, s->packet->all);
	router_link_enter(l, LINK_PROBING);
	conn_pause(l->conn);
	m->link->silent = true;
	router_send(m->link, "auth-mud-req", NULL, 0);
}

// False: it is decided for this turn, the newcomer waits or was refused.
static bool may_replace(struct router_link *l, struct router_mud *m, const struct router_startup *s,
	struct router_refusal *no)
{
	struct router_link *holder = m->link;
	if (!holder || holder == l || is_near(l, m))
		return true;
	if (l->state == LINK_PROBING && holder->silent)
		return true; // its time to answer is over
	*no = (struct router_refusal){
		"bad-proto", "a MUD of this name is connected from elsewhere"};
	if (l->state == LINK_FRESH && !m->suitor) {
		hold(l, m, s);
		*no = (struct router_refusal){0};
	}
	return false;
}

static void refuse(struct router_link *l, const struct packet *p, struct router_refusal no)
{
	log_info("router_refuse", log_span("mud", p->originator_mud), log_str("code", no.code),
		log_str("address", l->address), log_str("why", no.words));
	router_error(l, no.code, no.words, p);
	router_link_cut(l, CLOSE_REFUSED, no.words);
}

static void send_away(struct router_link *holder)
{
	struct value startup = value_int(0);
	struct packet p = {.all = &startup};
	router_error(holder, "bad-mojo", "your name logged in again on another link", &p);
	router_link_cut(holder, CLOSE_REPLACED, "the name logged in on another link");
}

// --- in ---

static void welcome(struct router_link *l)
{
	struct router *r = l->router;
	router_link_enter(l, LINK_UP);
	arena_fini(&l->held);
	if (l->conn) {
		conn_use(l->conn, &codec_mudmode, ROUTER_FRAME);
		conn_resume(l->conn);
	}
	enum { ROUTERS_MAX = 16 };
	struct value routers[ROUTERS_MAX];
	size_t n = irn_routers(r->irn, routers, countof(routers));
	struct value body[] = {value_array(routers, n), value_int(l->mud->password)};
	router_send(l, "startup-reply", body, countof(body));
	router_list_muds(l);
	router_list_channels(l);
	router_lists_later(r);
	log_info("router_login", log_span("mud", router_link_name(l)),
		log_str("address", l->inside ? "in process" : l->address));
}

static void on_saved(void *owner, uint64_t id, enum store_result result)
{
	struct router_link *l = owner;
	struct router *r = l->router;
	(void)id;
	router_begin(r);
	if (result == STORE_OK || !l->new_password) {
		welcome(l);
	} else {
		struct value startup = value_int(0);
		struct packet p = {.all = &startup, .originator_mud = router_link_name(l)};
		refuse(l, &p,
			(struct router_refusal){"not-allowed",
				"this router cannot keep your password now; try again later"});
	}
	router_end(r);
}

static size_t send_max_for(struct span driver)
{
	bool old = span_starts(driver, SPAN("MudOS")) || span_starts(driver, SPAN("FluffOS v2"));
	return old ? ROUTER_SEND_OLD_MAX : ROUTER_SEND_MAX;
}

static void let_in(struct router_link *l, struct router_mud *m, const struct router_startup *s)
{
	struct router *r = l->router;
	struct router_link *suitor = m->suitor;
	m->suitor = NULL;
	if (m->link && m->link != l)
		send_away(m->link);
	bool keeps = m->password && (is_right(m, s) || !l->conn);
	if (!keeps)
		m->password = (int32_t)(1 + ids_below(PASSWORD_MAX));
	l->new_password = !keeps;
	m->protocol = (int8_t)s->protocol;
	m->old_layout = s->old_layout;
	m->state = ROUTER_MUD_UP;
	m->since_s = clock_wall_us() / 1000000;
	memcpy(m->address, l->address, sizeof m->address);
	snprintf(m->home, sizeof m->home, "%s", l->conn ? l->address : "in process");
	router_mud_fill(m, s->record);
	m->link = l;
	l->mud = m;
	l->mudlist_id = s->mudlist_id;
	l->chanlist_id = s->chanlist_id;
	l->send_max = send_max_for(value_text(&m->record[RECORD_DRIVER]));
	router_link_enter(l, LINK_SAVING);
	if (l->conn)
		conn_pause(l->conn);
	irn_mud_arrived(r, m);
	router_mud_changed(r, m);
	router_mud_save(r, m, on_saved, l);
	if (suitor && suitor != l)
		router_login_again(suitor);
}

static void decide(struct router_link *l, struct router_startup *s)
{
	struct router_mud *m = router_mud_find(l->router, s->name);
	struct router_refusal no = m ? judge_known(l, m, s) : judge_stranger(l);
	if (!no.code && router_address_is_crowded(l))
		no = (struct router_refusal){"not-allowed", "too many MUDs from this address"};
	if (!no.code && m && !may_replace(l, m, s, &no) && !no.code)
		return;
	if (!no.code && !m)
		m = router_mud_new(l->router, s->name);
	if (!no.code && !m)
		no = (struct router_refusal){"not-allowed", "this router knows too many MUDs"};
	if (no.code)
		refuse(l, s->packet, no);
	else
		let_in(l, m, s);
}

void router_login(struct router_link *l, const struct packet *p)
{
	struct router_startup s;
	struct router_refusal no = router_startup_read(l->router, p, &s);
	if (!no.code)
		no = router_ban_judge(l, s.name);
	if (!no.code && l->mud && !router_mud_is(l->mud, s.name))
		no = (struct router_refusal){"bad-proto", "this link speaks for another MUD"};
	if (!no.code && l->state == LINK_SAVING)
		no = (struct router_refusal){"bad-proto", "the login before this one is under way"};
	if (no.code && l->mud)
		router_error(l, no.code, no.words, p);
	else if (no.code)
		refuse(l, p, no);
	else
		decide(l, &s);
}

void router_login_again(struct router_link *l)
{
	struct router_mud *m;
	struct packet p;
	const char *why;
	ensure(l->state == LINK_PROBING && packet_read(&l->held_packet, &p, &why));
	m = router_mud_find(l->router, p.originator_mud);
	if (m && m->suitor == l)
		m->suitor = NULL;
	router_login(l, &p);
}
