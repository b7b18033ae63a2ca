// SPDX-License-Identifier: MIT
#include "ops/args.h"
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef GATEHOUSE_VERSION
#error "the build gives GATEHOUSE_VERSION"
#endif

static const char usage[] =
	"usage: gatehouse [run] [options]\n"
	"       gatehouse account [options] list\n"
	"       gatehouse account [options] add|password|lock|unlock|remove NAME\n"
	"  -c, --config FILE     configuration (YAML); without it the embedded defaults\n"
	"  -e, --env-file FILE   variables for ${NAME} in it; .env by default, if there\n"
	"      --check-config    load and check the configuration, then stop (also --dry-run)\n"
	"      --log-level LEVEL debug, info, warning, error or critical; wins over the file\n"
	"      --debug           the same as --log-level debug\n"
	"      --version\n"
	"      --help\n"
	"account changes who may play while the daemon is stopped; a password is asked for, or "
	"read\n"
	"from standard input when that is no terminal.\n"
	"Signals: HUP reads the configuration and the certificate again, TERM and INT stop.\n";

enum { OPT_CHECK = 256, OPT_LEVEL, OPT_DEBUG, OPT_VERSION };

static const struct option options[] = {
	{"config", required_argument, NULL, 'c'},
	{"env-file", required_argument, NULL, 'e'},
	{"check-config", no_argument, NULL, OPT_CHECK},
	{"dry-run", no_argument, NULL, OPT_CHECK},
	{"log-level", required_argument, NULL, OPT_LEVEL},
	{"debug", no_argument, NULL, OPT_DEBUG},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, 'h'},
	{0},
};

no_return static void refuse(const char *what)
{
	fprintf(stderr, "gatehouse: %s\n%s", what, usage);
	exit(2);
}

no_return static void print(const char *text)
{
	fputs(text, stdout);
	exit(0);
}

static void take_level(struct args *a, const char *word)
{
	if (!log_level_parse(word, &a->level))
		refuse("--log-level takes debug, info, warning, error or critical");
	a->has_level = true;
}

static void take_account(struct args *a, char **words, int n)
{
	static const char *const verbs[] = {"add", "password", "lock", "unlock", "remove"};
	bool lists = n && span_is(span_str(words[0]), "list"), known = lists;
	for (size_t i = 0; n && i < countof(verbs); i++)
		known |= span_is(span_str(words[0]), verbs[i]);
	if (!known)
		refuse("account takes list, add, password, lock, unlock or remove");
	if (n != (lists ? 1 : 2))
		refuse(lists ? "account list takes no name"
			     : "account takes one name; quote one with spaces");
	a->account.verb = words[0];
	a->account.name = words[1]; // NULL behind the last
}

void args_read(struct args *a, int argc, char **argv)
{
	*a = (struct args){0};
	for (int opt; (opt = getopt_long(argc, argv, "c:e:h", options, NULL)) != -1;) {
		switch (opt) {
		case 'c': a->config_file = optarg; break;
		case 'e': a->env_file = optarg; break;
		case OPT_CHECK: a->check_only = true; break;
		case OPT_LEVEL: take_level(a, optarg); break;
		case OPT_DEBUG: take_level(a, "debug"); break;
		case OPT_VERSION: print("gatehouse " GATEHOUSE_VERSION "\n");
		case 'h': print(usage);
		default: refuse("cannot read the command line");
		}
	}
	bool account = optind < argc && span_is(span_str(argv[optind]), "account");
	if (account || (optind < argc && span_is(span_str(argv[optind]), "run")))
		optind++;
	if (account)
		take_account(a, argv + optind, argc - optind);
	else if (optind < argc)
		refuse("there is no such command");
}
