// SPDX-License-Identifier: MIT
// One value of the file on its way to its member: checked as its row says, then stored.
#pragma once
#include "ops/config_fill.h"

struct config_setting {
	struct config_reader *reader;
	const struct option *option;
	const struct yaml *value;
	char *member;
	const char *path; // whole, for people
};

// For every type but records and lists of them.
void config_value_set(const struct config_setting *);

void config_value_digest(const struct config_setting *);
void config_value_password(const struct config_setting *);
void config_value_secret(const struct config_setting *);

// The parts they share.  `at` is the value or a part of it.
void config_value_refuse(const struct config_setting *, const struct yaml *at, struct span shown);
bool config_value_scalar(const struct config_setting *, const struct yaml *at, struct span *out)
	must_check; // variables replaced; false with an error when it is not a scalar
bool config_value_bounded(const struct option *, struct span, int *out) must_check;
bool config_value_clean(struct span); // UTF-8 without control characters
