// SPDX-License-Identifier: MIT
// Fields: a record for the store, as bytes:
//
//	version (1 byte), then fields: tag (1 byte), length (4 bytes, big endian), that many bytes
//
// A reader skips tags it does not know, so fields may be added without a new version.
#pragma once
#include "base/buf.h"

void fields_begin(struct buf *, char version);
void fields_put(struct buf *, char tag, struct span);
void fields_put_number(struct buf *, char tag, uint64_t); // 8 bytes, big endian

bool fields_open(struct span *record, char version) must_check;
// The next one, cut off the front.  False: there is none; what is left over then was cut short.
bool fields_take(struct span *record, char *tag, struct span *field) must_check;
// False: it has not the length of a number.
bool fields_number(struct span field, uint64_t *) must_check;
