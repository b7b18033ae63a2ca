// SPDX-License-Identifier: MIT
// GMCP messages: "Package.Message", a space, and JSON, which may be missing.
#pragma once
#include "base/span.h"

enum { GMCP_PACKAGE_MAX = 128 }; // bytes; the longest in use have 40

// Printable ASCII without a space, which would end it.
bool gmcp_is_package(struct span name);
