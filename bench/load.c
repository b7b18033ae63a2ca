// SPDX-License-Identifier: MIT
// The load generator: its arguments, and the connections every mode begins with.
//
//	load fanout|rtt|idle|network|bridge|players|fanin key=value...
#include "load.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

static const struct mode {
	const char *name;
	int (*run)(const struct options *);
} modes[] = {
	{"fanout", fanout}, // rate=0: closed loop; rate=R: R messages a second, latency
	{"rtt", rtt},
	{"idle", idle},
	{"network", network}, // message: the router's name
	{"bridge", bridge},   // message: who speaks, mod or bot
	{"players", players},
	{"fanin", fanin},
};

enum kind { TEXT, NUMBER, REAL };
static const struct option {
	const char *name;
	enum kind kind;
	size_t at;
	const char *help;
} table[] = {
	{"host", TEXT, offsetof(struct options, host), "numeric address of the server"},
	{"port", NUMBER, offsetof(struct options, port), "its port"},
	{"ws", NUMBER, offsetof(struct options, ws), "1: WebSocket, 0: lines over TCP"},
	{"path", TEXT, offsetof(struct options, path), "target of the WebSocket upgrade"},
	{"key", TEXT, offsetof(struct options, key), "X-API-Key of the upgrade"},
	{"deflate", NUMBER, offsetof(struct options, deflate), "1: ask for compression"},
	{"setup", TEXT, offsetof(struct options, setup), "first message; its answer has id setup"},
	{"sink", TEXT, offsetof(struct options, sink), "rtt: setup of one more that only reads"},
	{"message", TEXT, offsetof(struct options, message), "what is sent; has seq=00000000"},
	{"connections", NUMBER, offsetof(struct options, connections), "how many"},
	{"stalled", NUMBER, offsetof(struct options, stalled), "fanout: as many more, never read"},
	{"burst", NUMBER, offsetof(struct options, burst), "fanout: messages per write"},
	{"window", NUMBER, offsetof(struct options, window),
		"rtt, bridge: outstanding per connection"},
	{"rate", NUMBER, offsetof(struct options, rate), "messages a second; 0 is flat out"},
	{"channels", NUMBER, offsetof(struct options, channels), "network, bridge: how many"},
	{"churn", NUMBER, offsetof(struct options, churn), "network: comings and goings a second"},
	{"telnet", NUMBER, offsetof(struct options, telnet),
		"players: 1: answer no options, 2: as clients do, 3: and MCCP2"},
	{"game", NUMBER, offsetof(struct options, game), "port for the game, when it is here"},
	{"fill", NUMBER, offsetof(struct options, fill), "fanout: bytes each gets before rate"},
	{"errors", NUMBER, offsetof(struct options, errors), "rtt: 1: look for error answers"},
	{"warm", REAL, offsetof(struct options, warm_s), "seconds before measuring"},
	{"time", REAL, offsetof(struct options, time_s), "seconds measured"},
};

void *load_alloc(size_t n, size_t bytes)
{
	void *p = calloc(n ? n : 1, bytes);
	if (!p)
		die("out of memory");
	return p;
}

static void option_set(struct options *o, const struct option *row, const char *value)
{
	char *at = (char *)o + row->at, *end = NULL;
	if (row->kind == TEXT)
		*(const char **)(void *)at = value;
	else if (row->kind == NUMBER)
		*(long *)(void *)at = strtol(value, &end, 10);
	else
		*(double *)(void *)at = strtod(value, &end);
	if (end && (end == value || *end))
		die("%s=%s is no number", row->name, value);
}

static void option_read(struct options *o, const char *text)
{
	const char *equals = strchr(text, '=');
	size_t n = equals ? (size_t)(equals - text) : 0;
	if (n == 3 && memcmp(text, "pid", 3) == 0) {
		pids_read(&o->pids, equals + 1);
		return;
	}
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		if (n > 0 && strlen(table[i].name) == n && memcmp(table[i].name, text, n) == 0) {
			option_set(o, &table[i], equals + 1);
			return;
		}
	die("%s: no such option", text);
}

static int usage(void)
{
	fputs("usage: load fanout|rtt|idle|network|bridge|players|fanin key=value...\n"
	      "  pid          processes of the server, comma-separated: CPU and memory\n",
		stderr);
	for (size_t i = 0; i < sizeof table / sizeof *table; i++)
		fprintf(stderr, "  %-12s %s\n", table[i].name, table[i].help);
	return 2;
}

static void open_batch(const struct options *o, struct client *c, long n, long first)
{
	for (long i = 0; i < n; i++) {
		struct address to = {.host = o->host, .port = (int)o->port};
		to.source = 2 + (int)((first + i) / 5000); // ports of one address run out at 28,000
		client_open(&c[i], &to);
		if (o->ws)
			client_upgrade(&c[i], o->path, o->key, o->deflate);
	}
}

void load_open(const struct options *o, struct client *c, long n, struct scratch *s)
{
	for (long at = 0; at < n; at += SETUP_BATCH) {
		long end = at + SETUP_BATCH < n ? at + SETUP_BATCH : n;
		open_batch(o, c + at, end - at, at);
		for (long i = at; i < end; i++) {
			if (o->ws && !client_upgraded(&c[i], o->deflate))
				die("upgrade of connection %ld failed", i);
			if (*o->setup)
				client_say(&c[i], o->setup);
		}
		for (long i = at; i < end && *o->setup; i++)
			client_heard(&c[i], s, "setup");
	}
}

int main(int argc, char **argv)
{
	struct options o = {.host = "127.0.0.1", .path = "/", .key = "", .setup = "", .sink = ""};
	struct rlimit files;
	o.message = "seq=00000000";
	o.connections = o.burst = o.window = 1;
	o.warm_s = 0.3;
	o.time_s = 1.5;
	signal(SIGPIPE, SIG_IGN);
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &files) != 0)
		die("setrlimit: %s", strerror(errno));
	for (int i = 2; i < argc; i++)
		option_read(&o, argv[i]);
	for (size_t i = 0; argc > 1 && i < sizeof modes / sizeof *modes; i++)
		if (strcmp(modes[i].name, argv[1]) == 0)
			return modes[i].run(&o);
	return usage();
}
