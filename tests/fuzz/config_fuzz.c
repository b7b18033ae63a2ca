// SPDX-License-Identifier: MIT
// Bytes as a configuration file: either findings or a config, never both, and what a config says of
// itself fits a bounded buffer.
#include "ops/config.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t n)
{
	struct config_report report = {0};
	struct config *c = config_parse(span_of(bytes, n), "fuzz", &report);
	ensure((c == NULL) == (report.errors > 0));
	ensure(report.n <= CONFIG_ERRORS_MAX + CONFIG_WARNINGS_MAX);
	if (c) {
		struct buf dump = {0};
		ensure(c->identities.n > 0);
		config_dump(c, &dump);
		ensure(!dump.failed);
		buf_fini(&dump);
	}
	config_free(c);
	config_report_fini(&report);
	return 0;
}
