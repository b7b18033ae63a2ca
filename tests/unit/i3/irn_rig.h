// SPDX-License-Identifier: MIT
// Routers that are peers: up to three real ones in one process, linked over loopback sockets, each
// with a loop of its own; and peers played by a test, packet by packet.  The clock stands still
// until a test moves it.
#pragma once
#include "i3/router/irn.h"
#include "router_rig.h"

enum { MESH_MAX = 3, MESH_START_MS = 1000000 };
#define MESH_WALL_S UINT64_C(1700000000)

struct mesh {
	struct rig at[MESH_MAX];
	size_t n;
	uint64_t ms;
	struct config_router_peer peers[MESH_MAX][MESH_MAX];
	struct config_router_peers lists[MESH_MAX];
};

static const char *const mesh_names[MESH_MAX] = {"*r1", "*r2", "*r3"};

// The number that proves the first to the second.
static inline int mesh_password(size_t who, size_t to)
{
	return (int)(11 * (who + 1) + 1000 * (who + to == 1 ? 0 : to + 1));
}

static inline void mesh_advance(struct mesh *m, uint64_t ms)
{
	m->ms += ms;
	clock_set(m->ms, MESH_WALL_S * 1000000 + (m->ms - MESH_START_MS) * 1000);
}

static inline void mesh_tick(struct mesh *m)
{
	for (size_t i = 0; i < m->n; i++) {
		router_begin(m->at[i].router);
		irn_tick(m->at[i].router->irn);
		router_lists_tell(m->at[i].router);
		router_muds_age(m->at[i].router);
		router_end(m->at[i].router);
	}
}

static inline bool mesh_is_dialling(struct mesh *m)
{
	for (size_t i = 0; i < m->n; i++)
		list_each(it, &m->at[i].router->irn->peers)
		{
			struct irn_peer *p = container_of(it, struct irn_peer, in_irn);
			list_each(at,
				&p->links) if (container_of(at, struct irn_link, in_peer)->state ==
					       IRN_DIALLING) return true;
		}
	return false;
}

// Until nothing is on its way any more.
static inline void mesh_turn(struct mesh *m)
{
	uint64_t until = real_ms() + RIG_WAIT_MS;
	for (unsigned quiet = 0; quiet < 30; quiet++) {
		if (mesh_is_dialling(m))
			quiet = 0;
		assert_true(real_ms() < until);
		int64_t moved = metric_get(METRIC_RX_BYTES) + metric_get(METRIC_TX_BYTES);
		for (size_t i = 0; i < m->n; i++) {
			uv_run(&m->at[i].loop.uv, UV_RUN_NOWAIT);
			if (m->at[i].loop.jobs) // of the store
				quiet = 0;
		}
		if (metric_get(METRIC_RX_BYTES) + metric_get(METRIC_TX_BYTES) != moved)
			quiet = 0;
	}
}

// Time goes by, second for second.
static inline void mesh_wait(struct mesh *m, unsigned seconds)
{
	for (unsigned i = 0; i < seconds; i++) {
		mesh_advance(m, 1000);
		mesh_tick(m);
		mesh_turn(m);
	}
}

static inline void mesh_settle(struct mesh *m)
{
	mesh_tick(m);
	for (size_t i = 0; i < m->n; i++)
		settle(&m->at[i]);
	mesh_turn(m);
	mesh_tick(m);
	mesh_turn(m);
}

static inline const struct router_config *mesh_config(struct mesh *m, size_t i)
{
	static struct router_config config;
	config = (struct router_config){.name = mesh_names[i],
		.flood_per_second = 1000,
		.flood_burst = 1000,
		.channels = rig_channels,
		.peers = &m->lists[i]};
	return &config;
}

static inline void mesh_fill(struct mesh *m, size_t i, const char *path)
{
	rig_fill(&m->at[i], path, mesh_config(m, i));
	router_at(m->at[i].router, "127.0.0.1", 1);
}

static inline void mesh_open(struct mesh *m, size_t n)
{
	*m = (struct mesh){.n = n, .ms = MESH_START_MS};
	mesh_advance(m, 0);
	for (size_t i = 0; i < n; i++) {
		loop_init(&m->at[i].loop);
		m->at[i].net = net_new(&m->at[i].loop);
		mesh_fill(m, i, NULL);
		rig_listen(&m->at[i]);
	}
}

// What router i knows of router j: its port, or a port nobody listens at.
static inline struct config_router_peer *mesh_peer(struct mesh *m, size_t i, size_t j)
{
	struct config_router_peers *list = &m->lists[i];
	list->at = m->peers[i];
	struct config_router_peer *p = &m->peers[i][list->n++];
	*p = (struct config_router_peer){.name = mesh_names[j],
		.host = "127.0.0.1",
		.port = j < m->n ? m->at[j].port : 1,
		.password = {mesh_password(i, j)},
		.their_password = {mesh_password(j, i)}};
	return p;
}

static inline void mesh_configure(struct mesh *m)
{
	for (size_t i = 0; i < m->n; i++)
		router_configure(m->at[i].router, mesh_config(m, i));
}

static inline struct irn_peer *mesh_find(struct mesh *m, size_t i, size_t j)
{
	return irn_peer_find(m->at[i].router->irn, span_str(mesh_names[j]));
}

static inline bool mesh_is_up(struct mesh *m)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t j = 0; j < m->n; j++)
			if (i != j && mesh_find(m, i, j) &&
				mesh_find(m, i, j)->state != IRN_PEER_UP)
				return false;
	return true;
}

static inline void mesh_until_up(struct mesh *m)
{
	uint64_t until = real_ms() + RIG_WAIT_MS;
	mesh_configure(m);
	mesh_tick(m);
	while (!mesh_is_up(m)) {
		mesh_turn(m);
		assert_true(real_ms() < until);
	}
	mesh_settle(m);
}

static inline void mesh_pair(struct mesh *m, size_t i, size_t j, bool trusted)
{
	mesh_peer(m, i, j)->trusted = trusted;
	mesh_peer(m, j, i)->trusted = trusted;
}

// Everybody is everybody's peer.
static inline void mesh_link(struct mesh *m, bool trusted)
{
	for (size_t i = 0; i < m->n; i++)
		for (size_t j = 0; j < i; j++)
			mesh_pair(m, i, j, trusted);
	mesh_until_up(m);
}

static inline void mesh_close(struct mesh *m)
{
	bool open = true;
	for (size_t i = 0; i < m->n; i++) {
		listener_close(m->at[i].listener);
		router_free(m->at[i].router);
		net_close_all(m->at[i].net, CLOSE_SHUTDOWN);
	}
	while (open) {
		open = false;
		for (size_t i = 0; i < m->n; i++) {
			uv_run(&m->at[i].loop.uv, UV_RUN_NOWAIT);
			open |= !net_done(m->at[i].net);
		}
	}
	for (size_t i = 0; i < m->n; i++) {
		store_close(m->at[i].store);
		net_free(m->at[i].net);
		loop_fini(&m->at[i].loop);
	}
	clock_set(0, 0);
}

// Its links break, on both sides.
static inline void mesh_cut(struct mesh *m, size_t i, size_t j)
{
	struct irn_peer *p = mesh_find(m, i, j);
	router_begin(m->at[i].router);
	list_each(it, &p->links) irn_link_drop(
		container_of(it, struct irn_link, in_peer), CLOSE_RESET, "cut by the test");
	router_end(m->at[i].router);
	mesh_turn(m);
}

// --- MUDs ---

static inline const char *mud_startup(struct startup_text *t, const char *name, long password)
{
	snprintf(t->at, sizeof t->at,
		"({\"startup-req-3\",5,\"%s\",0,0,0,%ld,0,0,4000,0,0,\"Lib\",\"Base\",\"Driver 1\","
		"\"LP\",\"open\",\"a@b.c\"," SERVICES ",([]),})",
		name, password);
	return t->at;
}

static inline void mud_login(struct mesh *m, size_t i, struct mate *mud, const char *name)
{
	struct startup_text t;
	mate_attach(&m->at[i], mud);
	say_to_router(mud, mud_startup(&t, name, 0));
	settle(&m->at[i]);
	got_last(&mud->got, "startup-reply");
	mesh_settle(m);
}

static inline struct router_mud *mud_at(struct mesh *m, size_t i, const char *name)
{
	return router_mud_find(m->at[i].router, span_str(name));
}

static inline void check_mud(
	struct mesh *m, size_t i, const char *name, const char *router, int64_t state)
{
	const struct router_mud *mud = mud_at(m, i, name);
	assert_non_null(mud);
	assert_string_equal(mud->router, router);
	assert_int_equal(mud->state, state);
}

// --- a peer played by the test: *r2 at *r1 ---

static inline void fake_open(struct mesh *m, struct wire *w)
{
	wire_open(&m->at[0], w, "127.0.0.1");
}

static inline void fake_greet(struct mesh *m, struct wire *w)
{
	fake_open(m, w);
	wire_say(w, "({\"irn-startup-req\",5,\"*r2\",0,\"*r1\",0,([\"client_password\":22,"
		    "\"server_password\":11,]),})");
	wire_wait(w, "({\"irn-startup-req\",");
}

// One router, *r1, with *r2 as a peer nobody can dial, and the test as *r2.
static inline void fake_link(struct mesh *m, struct wire *w, bool trusted)
{
	mesh_peer(m, 0, 1)->trusted = trusted;
	mesh_configure(m);
	fake_greet(m, w);
}

// Everything said so far has been looked at: a list that was asked for has come back.
static inline void fake_sync(struct mesh *m, struct wire *w)
{
	size_t n = got_count(&w->got, "irn-chanlist-delta");
	uint64_t until = real_ms() + RIG_WAIT_MS;
	mesh_advance(m, IRN_ANSWER_MS);
	wire_say(w, "({\"irn-chanlist-req\",5,\"*r2\",0,\"*r1\",0,})");
	while (got_count(&w->got, "irn-chanlist-delta") == n) {
		wire_turn(w);
		assert_true(!w->ended && real_ms() < until);
	}
}

#define RECORD(name, router, since)                                                                \
	"([\"name\":\"" name "\",\"ip\":\"192.0.2.7\",\"connect_time\":" #since                    \
	",\"disconnect_time\":0,\"password\":4711,\"player_port\":5000,\"mudlib\":\"Lib\","        \
	"\"services\":([\"tell\":1,\"channel\":1,]),\"restart_delay\":-1,\"router\":\"" router     \
	"\",\"protocol\":3,])"
#define MUDLIST(body)                                                                              \
	"({\"irn-mudlist-delta\",5,\"*r2\",\"foo\",\"*r1\",\"bar\",1700000000,([" body "]),})"
#define DATA(packet) "({\"irn-data\",5,\"*r2\",0,\"*r1\",0,({" packet "}),})"

static inline void listen_to(struct mate *a, const char *name, const char *channel)
{
	char text[128];
	snprintf(text, sizeof text, "({\"channel-listen\",5,\"%s\",0,0,0,\"%s\",1,})", name,
		channel);
	say_to_router(a, text);
}

// --- a test's mesh ---

static inline int up(void **state, size_t n)
{
	struct mesh *m = mem_zalloc(sizeof *m);
	mesh_open(m, n);
	*state = m;
	return 0;
}

static inline int one(void **state)
{
	return up(state, 1);
}
static inline int two(void **state)
{
	return up(state, 2);
}
static inline int three(void **state)
{
	return up(state, 3);
}

static inline int down(void **state)
{
	mesh_close(*state);
	free(*state);
	assert_int_equal(metric_get(METRIC_ROUTER_PEERS), 0);
	return 0;
}

#define ONE(name)   cmocka_unit_test_setup_teardown(name, one, down)
#define TWO(name)   cmocka_unit_test_setup_teardown(name, two, down)
#define THREE(name) cmocka_unit_test_setup_teardown(name, three, down)
