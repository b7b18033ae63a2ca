// SPDX-License-Identifier: MIT
// gatehouse account: what an operator does to accounts while the daemon is stopped, on the store of
// its configuration.  A daemon that runs has that for itself.
#pragma once
#include "ops/args.h"
#include "tables/config.h"

int account_cmd(const struct args *, const struct config *); // → the exit code
