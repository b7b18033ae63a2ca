// SPDX-License-Identifier: MIT
#include "proto/gmcp.h"

bool gmcp_is_package(struct span name)
{
	for (size_t i = 0; i < name.n; i++)
		if (name.p[i] <= ' ' || name.p[i] >= 0x7f)
			return false;
	return name.n && name.n <= GMCP_PACKAGE_MAX;
}
