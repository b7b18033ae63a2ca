// SPDX-License-Identifier: MIT
// Echo: a raw WebSocket echo for conformance suites, behind web.echo.
#pragma once
#include "net/conn.h"
#include "proto/ws.h"

void echo_upgrade(struct conn *, const struct http_request *, struct buf *scratch);
