/* little: numbers to and from little-endian bytes.
 * SPDX-License-Identifier: MIT */
#include "base/little.h"

#include <string.h>

void inki_swap_little(void *numbers, size_t count, size_t size)
{
    uint8_t *at = numbers;
    if (!INKI_BIG_ENDIAN) return;
    for (; count > 0; count--, at += size)
        for (size_t i = 0; i < size / 2; i++) {
            uint8_t byte = at[i];
            at[i] = at[size - 1 - i];
            at[size - 1 - i] = byte;
        }
}

void inki_floats_to_bytes(const float *values, size_t count, uint8_t *bytes)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], 4);
        for (int b = 0; b < 4; b++) bytes[4 * i + (size_t)b] = (uint8_t)(bits >> 8 * b);
    }
}

float inki_float_at(const uint8_t bytes[4])
{
    uint32_t bits = (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}
