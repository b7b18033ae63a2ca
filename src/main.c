// SPDX-License-Identifier: MIT
// Gatehouse: the table of contents.  Makes the parts in order, runs, unmakes them in reverse.
#include "api/api.h"
#include "base/clock.h"
#include "base/mem.h"
#include "bridge/bridge.h"
#include "edge/edge.h"
#include "hub/moderation_store.h"
#include "hub/session_store.h"
#include "i3/i3.h"
#include "i3/oob/oob.h"
#include "i3/router/router.h"
#include "net/tls.h"
#include "ops/account_cmd.h"
#include "ops/args.h"
#include "ops/config.h"
#include "ops/gates.h"
#include "ops/web.h"
#include <errno.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
	STOP_MS = 5000, // for the last words of every connection
	MINUTE_MS = 60 * SECOND_MS,
};

struct server {
	struct args args;
	struct config *config;
	struct loop loop;
	struct net *net;
	struct store *store;
	struct hub hub;
	struct moderation_store rules;
	struct history history;
	struct timer minute;           // the history's, the bridge's and the edge's
	struct timer sweep;            // of sessions
	struct session_store sessions; // unused without a file
	struct router *router;         // NULL: not embedded
	struct i3 *i3;
	struct api api;
	struct bridge bridge;
	struct edge edge;
	struct web web, metrics, sync;
	struct tls *tls;
	struct gates gates;
	struct turn_end seal;    // the hub's share of a turn's end; before the connections'
	struct turn_end stopped; // after them: is everybody gone?
	struct timer stop_deadline;
	uv_signal_t hup, term, intr;
	bool stopping;
};

// --- configuration ---

static struct config *load_config(const struct args *args)
{
	struct config_report report = {0};
	struct config *c = config_load(args->config_file, args->env_file, &report);
	for (size_t i = 0; i < report.n; i++) {
		bool error = report.lines[i].weight == CONFIG_ERROR;

		fprintf(stderr, "%s%s\n", error ? "" : "warning: ", report.lines[i].text);
	}
	config_report_fini(&report);
	return c;
}

static void setup_log(const struct server *s)
{
	const struct config *c = s->config;
	log_setup(s->args.has_level ? s->args.level : c->logging.level, c->logging.format);
	if (!log_open(c->logging.file))
		log_error("log_file", log_str("path", c->logging.file),
			log_str("why", strerror(errno)));
}

static bool load_certificate(struct server *s, struct buf *why)
{
	const struct config *c = s->config;
	if (!s->tls) // there from the start: a reload may bring the first certificate
		s->tls = tls_new();
	if (!*c->tls.certificate)
		return true;
	return tls_load(s->tls, c->tls.certificate, c->tls.key, why);
}

// --- parts ---

static void open_store(struct server *s)
{
	struct buf why = {0};
	struct store_config config = {.path = s->config->store.path};
	s->store = store_open(&s->loop, &config, &why);
	if (!s->store)
		die("%.*s", (int)why.n, why.p);
	buf_fini(&why);
}

static void open_rules(struct server *s)
{
	struct buf why = {0};
	if (!moderation_store_open(&s->rules, &s->hub.moderation, s->store, &why))
		die("the moderation rules cannot be read: %.*s", (int)why.n, why.p);
	moderation_configure(
		&s->hub.moderation, s->config->moderation.words.at, s->config->moderation.words.n);
	buf_fini(&why);
}

static struct history_config history_config(const struct config *c)
{
	return (struct history_config){.lines = (uint32_t)c->channels.history_stored,
		.days = (uint32_t)c->channels.history_days};
}

static struct session_limits session_limits(const struct config *c)
{
	return (struct session_limits){.timeout_ms = (uint64_t)c->api.session.timeout_s * SECOND_MS,
		.tape = {.count = (uint32_t)c->api.session.max_queue_size,
			.bytes = TAPE_BYTES_MAX,
			.ttl_us = (uint64_t)c->api.session.queue_ttl_s * 1000000}};
}

static struct router_config router_config(const struct config *c)
{
	return (struct router_config){.name = c->router.embedded.name,
		.flood_per_second = (uint32_t)c->router.embedded.flood.per_second,
		.flood_burst = (uint32_t)c->router.embedded.flood.burst,
		.peers = &c->router.embedded.peers};
}

// Made at start or never: it reads what it kept before the loop runs.
static void make_router(struct server *s)
{
	const struct config *c = s->config;
	if (!c->router.embedded.enabled)
		return;
	const char **channels = mem_array(c->channels.default_channels.n + 1, sizeof *channels);
	for (size_t i = 0; i < c->channels.default_channels.n; i++)
		channels[i] = c->channels.default_channels.at[i].name;
	struct router_config rc = router_config(c);
	rc.channels = channels;
	s->router = router_new(s->net, s->store, &rc);
	s->hub.network = router_network(s->router);
	free(channels);
}

static void add_identities(struct server *s)
{
	list_each(it, &s->hub.identities) container_of(it, struct identity, in_hub)->wanted = false;
	for (size_t i = 0; i < s->config->identities.n; i++) {
		const char *name = s->config->identities.at[i].name;
		struct identity *identity = hub_identity(&s->hub, span_str(name));
		if (!identity)
			identity = hub_add_identity(&s->hub, name);
		identity->wanted = true;
	}
	hub_prune(&s->hub);
}

// Routers tell MUDs where they are to be found: "127.0.0.1:9000" is where ours listens.
static void place_router(struct server *s)
{
	const char *at = s->router ? gates_at(&s->gates, "mudmode") : NULL;
	const char *colon = at ? strrchr(at, ':') : NULL;
	if (!colon)
		return;
	char *host = span_dup(span_of(at, (size_t)(colon - at)));
	router_at(s->router, host, (uint16_t)strtoul(colon + 1, NULL, 10));
	free(host);
}

static bool open_gates(struct server *s, struct buf *why)
{
	const struct gate_kind kinds[] = {
		[LISTEN_HTTP] = {"http", &face_http, &s->web},
		[LISTEN_JSONL] = {"jsonl", &face_jsonl, &s->api},
		[LISTEN_MUDMODE] = {"mudmode", &face_router, s->router},
		[LISTEN_METRICS] = {"metrics", &face_http, &s->metrics},
		[LISTEN_OOB] = {"oob", &face_oob, i3_oob(s->i3)},
		[LISTEN_SYNC] = {"sync", &face_http, &s->sync},
		[LISTEN_TELNET] = {"telnet", &face_telnet, &s->edge, entry_for},
	};
	if (!gates_open(&s->gates, s->config, kinds, s->tls, why))
		return false;
	place_router(s);
	i3_oob_at(s->i3, gates_at(&s->gates, "oob"));
	return true;
}

static void say_ready(struct server *s)
{
	struct buf line = {0};
	gates_put_ready(&s->gates, &line);
	fwrite(line.p, 1, line.n, stdout);
	fflush(stdout);
	buf_fini(&line);
}

// --- turns, signals ---

static void on_minute(struct timer *t)
{
	struct server *s = container_of(t, struct server, minute);
	history_minute(&s->history);
	bridge_minute(&s->bridge);
	edge_minute(&s->edge);
}

static void on_sweep(struct timer *t)
{
	struct server *s = container_of(t, struct server, sweep);
	sessions_sweep(&s->hub);
	if (s->sessions.hub)
		session_store_sweep(&s->sessions);
}

static void configure_sessions(struct server *s)
{
	s->hub.session_limits = session_limits(s->config);
	timer_repeat(&s->sweep, (uint32_t)s->config->api.session.cleanup_interval_s * SECOND_MS);
}

static void on_seal(struct turn_end *e)
{
	struct server *s = container_of(e, struct server, seal);
	edge_turn_end(&s->edge);
	if (hub_turn_end(&s->hub))
		loop_again(&s->loop);
}

static void on_stopped(struct turn_end *e)
{
	struct server *s = container_of(e, struct server, stopped);
	if (s->stopping && net_count(s->net) == 0)
		loop_stop(&s->loop);
}

static void on_stop_deadline(struct timer *t)
{
	loop_stop(&container_of(t, struct server, stop_deadline)->loop);
}

static void on_stop(uv_signal_t *h, int signal)
{
	struct server *s = h->data;
	if (s->stopping)
		return;
	log_info("stopping", log_int("signal", signal));
	s->stopping = true;
	gates_close(&s->gates);
	i3_stop(s->i3);
	if (s->router)
		router_stop(s->router);
	edge_goodbye(&s->edge);
	api_goodbye(&s->api);
	bridge_goodbye(&s->bridge);
	net_close_all(s->net, CLOSE_SHUTDOWN);
	timer_start(&s->stop_deadline, STOP_MS);
}

// s->config is the new one.  What takes effect only at the next start is named and left alone.
static void take_over(struct server *s, const struct config *old)
{
	const struct config *c = s->config;
	struct buf keys = {0};
	if (config_restart_keys(old, c, &keys))
		log_warning("reload_needs_restart", log_span("keys", buf_bytes(&keys)));
	buf_fini(&keys);
	setup_log(s);
	s->hub.history_lines = (uint32_t)c->channels.history_lines;
	moderation_configure(&s->hub.moderation, c->moderation.words.at, c->moderation.words.n);
	configure_sessions(s);
	struct history_config hc = history_config(c);
	history_configure(&s->history, &hc);
	add_identities(s);
	if (s->router) {
		struct router_config rc = router_config(c);
		router_configure(s->router, &rc);
	}
	i3_reload(s->i3, c);
	edge_reload(&s->edge, c);
	api_reload(&s->api, c);
	bridge_reload(&s->bridge, c);
	s->hub.bridging = bridge_queues(&s->bridge);
	s->web.config = s->metrics.config = s->sync.config = c;
	log_info("reloaded");
}

// All of the new file is read and checked first; whatever is wrong with it, the old one goes on.
static void on_reload(uv_signal_t *h, int signal)
{
	struct server *s = h->data;
	struct buf why = {0};
	(void)signal;
	if (s->stopping) // it would open again what has just been closed
		return;
	struct config *fresh = load_config(&s->args), *old = s->config;
	if (!fresh) {
		log_error("reload_refused",
			log_str("why", "see the lines above; nothing has changed"));
		return;
	}
	// A file that was cut short must not bring the public keys of the demonstration.
	if (fresh->demonstration && !old->demonstration) {
		log_error("reload_refused", log_str("why", "the configuration names no MUD"));
		config_free(fresh);
		return;
	}
	s->config = fresh;
	if (load_certificate(s, &why) && open_gates(s, &why)) {
		take_over(s, old);
		config_free(old);
	} else {
		log_error("reload_refused", log_span("why", buf_bytes(&why)));
		s->config = old;
		config_free(fresh);
	}
	buf_fini(&why);
}

static void catch_signal(struct server *s, uv_signal_t *h, int signal, uv_signal_cb run)
{
	uv_signal_init(&s->loop.uv, h);
	h->data = s;
	uv_signal_start(h, run, signal);
	uv_unref((uv_handle_t *)h);
}

static void use_all_descriptors(void)
{
	struct rlimit l;
	if (getrlimit(RLIMIT_NOFILE, &l))
		return;
	l.rlim_cur = l.rlim_max;
	setrlimit(RLIMIT_NOFILE, &l);
}

// --- the whole ---

static void make(struct server *s)
{
	struct buf why = {0};
	setup_log(s);
	use_all_descriptors();
	signal(SIGPIPE, SIG_IGN);
	signal(SIGXFSZ, SIG_IGN); // a file as large as it may be is a full disk to the store
	loop_init(&s->loop);
	open_store(s);
	hub_init(&s->hub, &api_wires, (uint32_t)s->config->channels.history_lines);
	struct history_config hc = history_config(s->config);
	history_init(&s->history, &s->hub, s->store, &hc);
	s->seal.run = on_seal;
	loop_at_turn_end(&s->loop, &s->seal);
	s->net = net_new(&s->loop);
	s->stopped.run = on_stopped;
	loop_at_turn_end(&s->loop, &s->stopped);
	timer_init(&s->loop, &s->stop_deadline, on_stop_deadline);
	timer_init(&s->loop, &s->minute, on_minute);
	timer_repeat(&s->minute, MINUTE_MS);
	timer_init(&s->loop, &s->sweep, on_sweep);
	configure_sessions(s);
	add_identities(s);
	open_rules(s);
	if (*s->config->store.path)
		session_store_open(&s->sessions, &s->hub, s->store);
	make_router(s);
	s->i3 = i3_new(s->net, &s->hub, s->store, s->config, s->router);
	api_init(&s->api, s->net, &s->hub, s->config);
	bridge_init(&s->bridge, &(struct bridge_parts){s->net, &s->hub, s->store}, s->config);
	s->hub.bridging = bridge_queues(&s->bridge);
	if (!load_certificate(s, &why))
		die("%.*s", (int)why.n, why.p);
	edge_init(&s->edge, &(struct edge_parts){s->net, &s->hub, s->store, s->tls}, s->config);
	s->hub.gaming = &s->edge.gaming;
	const struct web_parts parts = {&s->api, &s->bridge, s->store};
	web_init(&s->web, WEB_HTTP, &parts, s->config);
	web_init(&s->metrics, WEB_METRICS, &parts, s->config);
	web_init(&s->sync, WEB_SYNC, &parts, s->config);
	s->gates.net = s->net;
	if (!open_gates(s, &why))
		die("%.*s", (int)why.n, why.p);
	catch_signal(s, &s->hup, SIGHUP, on_reload);
	catch_signal(s, &s->term, SIGTERM, on_stop);
	catch_signal(s, &s->intr, SIGINT, on_stop);
	i3_start(s->i3);
	buf_fini(&why);
}

static void close_handles(struct server *s)
{
	uv_close((uv_handle_t *)&s->hup, NULL);
	uv_close((uv_handle_t *)&s->term, NULL);
	uv_close((uv_handle_t *)&s->intr, NULL);
	timer_close(&s->stop_deadline, NULL);
	timer_close(&s->minute, NULL);
	timer_close(&s->sweep, NULL);
}

static void unmake(struct server *s)
{
	gates_fini(&s->gates);
	web_fini(&s->sync);
	web_fini(&s->metrics);
	web_fini(&s->web);
	bridge_fini(&s->bridge);
	s->hub.gaming = NULL;
	edge_fini(&s->edge);
	api_fini(&s->api);
	i3_free(s->i3);
	if (s->router)
		router_free(s->router);
	session_store_close(&s->sessions);
	moderation_store_close(&s->rules);
	history_fini(&s->history);
	hub_fini(&s->hub);
	store_close(s->store);
	close_handles(s);
	net_free(s->net);
	tls_free(s->tls);
	loop_fini(&s->loop);
	config_free(s->config);
}

int main(int argc, char **argv)
{
	struct server s = {0};
	if (sodium_init() < 0)
		die("libsodium cannot be initialised");
	args_read(&s.args, argc, argv);
	s.config = load_config(&s.args);
	if (!s.config)
		return 1;
	if (s.args.check_only) {
		puts("Configuration is valid!");
		config_free(s.config);
		return 0;
	}
	if (s.args.account.verb) {
		int code = account_cmd(&s.args, s.config);
		config_free(s.config);
		return code;
	}
	make(&s);
	say_ready(&s);
	loop_run(&s.loop);
	// Those who would not go in time are left behind with the process, as is a slow name server's
	// answer.  What is to be kept is not.
	if (net_done(s.net)) {
		unmake(&s);
	} else {
		bridge_end(&s.bridge);
		session_store_close(&s.sessions);
		store_close(s.store);
	}
	return 0;
}
