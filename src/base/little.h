/* little: floats as files have them, the lowest byte first, on every machine.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LITTLE_H
#define INKI_LITTLE_H

#include <stddef.h>
#include <stdint.h>

/* bytes[4*count] */
void inki_floats_to_bytes(const float *values, size_t count, uint8_t *bytes);

float inki_float_at(const uint8_t bytes[4]);

#endif
