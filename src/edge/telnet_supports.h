// SPDX-License-Identifier: MIT
// Core.Supports of GMCP: the modules a client says it knows, "Char 1", kept as a JSON array.
#pragma once
#include "base/value.h"

struct telnet;
enum telnet_supports { SUPPORTS_SET, SUPPORTS_ADD, SUPPORTS_REMOVE };
void telnet_supports(struct telnet *, const struct value *modules, enum telnet_supports);
