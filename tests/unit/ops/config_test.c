// SPDX-License-Identifier: MIT
#include "check.h"

#include "ops/config.h"
#include "ops/config_env.h"
#include "ops/config_listen.h"
#include "ops/config_option.h"
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MUD "mud: {name: Alpha}\nlisten: []\n"

// ---- helpers

static void print_report(const struct config_report *r)
{
	for (size_t i = 0; i < r->n; i++)
		print_message("  %s %s\n", r->lines[i].weight == CONFIG_ERROR ? "error" : "warning",
			r->lines[i].text);
}

static bool says(const struct config_report *r, enum config_weight weight, const char *text)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->lines[i].weight == weight && strstr(r->lines[i].text, text))
			return true;
	return false;
}

// Reads text that must be right; *warnings may be NULL when there must be none.
static struct config *good(const char *yaml, size_t *warnings)
{
	struct config_report report = {0};
	struct config *c = config_parse(span_str(yaml), "t.yaml", &report);
	if (!c || (!warnings && report.warnings))
		print_report(&report);
	assert_non_null(c);
	assert_int_equal(report.errors, 0);
	if (warnings)
		*warnings = report.warnings;
	else
		assert_int_equal(report.warnings, 0);
	config_report_fini(&report);
	return c;
}

static void check_said(const char *yaml, enum config_weight weight, const char *text)
{
	struct config_report report = {0};
	struct config *c = config_parse(span_str(yaml), "t.yaml", &report);
	if (!says(&report, weight, text) || (c != NULL) != (weight == CONFIG_WARNING)) {
		print_message("expected: %s\nfrom:\n%s\n", text, yaml);
		print_report(&report);
		fail();
	}
	config_free(c);
	config_report_fini(&report);
}

static void refused(const char *yaml, const char *text)
{
	check_said(yaml, CONFIG_ERROR, text);
}
static void warned(const char *yaml, const char *text)
{
	check_said(yaml, CONFIG_WARNING, text);
}

static void write_file(char *path, const char *text) // path: a template for mkstemp
{
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static char *dump(const struct config *c)
{
	struct buf out = {0};
	config_dump(c, &out);
	assert_false(out.failed);
	char *text = span_dup(buf_bytes(&out));
	buf_fini(&out);
	return text;
}

static bool has_digest(const struct config_digest *got, const char *key)
{
	unsigned char want[CONFIG_DIGEST_BYTES];
	crypto_hash_sha256(want, (const unsigned char *)key, strlen(key));
	return got->given && memcmp(want, got->sha256, sizeof want) == 0;
}

static void check_listen(const struct config_listen *l, enum config_listen_kind kind,
	const char *host, int port, int max)
{
	assert_int_equal(l->kind, kind);
	assert_string_equal(l->host, host);
	assert_int_equal(l->port, port);
	assert_int_equal(l->max, max);
}

// ---- defaults

static void without_a_file_two_muds_can_talk_on_this_machine_only(void **state)
{
	(void)state;
	struct config_report report = {0};
	struct config *c = config_load(NULL, "/dev/null", &report);
	print_report(&report);
	assert_non_null(c);
	assert_int_equal(report.n, 0);
	assert_int_equal(c->identities.n, 2);
	assert_string_equal(c->identities.at[0].name, "Gatehouse");
	assert_string_equal(c->identities.at[1].name, "DemoMUD");
	assert_int_equal(c->listens.n, 5);
	check_listen(&c->listens.at[0], LISTEN_HTTP, "127.0.0.1", 8080, 1000);
	check_listen(&c->listens.at[1], LISTEN_JSONL, "127.0.0.1", 8081, 500);
	check_listen(&c->listens.at[2], LISTEN_TELNET, "127.0.0.1", 4000, 5100);
	check_listen(&c->listens.at[3], LISTEN_MUDMODE, "127.0.0.1", 9000, 256);
	assert_true(c->router.embedded.enabled);
	check_listen(&c->listens.at[4], LISTEN_METRICS, "127.0.0.1", 9090, 16);
	assert_string_equal(c->router.primary.host, CONFIG_HOST_EMBEDDED);
	assert_string_equal(c->router.primary.name, "*gatehouse");
	assert_int_equal(c->api.auth.api_keys.n, 3);
	assert_true(has_digest(&c->api.auth.api_keys.at[0].key, "gatehouse-demo"));
	assert_true(has_digest(&c->api.auth.api_keys.at[1].key, "demomud-demo"));
	assert_string_equal(c->api.auth.api_keys.at[1].mud_name, "DemoMUD");
	assert_string_equal(c->api.auth.api_keys.at[0].permissions.at[0], "tell");
	assert_true(has_digest(&c->api.auth.api_keys.at[2].key, "demogame-demo"));
	assert_string_equal(c->api.auth.api_keys.at[2].permissions.at[0], "players");
	assert_int_equal(c->games.n, 1);
	assert_string_equal(c->games.at[0].name, "DemoMUD");
	assert_int_equal(c->channels.default_channels.n, 3);
	assert_string_equal(c->channels.default_channels.at[2].name, "dev");
	assert_string_equal(c->store.path, "state/gatehouse.db");
	assert_int_equal(c->logging.level, LOG_INFO);
	assert_int_equal(c->metrics.port, 9090);
	assert_string_equal(c->web.origins.at[0], "self");
	config_free(c);
}

static void the_sample_file_says_what_is_so_without_it(void **state)
{
	(void)state;
	struct config_report report = {0};
	struct config *none = config_load(NULL, "/dev/null", &report);
	struct config *sample = config_load(SAMPLE_FILE, "/dev/null", &report);
	print_report(&report);
	assert_int_equal(report.n, 0);
	// The sample has a `listen` list, so this value has no effect in it.
	assert_string_equal(sample->api.host, "0.0.0.0");
	sample->api.host = none->api.host;
	char *a = dump(none), *b = dump(sample);
	assert_string_equal(a, b);
	assert_int_equal(none->listens.n, sample->listens.n);
	free(a);
	free(b);
	config_free(none);
	config_free(sample);
}

static void every_default_is_inside_its_bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		const struct option *o = &options[i];
		uint64_t n = 0;
		int word;
		assert_true(o->help[0]);
		assert_true(o->min <= o->max);
		if (!o->fallback)
			continue;
		struct span text = span_str(o->fallback);
		if (o->type == OPTION_INT || o->type == OPTION_PASSWORD) {
			assert_true(span_uint(text, (uint64_t)o->max, &n));
			assert_true((int64_t)n >= o->min);
		} else if (o->type == OPTION_TEXT) {
			assert_in_range(text.n, o->min, o->max);
		} else if (o->type == OPTION_WORD) {
			assert_true(option_word(o, text, &word));
			assert_in_range(word, o->min, o->max);
		}
	}
}

static void a_file_without_a_mud_keeps_the_demonstration(void **state)
{
	(void)state;
	struct config *c =
		good("api: {port: 0, tcp: {port: 0}}\nrouter: {embedded: {listen: ''}}\n", NULL);
	assert_int_equal(c->identities.n, 2);
	assert_int_equal(c->listens.n, 4);
	check_listen(&c->listens.at[0], LISTEN_HTTP, "127.0.0.1", 0, 1000);
	config_free(c);
	refused("api: {host: 0.0.0.0}\n", "api.auth.api_keys[0].key: a key that everybody knows");
	c = good("", NULL);
	assert_int_equal(c->identities.n, 2);
	config_free(c);
}

static void a_listen_list_replaces_the_default_listeners(void **state)
{
	(void)state;
	struct config *c = good("mud: {name: Alpha, port: 4100}\n"
				"listen: ['jsonl+unix:/run/g.sock?max=7', 'http://[::1]:0']\n"
				"router: {primary: {name: '*x', host: example.org, port: 9001}}\n"
				"metrics: {port: 9191}\n"
				"api: {auth: {api_keys: [{key: s3cret}]}}\n",
		NULL);
	assert_int_equal(c->listens.n, 3);
	check_listen(&c->listens.at[0], LISTEN_JSONL, "", 0, 7);
	assert_string_equal(c->listens.at[0].path, "/run/g.sock");
	check_listen(&c->listens.at[1], LISTEN_HTTP, "::1", 0, 1000);
	check_listen(&c->listens.at[2], LISTEN_METRICS, "127.0.0.1", 9191, 16);
	assert_false(c->router.embedded.enabled);
	assert_string_equal(c->api.auth.api_keys.at[0].mud_name, "Alpha");
	config_free(c);
}

// ---- the I3 gateway's file

static const char gateway_file[] =
	"mud:\n"
	"  name: \"${MUD_NAME:YourMUD}\"\n"
	"  port: ${MUD_PORT:4000}\n"
	"  admin_email: \"${MUD_ADMIN_EMAIL:admin@example.org}\"\n"
	"  mudlib: \"Custom\"\n"
	"  driver: FluffOS\n"
	"  mud_type: \"${MUD_TYPE:Circle}\"\n"
	"  open_status: \"${MUD_STATUS:open}\"\n"
	"  services:\n"
	"    tell: ${ENABLE_TELL:1}\n"
	"    emoteto: 1\n"
	"    channel: ${ENABLE_CHANNEL:1}\n"
	"    who: ${ENABLE_WHO:1}\n"
	"    finger: ${ENABLE_FINGER:0}\n"
	"    locate: ${ENABLE_LOCATE:1}\n"
	"    chanlist-req: 1\n"
	"    auth: 0\n"
	"  oob_services:\n"
	"    mail: ${ENABLE_OOB_MAIL:0}\n"
	"router:\n"
	"  primary:\n"
	"    name: \"${I3_ROUTER_NAME:*i4}\"\n"
	"    host: \"${I3_ROUTER_HOST:204.209.44.3}\"\n"
	"    port: ${I3_ROUTER_PORT:8080}\n"
	"    password: ${I3_ROUTER_PASSWORD:0}\n"
	"  fallback:\n"
	"    - host: \"${I3_FALLBACK_ROUTER_HOST:}\"\n"
	"      port: ${I3_FALLBACK_ROUTER_PORT:8080}\n"
	"  connection:\n"
	"    timeout: ${CONNECTION_TIMEOUT:300}\n"
	"    keepalive_interval: ${KEEPALIVE_INTERVAL:60}\n"
	"gateway:\n"
	"  host: \"${GATEWAY_HOST:localhost}\"\n"
	"  worker_threads: 4\n"
	"  auth:\n"
	"    enabled: ${ENABLE_AUTH:true}\n"
	"    secret: \"${I3_GATEWAY_SECRET}\"\n"
	"api:\n"
	"  enabled: ${API_ENABLED:true}\n"
	"  host: \"${API_HOST:0.0.0.0}\"\n"
	"  port: ${API_PORT:8080}\n"
	"  websocket: {enabled: true, max_connections: 1000, ping_interval: 30}\n"
	"  tcp: {enabled: true, port: 8081, max_connections: 500, buffer_size: 4096}\n"
	"  auth:\n"
	"    enabled: ${API_AUTH_ENABLED:true}\n"
	"    api_keys:\n"
	"      - key: \"${API_KEY_LUMINARI:a-key-of-my-own}\"\n"
	"        mud_name: \"LuminariMUD\"\n"
	"        permissions: [\"*\"]\n"
	"        rate_limit_override: 500\n"
	"      - key: another-of-my-own\n"
	"        mud_name: YourMUD\n"
	"        permissions: [tell, channel, info]\n"
	"        rate_limit_override: null\n"
	"  rate_limits:\n"
	"    default: {per_minute: 100, burst: 20}\n"
	"    by_method: {tell: 30, channel_send: 50, who: 10, mudlist: 5}\n"
	"  session: {timeout: 3600, cleanup_interval: 60}\n"
	"logging:\n"
	"  level: \"${LOG_LEVEL:INFO}\"\n"
	"  format: \"${LOG_FORMAT:json}\"\n"
	"  file: \"${LOG_FILE:}\"\n"
	"  components: {network: INFO, api: DEBUG}\n"
	"channels:\n"
	"  default_channels: [{name: chat, type: 0}]\n"
	"state: {directory: state, save_interval: 300}\n"
	"metrics: {enabled: true, port: 8080, path: /metrics}\n"
	"development: {debug: \"${DEBUG:false}\"}\n";

static void the_i3_gateways_file_means_the_same_here(void **state)
{
	(void)state;
	size_t warnings;
	struct config *c = good(gateway_file, &warnings);
	assert_int_equal(warnings, 12); // 11 keys without effect, one identity added
	assert_int_equal(c->identities.n, 2);
	assert_string_equal(c->identities.at[0].name, "YourMUD");
	assert_string_equal(c->identities.at[1].name, "LuminariMUD");
	assert_string_equal(c->identities.at[1].mud_type, "Circle");
	assert_int_equal(c->identities.at[0].port, 4000);
	assert_false(c->identities.at[0].services.finger);
	assert_true(c->identities.at[0].services.tell);
	assert_int_equal(c->listens.n, 2);
	check_listen(&c->listens.at[0], LISTEN_HTTP, "0.0.0.0", 8080, 1000);
	check_listen(&c->listens.at[1], LISTEN_JSONL, "0.0.0.0", 8081, 500);
	assert_false(c->router.embedded.enabled);
	assert_string_equal(c->router.primary.host, "204.209.44.3");
	assert_int_equal(c->router.fallback.n, 0);
	assert_int_equal(c->router.connection.timeout_s, 300);
	assert_int_equal(c->api.auth.api_keys.n, 2);
	assert_int_equal(c->api.auth.api_keys.at[0].rate_limit_override, 500);
	assert_int_equal(c->api.auth.api_keys.at[1].permissions.n, 3);
	assert_int_equal(c->api.rate_limits.by_method.n, 4);
	assert_string_equal(c->api.rate_limits.by_method.at[1].name, "channel_send");
	assert_int_equal(c->api.rate_limits.by_method.at[1].n, 50);
	assert_string_equal(c->logging.file, "");
	assert_int_equal(c->logging.format, LOG_JSON);
	assert_string_equal(c->store.path, "state/gatehouse.db");
	config_free(c);
	warned(gateway_file, "t.yaml:37:13: gateway.auth.secret: has no effect: ");
	warned(gateway_file, "identity is called \"LuminariMUD\"");
}

// A file that sets just this key: "a.b" becomes {a: {b: 1}}.
static void file_with(const struct option *o, char *out, size_t cap)
{
	struct buf text = {0};
	size_t depth = 1;
	if (o->scope == SCOPE_config)
		buf_str(&text, "{mud: {name: Alpha}, listen: [], ");
	else
		buf_str(&text, "{listen: [], mud: {name: Alpha, ");
	depth += o->scope != SCOPE_config;
	for (const char *at = o->path; *at; at++) {
		if (*at == '.') {
			buf_str(&text, ": {");
			depth++;
		} else {
			buf_char(&text, *at);
		}
	}
	buf_str(&text, ": 1");
	while (depth--)
		buf_char(&text, '}');
	assert_true(text.n < cap);
	memcpy(out, text.p, text.n);
	out[text.n] = 0;
	buf_fini(&text);
}

static void each_key_without_effect_is_named_once(void **state)
{
	(void)state;
	size_t without_effect = 0;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		if (options[i].type != OPTION_IGNORED)
			continue;
		char text[256];
		struct config_report report = {0};
		without_effect++;
		file_with(&options[i], text, sizeof text);
		struct config *c = config_parse(span_str(text), "t.yaml", &report);
		assert_non_null(c);
		size_t named = 0;
		for (size_t j = 0; j < report.n; j++)
			named += strstr(report.lines[j].text, options[i].path) != NULL;
		assert_int_equal(named, 1);
		assert_true(says(&report, CONFIG_WARNING, options[i].help));
		config_free(c);
		config_report_fini(&report);
	}
	assert_true(without_effect > 30);
}

static void a_key_speaks_for_a_listed_mud_whatever_its_case(void **state)
{
	(void)state;
	struct config *c =
		good("muds: [{name: Alpha}, {name: Beta}]\nlisten: ['http://0.0.0.0:0']\n"
		     "api: {auth: {api_keys: [{key: k1, mud_name: beta}]}}\n",
			NULL);
	assert_int_equal(c->identities.n, 2);
	assert_string_equal(c->api.auth.api_keys.at[0].mud_name, "Beta");
	config_free(c);
}

// ---- findings

static const struct {
	const char *yaml, *says;
} faults[] = {
	{MUD "api:\n  prot: 80\n", "t.yaml:4:3: api.prot: unknown key; did you mean api.port?"},
	{MUD "ap:\n  port: 80\n", "t.yaml:3:1: ap: unknown key; did you mean api?"},
	{MUD "api: {sesion: {timeout: 3}}\n",
		"t.yaml:3:7: api.sesion: unknown key; did you mean api.session?"},
	{"mud: {nmae: Alpha}\n", "t.yaml:1:7: mud.nmae: unknown key; did you mean mud.name?"},
	{"mud: {nmae: Alpha}\n", "t.yaml:1:6: mud.name: must be given"},
	{"muds:\n  - name: A\n  - name: B\n    prt: 1\n",
		"t.yaml:4:5: muds[1].prt: unknown key; did you mean muds[1].port?"},
	{MUD "primary: {}\n", "primary: unknown key; did you mean router.primary?"},
	{MUD "burst: 1\n", "burst: unknown key; did you mean router.embedded.flood.burst?"},
	{MUD "api.port: 80\n", "t.yaml:3:1: api.port: unknown key; did you mean api.port?"},
	{MUD "gamez: []\n", "t.yaml:3:1: gamez: unknown key; did you mean games?"},
	{MUD "xyzzy: 1\n", "t.yaml:3:1: xyzzy: unknown key"},
	{MUD "<<: {}\n", "t.yaml:3:1: <<: unknown key"},
	{MUD "api:\n  port: eighty\n", "t.yaml:4:9: api.port: \"eighty\" is not allowed; allowed "
				       "is a whole number from 0 to 65535"},
	{MUD "api: {port: 65536}\n", "t.yaml:3:13: api.port: \"65536\" is not allowed"},
	{MUD "api: {port: -1}\n", "api.port: \"-1\" is not allowed"},
	{MUD "api: {port: ''}\n", "api.port: \"\" is not allowed"},
	{MUD "api: {port: 99999999999999999999999}\n", "is not allowed"},
	{MUD "api: {port: [1]}\n", "t.yaml:3:13: api.port: allowed is a whole number"},
	{MUD "api: 3\n", "t.yaml:3:6: api: allowed is a mapping of keys"},
	{MUD "router: {connection: {timeout: 0}}\n",
		"allowed is a whole number from 1 to 3600 seconds"},
	{MUD "api: {enabled: maybe}\n",
		"t.yaml:3:16: api.enabled: \"maybe\" is not allowed; allowed is true or false"},
	{MUD "logging: {level: LOUD}\n",
		"logging.level: \"LOUD\" is not allowed; allowed is one of DEBUG, INFO,"},
	{MUD "metrics: {path: metrics}\n",
		"t.yaml:3:17: metrics.path: \"metrics\" does not begin with a slash"},
	{MUD "muds: {name: Beta}\n", "t.yaml:3:7: muds: allowed is a list of up to 256 mappings"},
	{MUD "muds: [Beta]\n", "t.yaml:3:8: muds[0]: allowed is a mapping of keys"},
	{MUD "muds: [{name: ALPHA}]\n", "t.yaml:3:15: muds[0].name: \"ALPHA\" is taken"},
	{MUD "muds: [{name: ''}]\n",
		"muds[0].name: \"\" is not allowed; allowed is a text of 1 to 64 bytes"},
	{"mud: {name: \"a\\x07b\"}\n", "mud.name: \"a?b\" is not allowed"},
	{"mud: [x]\n", "t.yaml:1:6: mud: allowed is a mapping of keys"},
	{"muds: []\n", "mud: must be given"},
	{MUD "api: {rate_limits: {by_method: {tell: no}}}\n",
		"api.rate_limits.by_method: \"no\" is not allowed"},
	{MUD "api: {auth: {api_keys: [{mud_name: x}]}}\n",
		"api.auth.api_keys[0].key: must be given"},
	{MUD "api: {auth: {api_keys: [{key: 'sha256:12'}]}}\n",
		"after sha256: come 64 hexadecimal digits"},
	{MUD "api: {auth: {api_keys: [{key: 'file:/nowhere/at/all'}]}}\n",
		"key: cannot read /nowhere/at/all"},
	{MUD "api: {auth: {api_keys: [{key: 'file:/dev/zero'}]}}\n",
		"key: cannot read /dev/zero: not a file"},
	{MUD "channels: {default_channels: [{name: a, type: odd}]}\n",
		"default_channels[0].type: \"odd\""},
	{MUD "router: {primary: {name: '*i4'}}\n",
		"t.yaml:3:26: router.primary.name: \"*i4\" is not the embedded router"},
	{MUD "router: {primary: {host: 'a b'}}\n", "router.primary.host: allowed is"},
	{MUD "router: {embedded: {enabled: false}}\n",
		"t.yaml:3:30: router.embedded.enabled: false, but"},
	{MUD "router: {embedded: {listen: 'http://h:1'}}\n", "this listener is mudmode://"},
	{"mud: {name: A}\nlisten: [ftp://x:1]\n",
		"t.yaml:2:10: listen: \"ftp://x:1\": the scheme is one of"},
	{"mud: {name: A}\nlisten:\n  - http://h:1\n  - jsonl://h:1\n",
		"t.yaml:4:5: listen[1]: h:1: another listener has the same address"},
	{"mud: {name: A}\nlisten: ['https://h:1']\n",
		"listen[0]: h:1: needs tls.certificate and tls.key"},
	{"mud: {name: A}\napi: {tcp: {port: 8080}}\n",
		"t.yaml:2:19: api.tcp.port: 0.0.0.0:8080: another listener"},
	{"mud: {name: A}\napi: {host: 'a:b'}\n", "t.yaml:2:13: api.host: \"a:b\" is not allowed"},
	{"mud: {name: A}\nrouter: {primary: {host: h}}\nlisten: ['mudmode://h:1']\n",
		"the embedded router is off"},
	{MUD "oob: {enabled: true, listen: ''}\n",
		"t.yaml:3:30: oob.listen: must be mudmode://HOST:PORT while oob.enabled"},
	{MUD "oob: {enabled: true, listen: 'mudmode+unix:/run/x'}\n",
		"oob.listen: must be mudmode://HOST:PORT while oob.enabled"},
	{MUD "oob: {listen: 'jsonl://h:1'}\n", "this listener is mudmode://"},
	{MUD "oob: {enabled: true, listen: 'mudmode://127.0.0.1:9000'}\nrouter: {embedded: "
	     "{listen: 'mudmode://127.0.0.1:9000'}}\n",
		"another listener has the same address"},
	{MUD "tls: {certificate: /nowhere/cert.pem}\n",
		"t.yaml:3:20: tls.certificate: cannot read /nowhere/cert.pem"},
	{"mud: {name: A}\nlisten: ['http://0.0.0.0:0']\napi: {auth: {api_keys: [{key: "
	 "demo-key-123}]}}\n",
		"t.yaml:3:31: api.auth.api_keys[0].key: a key that everybody knows"},
	{"mud: {name: A}\nlisten: ['jsonl://10.1.2.3:0']\napi: {auth: {api_keys: [{key: "
	 "admin-key-456}]}}\n",
		"a key that everybody knows"},
	{"mud: {name: A\n", "t.yaml:"},
	{"mud: {name: A}\n---\nmud: {}\n", "t.yaml:2:1: a second document"},
	{"mud: &m {name: A, x: *m}\n", "t.yaml:1:22: an alias without a finished anchor"},
	{"[1]\n", "t.yaml:1:1: a configuration is a mapping of keys"},
	{"? [a]\n: b\n", "t.yaml:1:3: a key must be a word"},
	{"mud: {name: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]\n", "nested too deeply"},
	{"mud: \x01\n", "t.yaml:"},
};

static void every_fault_is_told_with_its_place_and_what_is_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(faults); i++)
		refused(faults[i].yaml, faults[i].says);
}

static void all_faults_are_told_at_once_up_to_a_bound(void **state)
{
	(void)state;
	struct config_report report = {0};
	const char three[] = "mud: {name: A}\napi: {port: x, enabled: x}\nzzz: 1\n";
	assert_null(config_parse(span_str(three), "t.yaml", &report));
	assert_int_equal(report.errors, 3);
	config_report_fini(&report);

	struct buf many = {0};
	for (int i = 0; i < 100; i++)
		buf_printf(&many, "k%d: 1\n", i);
	assert_null(config_parse(buf_bytes(&many), "t.yaml", &report));
	assert_int_equal(report.errors, 100);
	assert_int_equal(report.n, CONFIG_ERRORS_MAX);
	config_report_fini(&report);
	buf_fini(&many);
}

static const struct {
	const char *yaml, *says;
} oddities[] = {
	{"mud: {name: A, services: {mail: true}}\nlisten: []\n",
		"oob.enabled: false, so \"A\" has neither mail, files nor news"},
	{MUD "api: {port: 1, port: 2}\n", "t.yaml:3:16: api.port: set twice, the last one counts"},
	{MUD "api: {auth: {api_keys: [{key: a, permissions: [tel]}]}}\n",
		"permissions[0]: no permission is called \"tel\""},
	{MUD "channels: {default_channels: [{name: a}, {name: b, type: private}]}\n",
		"channels.default_channels[1].type: channels of the configuration are public"},
	{MUD "api: {rate_limits: {by_method: {tell: 30, tel: 30}}}\n",
		"api.rate_limits.by_method: no method is called \"tel\""},
	{MUD "api: {auth: {api_keys: [{key: a}, {key: a}]}}\n",
		"t.yaml:3:31: api.auth.api_keys[0].key: given again further down"},
	{MUD "api: {auth: {api_keys: [{key: ''}]}}\n", "key: empty, the entry is left out"},
	{"mud: {name: A}\nlisten: ['jsonl://127.0.0.1:0']\napi: {auth: {api_keys: []}}\n",
		"no client can log in"},
	{"mud: {name: A}\napi: {auth: {enabled: false}}\n", "may do everything"},
	{"mud: {name: A}\napi: {auth: {require_tls: true}}\n",
		"api.tcp.port: nobody can log in here"},
	{"mud: {name: '${GH_A:A} tail'}\n", "what follows the } of a text"},
	{"mud: {name: A, admin_email: '${GH_NONE}'}\n",
		"mud.admin_email: there is no environment variable GH_NONE"},
	{MUD "api: {auth: {api_keys: [{key: '${GH_NONE}'}]}}\n", "GH_NONE; the secret is left out"},
};

static void out_of_band_services_have_a_listener_when_they_are_on(void **state)
{
	(void)state;
	struct config *c = good("mud: {name: A, services: {mail: 1, news: 0}}\nlisten: []\n"
				"oob: {enabled: true, listen: 'mudmode://10.0.0.1:9001'}\napi: "
				"{auth: {api_keys: [{key: s3cret}]}}\n",
		NULL);
	assert_true(c->identities.at[0].services.mail && !c->identities.at[0].services.news);
	assert_true(c->oob.check_address && !c->oob.upload && !c->oob.news_post);
	assert_int_equal(c->listens.n, 3);
	check_listen(&c->listens.at[1], LISTEN_OOB, "10.0.0.1", 9001, 64);
	config_free(c);
	c = good("mud: {name: A}\nlisten: []\napi: {auth: {api_keys: [{key: s3cret}]}}\n", NULL);
	assert_false(c->oob.enabled || c->identities.at[0].services.mail);
	assert_int_equal(c->listens.n, 2);
	config_free(c);
}

static void what_is_odd_but_harmless_is_a_warning(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(oddities); i++)
		warned(oddities[i].yaml, oddities[i].says);
}

static void the_last_entry_with_a_key_counts(void **state)
{
	(void)state;
	size_t warnings;
	struct config *c = good("muds: [{name: A}, {name: B}]\nlisten: []\napi: {auth: {api_keys: "
				"[{key: k, mud_name: A}, {key: k, mud_name: B}]}}\n",
		&warnings);
	assert_int_equal(c->api.auth.api_keys.n, 1);
	assert_string_equal(c->api.auth.api_keys.at[0].mud_name, "B");
	config_free(c);
}

static void a_misspelt_key_is_recognised_for_every_row(void **state)
{
	(void)state;
	for (size_t i = 0; i < OPTION_COUNT; i++) {
		char wrong[128], near[128];
		size_t n = strlen(options[i].path);
		memcpy(wrong, options[i].path, n);
		wrong[n++] = '_';
		struct span found =
			option_nearest(options[i].scope, span_of(wrong, n), near, sizeof near);
		if (!span_is(found, options[i].path))
			fail_msg("%.*s: %.*s", (int)n, wrong, (int)found.n, found.p);
	}
}

static void a_secret_without_its_variable_lets_nobody_in(void **state)
{
	(void)state;
	size_t warnings;
	struct config *c = good(MUD "router: {primary: {host: h, password: '${GH_NONE}'}}\n"
				    "api: {auth: {api_keys: [{key: '${GH_NONE}'}, {key: k}]}}\n",
		&warnings);
	assert_int_equal(c->api.auth.api_keys.n, 1);
	assert_true(has_digest(&c->api.auth.api_keys.at[0].key, "k"));
	assert_int_equal(c->router.primary.password.number, 0);
	config_free(c);
}

static void known_sample_keys_work_on_loopback_only(void **state)
{
	(void)state;
	char text[512], hex[65];
	unsigned char digest[32];
	crypto_hash_sha256(digest, (const unsigned char *)"luminari-i3-gateway-2025", 24);
	sodium_bin2hex(hex, sizeof hex, digest, sizeof digest);
	static const char *const hosts[] = {"127.0.0.1", "127.9.9.9", "[::1]", "localhost"};
	for (size_t i = 0; i < countof(hosts); i++) {
		snprintf(text, sizeof text,
			"mud: {name: A}\nlisten: ['http://%s:0', 'mudmode://0.0.0.0:0']\n"
			"api: {auth: {api_keys: [{key: 'sha256:%s'}]}}\n",
			hosts[i], hex);
		config_free(good(text, NULL));
	}
	snprintf(text, sizeof text,
		"mud: {name: A}\nlisten: ['jsonl://203.0.113.9:0']\n"
		"api: {auth: {api_keys: [{key: 'sha256:%s'}]}}\n",
		hex);
	refused(text, "a key that everybody knows");
}

// ---- environment

static const struct {
	const char *text, *want, *unset, *lost;
} expansions[] = {
	{"plain", "plain", "", ""},
	{"", "", "", ""},
	{"${GH_SET}", "value", "", ""},
	{"${GH_SET:other}", "value", "", ""},
	{"${GH_EMPTY:other}", "", "", ""},
	{"${GH_NONE:other}", "other", "", ""},
	{"${GH_NONE:}", "", "", ""},
	{"${GH_NONE:a:b:c}", "a:b:c", "", ""},
	{"${GH_NONE}", "${GH_NONE}", "GH_NONE", ""},
	{"${GH_SET}/tail", "value", "", "/tail"},
	{"${GH_NONE:x} ${GH_SET}", "x", "", " ${GH_SET}"},
	{"${GH_NONE} tail", "${GH_NONE}", "GH_NONE", " tail"},
	{"${GH_SET", "${GH_SET", "", ""},
	{"${}", "${}", "", ""},
	{"a${GH_SET}b", "avalueb", "", ""},
	{"a${GH_NONE:x}b${GH_SET}c", "axbvaluec", "", ""},
	{"a${GH_NONE}b", "a${GH_NONE}b", "GH_NONE", ""},
	{"a${GH_SET", "a${GH_SET", "", ""},
	{"a${GH_SET}b${GH_SET", "avalueb${GH_SET", "", ""},
	{"$GH_SET $ {GH_SET}", "$GH_SET $ {GH_SET}", "", ""},
	{"a}${GH_SET}", "a}value", "", ""},
};

static void variables_are_replaced_by_the_rules(void **state)
{
	(void)state;
	setenv("GH_SET", "value", 1);
	setenv("GH_EMPTY", "", 1);
	unsetenv("GH_NONE");
	struct config_env env = {0};
	for (size_t i = 0; i < countof(expansions); i++) {
		struct arena arena = {0};
		struct config_expanded got =
			config_env_expand(&env, &arena, span_str(expansions[i].text));
		check_text(got.text, expansions[i].want);
		check_bytes(got.lost, span_str(expansions[i].lost));
		if (expansions[i].unset[0])
			check_text(got.unset, expansions[i].unset);
		arena_fini(&arena);
	}
}

static void replaced_texts_become_what_their_key_is(void **state)
{
	(void)state;
	setenv("GH_SET", "4123", 1);
	struct config *c =
		good("mud: {name: 'A${GH_SET}', port: '${GH_SET}'}\nlisten: []\n"
		     "api: {tcp: {enabled: '${GH_NONE:Off}'}, auth: {api_keys: [{key: k}]}}\n",
			NULL);
	assert_string_equal(c->mud.name, "A4123");
	assert_int_equal(c->mud.port, 4123);
	assert_false(c->api.tcp.enabled);
	config_free(c);
	refused("mud: {name: A, port: '${GH_NONE:x}'}\n", "mud.port: \"x\" is not allowed");
}

static const char env_text[] = "# comment\n\nGH_FILE=plain # comment\nexport GH_EXPORT = spaced \n"
			       "GH_DOUBLE=\"a # \\\"b\\\"\\tc\"\r\nGH_SINGLE='a\\n'\n"
			       "GH_SET=file\nGH_BLANK=\n";

static void an_environment_file_stands_behind_the_environment(void **state)
{
	(void)state;
	static const struct {
		const char *text, *want;
	} vectors[] = {
		{"${GH_FILE}", "plain"},
		{"${GH_EXPORT}", "spaced"},
		{"${GH_DOUBLE}", "a # \"b\"\tc"},
		{"${GH_SINGLE}", "a\\n"},
		{"${GH_SET}", "environment"},
		{"${GH_BLANK:x}", ""},
	};
	setenv("GH_SET", "environment", 1);
	struct config_env env = {0};
	struct config_report report = {0};
	config_env_read(&env, span_str(env_text), ".env", &report);
	print_report(&report);
	assert_int_equal(report.n, 0);
	for (size_t i = 0; i < countof(vectors); i++) {
		struct arena arena = {0};
		check_text(config_env_expand(&env, &arena, span_str(vectors[i].text)).text,
			vectors[i].want);
		arena_fini(&arena);
	}
	config_env_read(&env, SPAN("A=1\nnonsense\nB=\"open\n=x\n"), "x.env", &report);
	assert_int_equal(report.errors, 3);
	assert_true(says(&report, CONFIG_ERROR, "x.env:2:1: not a line of the form NAME=value"));
	config_report_fini(&report);
	config_env_fini(&env);
}

static void a_named_file_must_be_there_and_the_default_one_need_not(void **state)
{
	(void)state;
	struct config_report report = {0};
	char here[] = "/tmp/gatehouse-XXXXXX";
	assert_non_null(mkdtemp(here));
	assert_int_equal(chdir(here), 0);
	struct config *c = config_load(NULL, NULL, &report);
	assert_non_null(c);
	config_free(c);
	assert_null(config_load(NULL, "missing.env", &report));
	assert_true(says(&report, CONFIG_ERROR, "missing.env: cannot be read: No such file"));
	config_report_fini(&report);
	assert_null(config_load("missing.yaml", NULL, &report));
	assert_true(says(&report, CONFIG_ERROR, "missing.yaml: cannot be read: No such file"));
	config_report_fini(&report);
	assert_null(config_load(here, NULL, &report));
	assert_true(says(&report, CONFIG_ERROR, "cannot be read: Is a directory"));
	config_report_fini(&report);
	rmdir(here);
}

static void files_of_an_operator_are_read_whole(void **state)
{
	(void)state;
	char yaml[] = "/tmp/gatehouse-XXXXXX", env[] = "/tmp/gatehouse-XXXXXX",
	     key[] = "/tmp/gatehouse-XXXXXX", text[256];
	unsetenv("GH_NAME");
	write_file(env, "GH_NAME=FromFile\n");
	write_file(key, "top-secret\r\nnot this\n");
	snprintf(text, sizeof text,
		"mud: {name: '${GH_NAME}'}\nlisten: []\n"
		"api: {auth: {api_keys: [{key: 'file:%s'}]}}\n",
		key);
	write_file(yaml, text);
	struct config_report report = {0};
	struct config *c = config_load(yaml, env, &report);
	print_report(&report);
	assert_non_null(c);
	assert_int_equal(report.n, 0);
	assert_string_equal(c->mud.name, "FromFile");
	assert_true(has_digest(&c->api.auth.api_keys.at[0].key, "top-secret"));
	config_free(c);
	unlink(yaml);
	unlink(env);
	unlink(key);
}

// ---- listeners

static const struct {
	const char *uri;
	enum config_listen_kind kind;
	bool tls;
	const char *host;
	int port;
	const char *path;
	int max;
	bool local;
} uris[] = {
	{"http://127.0.0.1:8080", LISTEN_HTTP, false, "127.0.0.1", 8080, "", 0, true},
	{"https://example.org:443", LISTEN_HTTP, true, "example.org", 443, "", 0, false},
	{"jsonl://0.0.0.0:0", LISTEN_JSONL, false, "0.0.0.0", 0, "", 0, false},
	{"jsonls://[::1]:65535?max=5", LISTEN_JSONL, true, "::1", 65535, "", 5, true},
	{"mudmode://LocalHost:9000", LISTEN_MUDMODE, false, "LocalHost", 9000, "", 0, true},
	{"http+unix:/run/a b.sock?max=9", LISTEN_HTTP, false, "", 0, "/run/a b.sock", 9, true},
	{"mudmode+unix:s", LISTEN_MUDMODE, false, "", 0, "s", 0, true},
	{"http://[::]:80", LISTEN_HTTP, false, "::", 80, "", 0, false},
	{"telnet://0.0.0.0:4000", LISTEN_TELNET, false, "0.0.0.0", 4000, "", 0, false},
	{"telnets+unix:/run/t?proxy=v2&max=8", LISTEN_TELNET, true, "", 0, "/run/t", 8, true},
	{"telnets://h:1?game=a&max=3&proxy=any", LISTEN_TELNET, true, "h", 1, "", 3, false},
};

static void listener_uris_are_taken_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(uris); i++) {
		struct arena arena = {0};
		struct config_listen l;
		const char *why;
		if (!config_listen_parse(&arena, span_str(uris[i].uri), &l, &why))
			fail_msg("%s: %s", uris[i].uri, why);
		check_listen(&l, uris[i].kind, uris[i].host, uris[i].port, uris[i].max);
		assert_string_equal(l.path, uris[i].path);
		assert_int_equal(l.tls, uris[i].tls);
		assert_int_equal(config_listen_is_local(&l), uris[i].local);
		arena_fini(&arena);
	}
}

#define TEN_BYTES "0123456789"
#define LONG_PATH                                                                                  \
	"http+unix:/" TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES TEN_BYTES        \
		TEN_BYTES TEN_BYTES TEN_BYTES "1234567" // 108 bytes

static const char *const bad_uris[] = {
	"",
	"http",
	"http:",
	"http:/",
	"http://",
	"http://h",
	"http://h:",
	"http://:80",
	"http://h:65536",
	"http://h:-1",
	"http://h:80/",
	"http://h:80/path",
	"http://::1:80",
	"http://[h]:80",
	"http://[::1]",
	"http://[::1:80",
	"http://u@h:80",
	"HTTP://h:80",
	"ftp://h:80",
	"telnet://h:80?",
	"telnet://h:80?max=5&",
	"telnet://h:80?&max=5",
	"telnet://h:80?max=5&max=6",
	"telnet://h:80?max",
	"telnet://h:80?proxy",
	"telnet://h:80?proxy=",
	"telnet://h:80?proxy=v3",
	"telnet://h:80?proxy=v1&proxy=v2",
	"telnet://h:80?game=",
	"telnet://h:80?game=%1",
	"telnet://h:80?game=%00",
	"telnet://h:80?game=%0a",
	"telnet://h:80?game=a&game=b",
	"telnet://h:80?gamme=a",
	"http://h:80?proxy=v1",
	"mudmode://h:80?game=a",
	"metrics://h:80",
	"http://h:80?",
	"http://h:80?max=0",
	"http://h:80?max=",
	"http://h:80?max=1000001",
	"http://h:80?min=1",
	"http://h:80?max=1&max=2",
	"http://h 1:80",
	"http+unix:",
	"http+unix",
	"+unix:/x",
	"127.0.0.1:80",
	LONG_PATH,
};

static void anything_else_is_no_listener(void **state)
{
	(void)state;
	for (size_t i = 0; i < countof(bad_uris); i++) {
		struct arena arena = {0};
		struct config_listen l;
		const char *why = NULL;
		if (config_listen_parse(&arena, span_str(bad_uris[i]), &l, &why))
			fail_msg("taken: %s", bad_uris[i]);
		assert_non_null(why);
		arena_fini(&arena);
	}
}

// ---- secrets, dump, YAML

static void no_secret_is_ever_shown(void **state)
{
	(void)state;
	static const char *const files[] = {
		MUD "api: {auth: {api_keys: [{key: [SeCrEt]}]}}\n",
		MUD "api: {auth: {api_keys: [{key: \"SeCrEt\\x07\"}]}}\n",
		MUD "api: {auth: {api_keys: [{key: 'sha256:SeCrEt'}]}}\n",
		MUD "router: {primary: {host: h, password: SeCrEt}}\n",
		MUD "gateway: {auth: {secret: SeCrEt}}\n",
	};
	for (size_t i = 0; i < countof(files); i++) {
		struct config_report report = {0};
		config_free(config_parse(span_str(files[i]), "t.yaml", &report));
		assert_true(report.n > 0);
		assert_false(says(&report, CONFIG_ERROR, "SeCrEt"));
		assert_false(says(&report, CONFIG_WARNING, "SeCrEt"));
		config_report_fini(&report);
	}
	struct config *c = good("mud: {name: A}\nlisten: []\n"
				"router: {primary: {host: h, password: 987654}}\n"
				"api: {auth: {api_keys: [{key: SeCrEt}]}}\n",
		NULL);
	assert_int_equal(c->router.primary.password.number, 987654);
	char *text = dump(c);
	assert_null(strstr(text, "SeCrEt"));
	assert_null(strstr(text, "987654"));
	assert_non_null(strstr(text, "key: \"********\""));
	assert_non_null(strstr(text, "password: \"********\""));
	free(text);
	config_free(c);
}

static void a_dump_reads_back_to_the_same_values(void **state)
{
	(void)state;
	static const char *const files[] = {
		"",
		gateway_file,
		"mud: {name: 'A\"\\\\b'}\nmetrics: {port: 0}\nweb: {origins: [self, 'https://x']}\n"
		"listen: ['jsonl+unix:/s', 'http://[::1]:0?max=3']\nlogging: {level: debug}\n",
	};
	for (size_t i = 0; i < countof(files); i++) {
		size_t warnings;
		struct config *first = good(files[i], &warnings);
		// Dumped keys are all alike: give the second reading different ones again.
		char *a = dump(first), *read = span_dup(span_str(a)), *mask = read;
		for (char c = 'a'; (mask = strstr(mask, "key: \"********\"")); c++)
			mask[6] = c;
		struct config *second = good(read, &warnings);
		free(read);
		char *b = dump(second);
		assert_string_equal(a, b);
		assert_int_equal(first->listens.n, second->listens.n);
		free(a);
		free(b);
		config_free(first);
		config_free(second);
	}
}

static void a_reload_tells_which_keys_wait_for_a_restart(void **state)
{
	(void)state;
	struct buf keys = {0};
	size_t warnings;
	struct config *now = good(MUD "logging: {level: INFO}\n", &warnings);
	struct config *level = good(MUD "logging: {level: DEBUG}\n", &warnings);
	struct config *more = good("mud: {name: Beta}\nlisten: ['http://127.0.0.1:0']\n"
				   "channels: {default_channels: []}\nstore: {path: other.db}\n",
		&warnings);
	assert_int_equal(config_restart_keys(now, now, &keys), 0);
	assert_int_equal(config_restart_keys(now, level, &keys), 0);
	assert_int_equal(config_restart_keys(now, more, &keys), 2);
	check_text(buf_bytes(&keys), "channels.default_channels, store.path");
	buf_fini(&keys);
	config_free(now);
	config_free(level);
	config_free(more);
}

static void an_alias_stands_for_its_anchor(void **state)
{
	(void)state;
	struct config *c = good("mud: &m {name: Alpha, port: 4321, services: &s {who: no}}\n"
				"muds: [{name: Beta, services: *s}]\nlisten: []\n"
				"api: {auth: {api_keys: [{key: k}]}}\n",
		NULL);
	assert_false(c->muds.at[0].services.who);
	assert_true(c->muds.at[0].services.tell);
	config_free(c);
}

static void aliases_of_aliases_do_not_grow(void **state)
{
	(void)state;
	struct buf text = {0};
	buf_str(&text, "logging:\n  components:\n  - &a0 [x]\n");
	for (int i = 1; i < 30; i++)
		buf_printf(&text, "  - &a%d [*a%d, *a%d, *a%d, *a%d]\n", i, i - 1, i - 1, i - 1,
			i - 1);
	buf_str(&text, "muds: *a29\nlisten: *a29\n");
	struct config_report report = {0};
	assert_null(config_parse(buf_bytes(&text), "t.yaml", &report));
	assert_true(says(&report, CONFIG_ERROR, "muds[3]: allowed is a mapping"));
	config_report_fini(&report);
	buf_fini(&text);
}

// What the machine's own environment says of API_HOST and its like is no business of the tests.
static int empty_environment(void **state)
{
	(void)state;
	return clearenv();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_file_two_muds_can_talk_on_this_machine_only),
		TEST(the_sample_file_says_what_is_so_without_it),
		TEST(every_default_is_inside_its_bounds),
		TEST(a_file_without_a_mud_keeps_the_demonstration),
		TEST(a_listen_list_replaces_the_default_listeners),
		TEST(out_of_band_services_have_a_listener_when_they_are_on),
		TEST(the_i3_gateways_file_means_the_same_here),
		TEST(each_key_without_effect_is_named_once),
		TEST(a_key_speaks_for_a_listed_mud_whatever_its_case),
		TEST(every_fault_is_told_with_its_place_and_what_is_allowed),
		TEST(all_faults_are_told_at_once_up_to_a_bound),
		TEST(what_is_odd_but_harmless_is_a_warning),
		TEST(the_last_entry_with_a_key_counts),
		TEST(a_misspelt_key_is_recognised_for_every_row),
		TEST(a_secret_without_its_variable_lets_nobody_in),
		TEST(known_sample_keys_work_on_loopback_only),
		TEST(variables_are_replaced_by_the_rules),
		TEST(replaced_texts_become_what_their_key_is),
		TEST(an_environment_file_stands_behind_the_environment),
		TEST(a_named_file_must_be_there_and_the_default_one_need_not),
		TEST(files_of_an_operator_are_read_whole),
		TEST(listener_uris_are_taken_apart),
		TEST(anything_else_is_no_listener),
		TEST(no_secret_is_ever_shown),
		TEST(a_dump_reads_back_to_the_same_values),
		TEST(a_reload_tells_which_keys_wait_for_a_restart),
		TEST(an_alias_stands_for_its_anchor),
		TEST(aliases_of_aliases_do_not_grow),
	};
	return cmocka_run_group_tests(tests, empty_environment, NULL);
}
