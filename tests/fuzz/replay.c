// SPDX-License-Identifier: MIT
// Gives every file of a corpus folder to a fuzz target once, so that what fuzzing found stays found
// under any compiler.  An input is copied to memory of its exact size: reading past it is seen.
#include "base/base.h"
#include "base/mem.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void replay(const char *path)
{
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END))
		die("%s: cannot be read", path);
	size_t n = (size_t)ftell(f);
	rewind(f);
	uint8_t *data = mem_alloc(n);
	if (fread(data, 1, n, f) != n)
		die("%s: cannot be read", path);
	fclose(f);
	LLVMFuzzerTestOneInput(data, n);
	free(data);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		die("usage: %s FOLDER", argv[0]);
	struct dirent **entries;
	int n = scandir(argv[1], &entries, NULL, alphasort);
	if (n < 0)
		die("%s: no such folder", argv[1]);
	int inputs = 0;
	for (int i = 0; i < n; i++) {
		char path[4096];
		snprintf(path, sizeof path, "%s/%s", argv[1], entries[i]->d_name);
		if (entries[i]->d_name[0] != '.') {
			replay(path);
			inputs++;
		}
		free(entries[i]);
	}
	free(entries);
	if (!inputs)
		die("%s: no inputs", argv[1]);
	printf("[  PASSED  ] %d test(s).\n", inputs);
	return 0;
}
