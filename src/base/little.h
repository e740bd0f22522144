/* little: numbers as files have them, the lowest byte first, on every machine.
 * SPDX-License-Identifier: MIT */
#ifndef INKI_LITTLE_H
#define INKI_LITTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
enum { INKI_BIG_ENDIAN = 1 };
#else
enum { INKI_BIG_ENDIAN = 0 };
#endif

/* Numbers of `size` bytes, from this machine's order to that of files, or back: nothing where the two are one. */
void inki_swap_little(void *numbers, size_t count, size_t size);

/* bytes[4*count] */
void inki_floats_to_bytes(const float *values, size_t count, uint8_t *bytes);

float inki_float_at(const uint8_t bytes[4]);

#endif
