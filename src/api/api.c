// SPDX-License-Identifier: MIT
#include "api/api.h"
#include "base/clock.h"

// --- pings ---

static void check_client(struct client *c, uint64_t silent_max_ms, struct span ping)
{
	if (c->transport != TRANSPORT_WS || !c->session)
		return;
	if (clock_ms() - conn_heard_ms(c->conn) > silent_max_ms)
		conn_close(c->conn, CLOSE_NO_PONG);
	else
		conn_write(c->conn, ping);
}

static void on_ping_time(struct timer *t)
{
	struct api *a = container_of(t, struct api, pinger);
	uint64_t every = (uint64_t)a->config->api.websocket.ping_interval_s * 1000;
	uint64_t grace = (uint64_t)a->config->api.websocket.ping_timeout_s * 1000;
	struct buf ping = {0};
	ws_put_ping(&ping);
	list_each(it, &a->clients) check_client(
		container_of(it, struct client, link), every + grace, buf_bytes(&ping));
	buf_fini(&ping);
	timer_start(&a->pinger, every);
}

static void start_pinger(struct api *a)
{
	int every = a->config->api.websocket.ping_interval_s;
	if (every > 0)
		timer_start(&a->pinger, (uint64_t)every * 1000);
	else
		timer_stop(&a->pinger);
}

// --- keys ---

static void check_away_of(const struct api *a, struct identity *i)
{
	for (int k = 0; k < 2; k++)
		list_each(it, &i->away[k])
		{
			struct session *s = container_of(it, struct session, in_state);
			if (!api_session_check(a, s))
				session_close(s);
		}
}

// Sessions whose clients are not here, such as those the store has brought back.
static void check_away(const struct api *a)
{
	list_each(it, &a->hub->identities)
		check_away_of(a, container_of(it, struct identity, in_hub));
}

// --- the whole ---

void api_init(struct api *a, struct net *net, struct hub *hub, const struct config *config)
{
	*a = (struct api){.net = net, .hub = hub, .config = config};
	list_init(&a->clients);
	timer_init(net_loop(net), &a->pinger, on_ping_time);
	start_pinger(a);
	check_away(a);
}

void api_reload(struct api *a, const struct config *config)
{
	a->config = config;
	start_pinger(a);
	list_each(it, &a->clients) client_check_key(container_of(it, struct client, link));
	check_away(a);
}

void api_fini(struct api *a)
{
	ensure(list_empty(&a->clients));
	timer_close(&a->pinger, NULL);
	arena_fini(&a->arena);
	buf_fini(&a->reply);
	buf_fini(&a->frame);
}

void api_goodbye(struct api *a)
{
	list_each(it, &a->clients) client_goodbye(container_of(it, struct client, link));
}
