// SPDX-License-Identifier: MIT
// The order of a reading: defaults, the demonstration (unless the file names a MUD), the file, and
// then the rules that tie keys together, provided every key by itself is right.
#include "ops/config.h"
#include "base/mem.h"
#include "ops/config_check.h"
#include <stdlib.h>
#include <unistd.h>

// What a newcomer gets who names no MUD: two that may talk to each other, on this machine only.
// Its keys are public; config_check refuses them anywhere else.
static const char demonstration[] =
	"mud: {name: Gatehouse, mudlib: Gatehouse, base_mudlib: Gatehouse, driver: Gatehouse,\n"
	"      mud_type: Gateway, open_status: demonstration}\n"
	"muds:\n"
	"  - {name: DemoMUD, port: 4001, mudlib: Gatehouse, base_mudlib: Gatehouse,\n"
	"     driver: Gatehouse, mud_type: Gateway, open_status: demonstration}\n"
	"api:\n"
	"  host: 127.0.0.1\n"
	"  auth:\n"
	"    api_keys:\n"
	"      - {key: gatehouse-demo, mud_name: Gatehouse,\n"
	"         permissions: [tell, channel, info, admin, bridge]}\n"
	"      - {key: demomud-demo, mud_name: DemoMUD,\n"
	"         permissions: [tell, channel, info, admin, bridge]}\n"
	"      - {key: demogame-demo, mud_name: DemoMUD, permissions: [players]}\n"
	"games: [{name: DemoMUD, link: rpc, markup: evennia}]\n"
	"logging: {format: console}\n";

struct owned_config {
	struct config config;
	struct arena arena; // everything the config points to
};

static void fill_demonstration(struct config_reader *r)
{
	struct yaml_fault fault;
	const struct yaml *root = config_yaml_read(r->scratch, span_str(demonstration), &fault);
	ensure(root);
	size_t findings = r->report->errors + r->report->warnings;
	config_fill(r, root);
	ensure(r->report->errors + r->report->warnings == findings);
}

static void read_tree(struct config_reader *r)
{
	config_fill_defaults(r);
	r->config->demonstration = !config_given(r, "mud") && !config_given(r, "muds");
	if (r->config->demonstration)
		fill_demonstration(r);
	if (r->root)
		config_fill(r, r->root);
	if (!r->report->errors)
		config_check(r);
}

static struct config *read_config(const struct config_env *env, struct span text, const char *name,
	struct config_report *report)
{
	struct arena scratch = {0};
	struct yaml_fault fault;
	struct owned_config *owned = mem_zalloc(sizeof *owned);
	struct config_reader r = {.config = &owned->config,
		.arena = &owned->arena,
		.scratch = &scratch,
		.env = env,
		.report = report,
		.file = name};
	r.root = config_yaml_read(&scratch, text, &fault);
	if (r.root)
		read_tree(&r);
	else
		config_error(report, (struct config_place){name, fault.line, fault.column}, "%s",
			fault.why);
	arena_fini(&scratch);
	if (!report->errors)
		return &owned->config;
	config_free(&owned->config);
	return NULL;
}

struct config *config_parse(struct span yaml, const char *name, struct config_report *report)
{
	struct config_env env = {0};
	return read_config(&env, yaml, name, report);
}

static bool read_file(const char *path, struct buf *out, struct config_report *report)
{
	const char *why;
	if (config_file_read(path, CONFIG_FILE_MAX, out, &why))
		return true;
	config_error(report, (struct config_place){.file = path}, "cannot be read: %s", why);
	return false;
}

static void read_env(struct config_env *env, const char *path, struct config_report *report)
{
	struct buf text = {0};
	if (!path && access(".env", F_OK) != 0)
		return;
	path = path ? path : ".env";
	if (read_file(path, &text, report))
		config_env_read(env, buf_bytes(&text), path, report);
	buf_fini(&text);
}

struct config *config_load(const char *file, const char *env_file, struct config_report *report)
{
	struct config_env env = {0};
	struct buf text = {0};
	struct config *config = NULL;
	read_env(&env, env_file, report);
	if (!file || read_file(file, &text, report))
		config = read_config(
			&env, buf_bytes(&text), file ? file : "embedded defaults", report);
	buf_fini(&text);
	config_env_fini(&env);
	return config;
}

void config_free(struct config *c)
{
	if (!c)
		return;
	struct owned_config *owned = container_of(c, struct owned_config, config);
	arena_fini(&owned->arena);
	free(owned);
}
