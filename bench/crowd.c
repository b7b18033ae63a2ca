// SPDX-License-Identifier: MIT
#include "players.h"
#include "telnet.h"
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>

enum {
	EVENTS = 1024,
	ALL_IN_S = 60, // clients that answer no options are let in after two seconds
};

bool crowd_turn(struct crowd *w, uint64_t wait_ns, client_message *on_message, void *user)
{
	struct epoll_event events[EVENTS];
	struct timespec wait = {(time_t)(wait_ns / SECOND_NS), (long)(wait_ns % SECOND_NS)};
	int n = epoll_pwait2(w->epoll, events, EVENTS, &wait, NULL);
	w->now = now_ns();
	for (int i = 0; i < n; i++) {
		struct client *c = events[i].data.ptr;
		if (client_pump(c, w->scratch, on_message, user))
			w->reads++;
		if (c->closed) {
			epoll_ctl(w->epoll, EPOLL_CTL_DEL, c->fd, NULL);
			w->closed++;
		}
	}
	return n > 0;
}

struct hails {
	const char *text;
	long n;
};

static void hear(void *user, struct client *c, const char *text, size_t n)
{
	struct hails *h = user;
	(void)c;
	h->n += memmem(text, n, h->text, strlen(h->text)) != NULL;
}

void crowd_game(struct crowd *w, struct client *game)
{
	struct address to = {.host = w->o->host, .port = (int)w->o->game};
	client_open(game, &to);
	client_say(game, w->o->setup);
	client_heard(game, w->scratch, "setup");
	client_ready(game, w->epoll, game);
	w->game = game;
}

void crowd_open(struct crowd *w, const char *hail)
{
	struct hails h = {.text = hail};
	uint64_t until = now_ns() + ALL_IN_S * SECOND_NS;
	for (long i = 0; i < w->n; i++) {
		struct address to = {.host = w->o->host, .port = (int)w->o->port};
		to.source = 2 + (int)(i / 5000);
		client_open(&w->all[i], &to);
		w->all[i].telnet = telnet_new((enum telnet_client)w->o->telnet);
		client_ready(&w->all[i], w->epoll, &w->all[i]);
		while (i % SETUP_BATCH == 0 && crowd_turn(w, 0, hear, &h))
			;
	}
	while (h.n < w->n && !w->closed && w->now < until)
		crowd_turn(w, SECOND_NS, hear, &h);
	if (h.n < w->n)
		die("only %ld of %ld players are in, %lu were sent away", h.n, w->n, w->closed);
	while (crowd_turn(w, 200 * 1000000ULL, hear, &h))
		; // until nothing comes for a while
	w->reads = 0;
}
